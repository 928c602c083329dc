"""`python -m calibration.bench FILE.npz...`: calibrators on the same features, person by person.

1. `python -m server evaluate DIR... --features FILE.npz` computes the features of recorded sessions once.
2. For each file and number of targets, every calibrator is fitted on the same target means of each session, and
   measured on its test frames: the median error over that of always answering the screen's centre.
3. Means over people with 95 % intervals from bootstrap over people; each calibrator's error over the default's, paired,
   since people differ more than calibrators do.
4. What a fit costs. (Whether the default's announced errors hold: `calibration.bench.coverage`.)
5. With `--noise`, the same on features with more noise (`calibration.bench.noise`).
"""

from __future__ import annotations

import math
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calibration.arrays import Array, one_blas_thread
from calibration.bench.feature_file import FeatureFileError, FeatureSession, load_features
from calibration.bench.methods import RIVALS
from calibration.bench.noise import SLOW, noisier
from calibration.bench.options import feature_parser, parse
from calibration.bench.subsets import some_means
from calibration.quality.methods import DEFAULT_METHOD, Fit, FittedMethod
from calibration.samples.selection import select
from calibration.targets.patterns import MIN_TARGETS

BOOTSTRAP = 2000


@dataclass(frozen=True, slots=True)
class Score:
    """One calibrator over the people of a file. of_centre, median_deg: (P,), a number for each person; nan: unknown."""

    of_centre: Array
    median_deg: Array
    fit_ms: float


def compare(sessions: Sequence[FeatureSession], n_targets: int | None, fits: Mapping[str, Fit]) -> dict[str, Score]:
    """Every calibrator on every session that has enough targets and test frames."""
    errors: dict[str, dict[str, list[tuple[float, float]]]] = {name: defaultdict(list) for name in fits}
    cpu_s = dict.fromkeys(fits, 0.0)
    n_fits = 0
    for session in sessions:
        means = some_means(select(session.calibrate).means, n_targets)
        if len(means) < MIN_TARGETS or not session.test:
            continue
        n_fits += 1
        centre_px = np.median([session.screen.distance_px((0.5, 0.5), sample.target) for sample in session.test])
        for name, fit in fits.items():
            start = time.process_time()
            with one_blas_thread():
                fitted = fit(means, session.screen)
            cpu_s[name] += time.process_time() - start
            px, deg = median_errors(fitted, session)
            errors[name][session.person].append((px / float(centre_px), deg))
    scores = {}
    for name in fits:
        people = np.array([np.mean(pairs, axis=0) for pairs in errors[name].values()]).reshape(-1, 2)  # (P, 2)
        scores[name] = Score(people[:, 0], people[:, 1], 1000.0 * cpu_s[name] / max(n_fits, 1))
    return scores


def median_errors(fitted: FittedMethod, session: FeatureSession) -> tuple[float, float]:
    """px and degrees (nan where the screen's size is not known) over the test frames."""
    points = [fitted.predict(sample.blocks) for sample in session.test]
    pairs = [(point, sample.target) for point, sample in zip(points, session.test, strict=True)]
    degrees = [math.nan if (angle := session.screen.angle_deg(*pair)) is None else angle for pair in pairs]
    return float(np.median([session.screen.distance_px(*pair) for pair in pairs])), float(np.median(degrees))


def interval(values: Array, seed: int = 0) -> tuple[float, float, float]:
    """The mean over people, and the 2.5th and 97.5th percentile of means of as many people drawn with replacement."""
    rng = np.random.default_rng(seed)
    draws = values[rng.integers(0, len(values), (BOOTSTRAP, len(values)))].mean(axis=1)
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(values.mean()), float(low), float(high)


def table(scores: Mapping[str, Score], reference: str = DEFAULT_METHOD) -> str:
    """Markdown, one line for each calibrator."""
    lines = [
        f"| calibrator | of centre [95 %] | degrees | over {reference} [95 %] | fit, ms |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, score in scores.items():
        mean, low, high = interval(score.of_centre)
        # The mean of logarithms: half the error and twice the error weigh the same.
        logs = [math.exp(value) for value in interval(np.log(score.of_centre / scores[reference].of_centre))]
        degrees = "–" if np.isnan(score.median_deg).any() else f"{np.median(score.median_deg):.2f}"
        paired = "" if name == reference else f"{logs[0]:.2f} [{logs[1]:.2f}, {logs[2]:.2f}]"
        shown = f"**{name}**" if name == reference else name
        lines.append(f"| {shown} | {mean:.3f} [{low:.3f}, {high:.3f}] | {degrees} | {paired} | {score.fit_ms:.1f} |")
    return "\n".join(lines)


def brief_head(names: Sequence[str]) -> str:
    """Markdown, above `brief_row`."""
    return f"| sessions | targets | noise | {' | '.join(names)} |\n" + "| --- " * (3 + len(names)) + "|"


def brief_row(title: str, scores: Mapping[str, Score], reference: str = DEFAULT_METHOD) -> str:
    """A whole table in one line: of centre, and in brackets over the default's."""
    cells = []
    for score in scores.values():
        over = math.exp(float(np.log(score.of_centre / scores[reference].of_centre).mean()))
        cells.append(f"{score.of_centre.mean():.3f}" + ("" if score is scores[reference] else f" ({over:.2f})"))
    return f"| {title} | {' | '.join(cells)} |"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = feature_parser("calibration.bench", __doc__)
    parser.add_argument("--methods", nargs="*", choices=list(RIVALS), default=list(RIVALS), help="which calibrators")
    parser.add_argument("--slow", type=float, default=SLOW, help="share of it that stays while a dot is shown")
    parser.add_argument("--brief", action="store_true", help="one line for each table")
    options = parse(parser, arguments)
    if any(level < 1.0 for level in options.noise) or not 0.0 <= options.slow <= 1.0:
        parser.error("--noise must be at least 1, --slow lie between 0 and 1")
    fits = {name: RIVALS[name] for name in RIVALS if name in {*options.methods, DEFAULT_METHOD}}
    if options.brief:
        print(brief_head(list(fits)))
    for path in options.files:
        try:
            recorded = load_features(path)
            for level in options.noise:
                sessions = noisier(recorded, level, slow=options.slow)
                for n_targets in (None, *options.targets):
                    _show(path, sessions, n_targets, level, fits, brief=options.brief)
        except (FeatureFileError, ValueError) as error:
            print(f"error: {path}: {error}", file=sys.stderr)
            return 1
    return 0


def _show(
    path: Path,
    sessions: Sequence[FeatureSession],
    n_targets: int | None,
    level: float,
    fits: Mapping[str, Fit],
    *,
    brief: bool,
) -> None:
    scores = compare(sessions, n_targets, fits)
    n_people = len(scores[DEFAULT_METHOD].of_centre)
    if not n_people:
        raise ValueError(f"no session has {MIN_TARGETS} targets and a test frame")
    shown = "all" if n_targets is None else str(n_targets)
    if brief:
        print(brief_row(f"{path.stem} | {shown} | x {level:g}", scores), flush=True)
        return
    noise = "" if level == 1.0 else f", noise x {level:g}"
    print(f"### {path.stem}, {shown} targets{noise}, {n_people} people\n\n{table(scores)}\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
