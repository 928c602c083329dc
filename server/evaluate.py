"""`python -m server evaluate DIR...`: the live pipeline and calibration over recorded sessions, method by method.

1. server.recordings reads and checks a session folder.
2. Every image goes through the same analyzer as a live frame, in the order of frames.csv (landmarks are tracked from
   frame to frame, so frames without a phase run, too): `analyse_session`.
3. server.accuracy fits each method on the calibrate frames and measures it on the test frames.
4. A table on stdout, progress on stderr, JSON where asked. One bad session does not stop the others; exit status 1.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from calibration.feature_sets import FeatureSession, save_features
from calibration.methods import METHODS, Fit
from models.camera import DEFAULT_HFOV_DEG, CameraIntrinsics
from server.accuracy import FilterName, Observation, SessionResult, evaluate_observations, features_of
from server.errors import ServerError
from server.recordings import Recording, read_recording

if TYPE_CHECKING:
    from server.pipeline import Analyzer

PROGRESS_EVERY = 20  # frames; a frame takes some 20 ms, so the line moves twice a second
_JPEG_START, _JPEG_SCAN, _JPEG_END = b"\xff\xd8", b"\xff\xda", b"\xff\xd9"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the subcommand."""
    parser.description = (
        "Measure the calibration offline: fit every method on the calibrate frames of recorded sessions and print its "
        "error on the test frames. Exit status 1 when any session can't be used."
    )
    parser.add_argument(
        "folders", nargs="+", type=Path, metavar="DIR", help="session folder with session.json, frames.csv and frames/"
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the results as JSON to this file")
    parser.add_argument(
        "--features",
        type=Path,
        metavar="NPZ",
        help="write the features of all sessions to this file, for `python -m calibration.bench`",
    )
    parser.add_argument(
        "--hfov-deg",
        type=float,
        default=DEFAULT_HFOV_DEG,
        metavar="DEG",
        help="horizontal field of view of the camera where session.json does not say (default: %(default)s)",
    )
    parser.add_argument(
        "--filter",
        choices=("none", "one_euro"),
        default="none",
        help="measure single frames, or the smoothed points that the live dot shows (default: %(default)s)",
    )
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="where the networks run; auto takes CUDA when it is there (default: %(default)s)",
    )
    parser.add_argument(
        "--network",
        choices=("accurate", "fast"),
        default="accurate",
        help="which of the committed networks (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """The subcommand. Exit status 0, or 1 when any session or the start failed."""
    if not 10.0 < args.hfov_deg < 170.0:
        return _fail(f"--hfov-deg must lie between 10 and 170, got {args.hfov_deg:g}")
    for option, path in (("--json", args.json), ("--features", args.features)):
        if path is not None and not path.resolve().parent.is_dir():
            return _fail(f"{option} {path}: there is no folder {path.resolve().parent}")
    # Imported here, because PyTorch takes seconds to import and `--help` should not.
    from models.analyzer import create_analyzer
    from models.checkpoints import CheckpointError
    from models.predictor import load_predictor

    try:
        predictor = load_predictor(args.device, args.network)
    except (CheckpointError, ValueError, OSError) as error:
        return _fail(str(error))
    features: list[FeatureSession] = []
    results, failures = evaluate_folders(
        args.folders,
        lambda: create_analyzer(predictor),
        hfov_deg=args.hfov_deg,
        filter_name=args.filter,
        on_session=lambda recording, observations: features.append(features_of(recording, observations)),
    )
    for result in results:
        print(table(result), end="\n\n")
    if len(results) > 1:
        print(overview(results))
    if args.json is not None:
        try:
            args.json.write_text(to_json(results), encoding="utf-8")
        except OSError as error:
            return _fail(f"--json {args.json}: {error}")
    if args.features is not None:
        try:
            save_features(args.features, features)
        except OSError as error:
            return _fail(f"--features {args.features}: {error}")
    for failure in failures:
        _fail(failure)
    return 1 if failures else 0


def evaluate_folders(
    folders: Sequence[Path],
    make_analyzer: Callable[[], Analyzer],
    *,
    hfov_deg: float = DEFAULT_HFOV_DEG,
    methods: Mapping[str, Fit] = METHODS,
    filter_name: FilterName = "none",
    on_session: Callable[[Recording, Sequence[Observation]], None] = lambda _recording, _observations: None,
) -> tuple[list[SessionResult], list[str]]:
    """The results of the sessions that could be evaluated, and why each other one could not.

    Each session gets an analyzer of its own: nothing tracked in one person's frames may reach the next.
    """
    results: list[SessionResult] = []
    failures: list[str] = []
    for folder in folders:
        try:
            recording = read_recording(folder)
            analyzer = make_analyzer()
            try:
                observations = analyse_session(recording, analyzer, hfov_deg=hfov_deg, on_frame=_progress(recording))
            finally:
                analyzer.close()
            results.append(evaluate_observations(recording, observations, methods, filter_name))
            on_session(recording, observations)
        except ServerError as error:
            failures.append(str(error))
    return results, failures


def analyse_session(
    recording: Recording,
    analyzer: Analyzer,
    *,
    hfov_deg: float = DEFAULT_HFOV_DEG,
    on_frame: Callable[[int], None] = lambda _: None,
) -> list[Observation]:
    """One observation for each frame, in their order. `hfov_deg` counts where the recording has none of its own."""
    observations = []
    for number, frame in enumerate(recording.frames, start=1):
        image = read_image(frame.path)
        if image is None:
            observations.append(Observation(frame, "broken"))
        else:
            intrinsics = CameraIntrinsics.from_field_of_view(
                image.shape[1], image.shape[0], recording.hfov_deg or hfov_deg
            )
            analysis = analyzer.analyze(image, intrinsics, frame.captured_ms)
            blocks = analysis.features.blocks() if analysis.features is not None else None
            observations.append(Observation(frame, analysis.status, blocks))
        on_frame(number)
    return observations


def read_image(path: Path) -> npt.NDArray[np.uint8] | None:
    """(H, W, 3) uint8 RGB, turned upright as its EXIF data says; None when it can't be decoded whole."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    # Decoders paint the missing end of a JPEG grey and say nothing. The last scan must be followed by an end marker
    # (which need not be the end of the file: some cameras append to it).
    if data.startswith(_JPEG_START) and data.rfind(_JPEG_END) < data.rfind(_JPEG_SCAN):
        return None
    if not data:
        return None
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # sizes beyond what OpenCV allocates
        return None
    if image is None:
        return None
    rgb: npt.NDArray[np.uint8] = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    return rgb


def to_json(results: Sequence[SessionResult]) -> str:
    """A list of sessions, each {session, methods: {NAME: {median_px, ...}}, frames_total, frames_without_face, ...}."""
    return json.dumps([result.to_json() for result in results], indent=1, allow_nan=False) + "\n"


def table(result: SessionResult) -> str:
    """One session for people: a line for each method, then what was left out."""
    title = f"{result.session} ({result.person})" if result.person else result.session
    lines = [
        f"{title}: {result.targets_calibrate - result.targets_lost} calibration targets, "
        f"{result.frames_test_used} test frames",
        f"  {'':<11}{'px: median':>12}{'mean':>8}{'95 %':>8}{'% diag: median':>17}{'mean':>8}{'95 %':>8}"
        f"{'deg: median':>14}{'mean':>8}{'95 %':>8}{'of centre':>12}",
    ]
    for name, e in result.methods.items():
        lines.append(
            f"  {name:<11}{e.median_px:>12.1f}{e.mean_px:>8.1f}{e.p95_px:>8.1f}"
            f"{e.median_diag:>17.2f}{e.mean_diag:>8.2f}{e.p95_diag:>8.2f}"
            f"{_cell(e.median_deg):>14}{_cell(e.mean_deg):>8}{_cell(e.p95_deg):>8}{_cell(e.median_of_centre):>12}"
        )
    lines.append(
        f"  frames: {result.frames_total}, without a face {result.frames_without_face}, "
        f"eyes shut {result.frames_eyes_closed}, broken {result.frames_broken}; "
        f"calibrate {result.frames_calibrate_used} of {result.frames_calibrate} used, "
        f"test {result.frames_test_used} of {result.frames_test}; targets lost {result.targets_lost}"
    )
    return "\n".join(lines)


def overview(results: Sequence[SessionResult]) -> str:
    """Over sessions: the median, for each method, of its median error over that of always-centre."""
    lines = [f"{len(results)} sessions, median error over always-centre's, median over sessions:"]
    for name in results[0].methods:
        ratios = [e.median_of_centre for r in results if (e := r.methods[name]).median_of_centre is not None]
        lines.append(f"  {name:<11}{_cell(statistics.median(ratios) if ratios else None):>8}")
    return "\n".join(lines)


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _progress(recording: Recording) -> Callable[[int], None]:
    """A line on stderr that rewrites itself on a terminal, and is a single line in a log."""
    total, live = len(recording.frames), sys.stderr.isatty()

    def show(number: int) -> None:
        if number == total or (live and number % PROGRESS_EVERY == 0):
            start, end = ("\r", "\n" if number == total else "") if live else ("", "\n")
            print(f"{start}{recording.name}: {number} of {total} frames", end=end, file=sys.stderr, flush=True)

    return show


def _fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 1
