"""`python -m server evaluate DIR...`: measures all calibration methods on recorded sessions.

1. server.recordings.reader reads and checks a session folder.
2. `replay.analyse_session` analyses each image like a live frame, in the order of frames.csv. Landmarks are tracked
   from frame to frame, so it also analyses frames without a phase.
3. server.evaluation.accuracy fits each method on the calibrate frames and measures it on the test frames.
4. The command prints a table to stdout and progress to stderr. On request it writes JSON, plots and features. It
   continues after a session that can't be used, and then ends with exit status 1.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from calibration.bench.feature_file import FeatureSession, save_features
from calibration.profiles.disk import disk_problem, file_problem
from calibration.quality.methods import METHODS, Fit
from calibration.targets.patterns import MIN_TARGETS, PATTERNS
from models.face.camera import DEFAULT_HFOV_DEG
from server.errors import ServerError
from server.evaluation.accuracy import Selection, SessionResult, evaluate_observations
from server.evaluation.earlier import EarlierSessions, by_time
from server.evaluation.error_plot import plot_names, write_plot
from server.evaluation.observations import Observation, features_of
from server.evaluation.replay import analyse_session
from server.evaluation.report import overview, table, to_json
from server.options import add_filter_option, add_network_options
from server.recordings.reader import Recording, read_recording

if TYPE_CHECKING:
    from server.inference.engine import Analyzer

log = logging.getLogger(__name__)
PROGRESS_EVERY = 20  # frames; a frame takes about 20 ms, so the line changes twice a second


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    parser.description = (
        "Measure the calibration offline: fit each method on the calibrate frames of recorded sessions and print its "
        "error on the test frames. The exit status is 1 when a session can't be used."
    )
    parser.add_argument(
        "folders", nargs="+", type=Path, metavar="DIR", help="session folder with session.json, frames.csv and frames/"
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the results as JSON to this file")
    targets = parser.add_mutually_exclusive_group()
    targets.add_argument(
        "--points", type=int, metavar="N", help="calibrate with N of the targets, spread over the screen (at least 3)"
    )
    targets.add_argument(
        "--pattern", choices=sorted(PATTERNS, key=int), help="calibrate with the targets of this pattern"
    )
    parser.add_argument(
        "--leave-targets-out",
        type=int,
        metavar="K",
        help="also measure on the calibration's targets, with K of them left out of the fit at a time",
    )
    parser.add_argument(
        "--earlier",
        action="store_true",
        help="let each session learn from the earlier ones of the same person at the same screen, as a saved "
        "calibration does; earlier are those whose first frame is older",
    )
    parser.add_argument(
        "--plots", type=Path, metavar="DIR", help="draw the errors over the screen, DIR/SESSION.png for each session"
    )
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
        help="horizontal field of view of the camera, if session.json has none (default: %(default)s)",
    )
    add_filter_option(parser, default="none")  # smoothing would hide a method's noise
    add_network_options(parser)


def run(args: argparse.Namespace) -> int:
    """Runs the command. Exit status 1 when an option, a session or a file to write failed, else 0."""
    if not 10.0 < args.hfov_deg < 170.0:
        return _fail(f"--hfov-deg must lie between 10 and 170, got {args.hfov_deg:g}")
    if args.points is not None and args.points < MIN_TARGETS:
        return _fail(f"--points must be at least {MIN_TARGETS}, got {args.points}")
    if args.leave_targets_out is not None and args.leave_targets_out < 1:
        return _fail(f"--leave-targets-out must be at least 1, got {args.leave_targets_out}")
    for option, path in (("--json", args.json), ("--features", args.features)):
        if path is not None and not path.resolve().parent.is_dir():
            return _fail(f"{option} {path}: there is no folder {path.resolve().parent}")
    # The network libraries take seconds to import, so the imports stand here and do not delay `--help`.
    from models.analyzer import create_analyzer
    from models.checkpoints import CheckpointError
    from models.predictor import choose_device, load_predictor

    try:
        device = choose_device(args.device)
        analyzer = create_analyzer(load_predictor(device, args.network), device, args.landmarks)
    except OSError as error:
        return _fail(file_problem(error))
    except (CheckpointError, ValueError) as error:
        return _fail(str(error))
    features: list[FeatureSession] = []
    results, failures = evaluate_folders(
        args.folders,
        analyzer,
        hfov_deg=args.hfov_deg,
        filter_name=args.filter,
        selection=Selection(args.points, PATTERNS[args.pattern] if args.pattern else None, args.leave_targets_out),
        earlier=args.earlier,
        on_session=lambda recording, observations: features.append(features_of(recording, observations)),
    )
    for result in results:
        print(table(result), end="\n\n")
    if len(results) > 1:
        print(overview(results))
    failures += _written(args, results, features)
    for failure in failures:
        _fail(failure)
    return 1 if failures else 0


def _written(
    args: argparse.Namespace, results: Sequence[SessionResult], features: Sequence[FeatureSession]
) -> list[str]:
    """Writes the files that the options name. Returns the problems."""
    problems = []
    try:
        if args.json is not None:
            args.json.write_text(to_json(results), encoding="utf-8")
    except OSError as error:
        problems.append(f"--json {args.json}: not written: {disk_problem(error)}")
    try:
        if args.features is not None:
            save_features(args.features, features)
    except OSError as error:
        problems.append(f"--features {args.features}: not written: {disk_problem(error)}")
    try:
        if args.plots is not None:
            args.plots.mkdir(parents=True, exist_ok=True)
            for result, session, name in zip(results, features, plot_names(results), strict=True):
                write_plot(result, session.screen, args.plots / name)
    except OSError as error:
        problems.append(f"--plots {args.plots}: not written: {disk_problem(error)}")
    return problems


def evaluate_folders(
    folders: Sequence[Path],
    analyzer: Analyzer,
    *,
    hfov_deg: float = DEFAULT_HFOV_DEG,
    methods: Mapping[str, Fit] = METHODS,
    filter_name: str = "none",
    selection: Selection = Selection(),  # noqa: B008 - frozen
    earlier: bool = False,
    on_session: Callable[[Recording, Sequence[Observation]], None] = lambda _recording, _observations: None,
) -> tuple[list[SessionResult], list[str]]:
    """The results of the sessions, and the reasons of those that could not be evaluated.

    earlier: each session learns from the same person's earlier ones; the results are in the order of time.
    """
    results: list[SessionResult] = []
    recordings, failures = _read(folders)
    pool = EarlierSessions()
    for recording in by_time(recordings) if earlier else recordings:
        try:
            observations = analyse_session(recording, analyzer, hfov_deg=hfov_deg, on_frame=_progress(recording))
            before = pool.of(recording) if earlier else ()
            result = evaluate_observations(recording, observations, methods, filter_name, selection, before)
            on_session(recording, observations)
            results.append(result)
            pool.add(recording, observations)
        except Exception as error:  # the other sessions can still be measured
            failures.append(_reason(recording.folder, error))
    return results, failures


def _read(folders: Sequence[Path]) -> tuple[list[Recording], list[str]]:
    """The sessions, and the reasons of those that can't be read."""
    recordings: list[Recording] = []
    failures: list[str] = []
    for folder in folders:
        try:
            recordings.append(read_recording(folder))
        except Exception as error:  # the other sessions can still be measured
            failures.append(_reason(folder, error))
    return recordings, failures


def _reason(folder: Path, error: Exception) -> str:
    """What the person reads about a session that could not be measured. A bug is also logged."""
    if isinstance(error, ServerError):
        return str(error)
    log.error("%s: a bug", folder, exc_info=error)
    return f"{folder}: a bug: {type(error).__name__}: {error}"


def _progress(recording: Recording) -> Callable[[int], None]:
    """Prints progress on stderr: one line that is updated on a terminal, one final line in a log."""
    total, live = len(recording.frames), sys.stderr.isatty()

    def show(number: int) -> None:
        if number == total or (live and number % PROGRESS_EVERY == 0):
            start, end = ("\r", "\n" if number == total else "") if live else ("", "\n")
            print(f"{start}{recording.name}: {number} of {total} frames", end=end, file=sys.stderr, flush=True)

    return show


def _fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 1
