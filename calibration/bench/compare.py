"""`python -m calibration.bench compare FILE.npz...`: calibrators on the same features, person by person.

1. `python -m server evaluate DIR... --features FILE.npz` computes the features of recorded sessions once.
2. For each file and number of targets, every calibrator is fitted on the same target means of each session and
   measured on its test frames: the median error over that of always predicting the screen's centre.
3. The table has means over people with 95 % intervals by bootstrap over people, and the ratio of each error to the
   default's. Ratios are paired by person, because people differ more than calibrators.
4. It also has the time of a fit. `coverage` measures how often predicted errors hold.
5. With `--noise`, it repeats this on features with more noise (`calibration.bench.noise`).
"""

from __future__ import annotations

import argparse
import math
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calibration.arrays import Array
from calibration.bench.feature_file import FeatureFileError, FeatureSession
from calibration.bench.methods import COMPARED, REGRESSORS
from calibration.bench.noise import SLOW, noisy_sessions
from calibration.bench.options import add_feature_options, share
from calibration.bench.statistics import geometric_mean, mean_interval, ratio_interval, table_head, table_row
from calibration.bench.subsets import some_means
from calibration.quality.methods import DEFAULT_METHOD, Fit, FittedMethod
from calibration.samples.selection import select
from calibration.targets.patterns import MIN_TARGETS


@dataclass(frozen=True, slots=True)
class Score:
    """One calibrator on the people of a file. of_centre, median_deg: (P,), one number for each person; nan: unknown."""

    of_centre: Array
    median_deg: Array
    fit_ms: float


def compare(sessions: Sequence[FeatureSession], n_targets: int | None, fits: Mapping[str, Fit]) -> dict[str, Score]:
    """Measure every calibrator on every session that has enough targets and test frames."""
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
            fitted = fit(means, session.screen)
            cpu_s[name] += time.process_time() - start
            px, deg = median_errors(fitted, session)
            errors[name][session.person].append((px / float(centre_px), deg))
    scores = {}
    for name in fits:
        people = np.array([np.mean(pairs, axis=0) for pairs in errors[name].values()]).reshape(-1, 2)  # (P, 2)
        scores[name] = Score(people[:, 0], people[:, 1], 1000.0 * cpu_s[name] / max(n_fits, 1))
    return scores


def compare_on(
    path: Path, sessions: Sequence[FeatureSession], n_targets: int | None, fits: Mapping[str, Fit]
) -> dict[str, Score]:
    """`compare` on the sessions of a file. Raises FeatureFileError if none of them is usable."""
    scores = compare(sessions, n_targets, fits)
    if not all(len(score.of_centre) for score in scores.values()):
        raise FeatureFileError(f"{path}: no session has {MIN_TARGETS} targets and a test frame")
    return scores


def median_errors(fitted: FittedMethod, session: FeatureSession) -> tuple[float, float]:
    """Median errors over the test frames in px and degrees; nan if the screen's size is unknown."""
    points = [fitted.predict(sample.blocks) for sample in session.test]
    pairs = [(point, sample.target) for point, sample in zip(points, session.test, strict=True)]
    degrees = [math.nan if (angle := session.screen.angle_deg(*pair)) is None else angle for pair in pairs]
    return float(np.median([session.screen.distance_px(*pair) for pair in pairs])), float(np.median(degrees))


def table(scores: Mapping[str, Score], reference: str = DEFAULT_METHOD) -> str:
    """A Markdown table with one line for each calibrator."""
    lines = [table_head(["calibrator", "of centre [95 %]", "degrees", f"over {reference} [95 %]", "fit, ms"])]
    for name, score in scores.items():
        over = ratio_interval(score.of_centre, scores[reference].of_centre)
        lines.append(
            table_row(
                [
                    f"**{name}**" if name == reference else name,
                    mean_interval(score.of_centre).text(3),
                    "–" if np.isnan(score.median_deg).any() else f"{np.median(score.median_deg):.2f}",
                    "" if name == reference else over.text(2),
                    f"{score.fit_ms:.1f}",
                ]
            )
        )
    return "\n".join(lines)


def brief_row(title: Sequence[str], scores: Mapping[str, Score], reference: str = DEFAULT_METHOD) -> str:
    """A whole table in one line: the ratios to the centre's error, and in brackets those to the default's."""
    cells = []
    for score in scores.values():
        over = geometric_mean(score.of_centre / scores[reference].of_centre)
        cells.append(f"{score.of_centre.mean():.3f}" + ("" if score is scores[reference] else f" ({over:.2f})"))
    return table_row([*title, *cells])


def add_options(parser: argparse.ArgumentParser) -> None:
    add_feature_options(parser)
    names = list(COMPARED)
    parser.add_argument("--methods", nargs="*", choices=names, default=names, help="calibrators")
    parser.add_argument(
        "--slow", type=share, default=SLOW, help="share of the added noise that stays while a target is shown"
    )
    parser.add_argument("--brief", action="store_true", help="one line for each table")


def run(options: argparse.Namespace) -> None:
    """Print the tables. Raises FeatureFileError for a file that is not usable."""
    if not REGRESSORS:
        print("Without its regressors, because scikit-learn is not installed: pip install 'sightline-gaze[bench]'\n")
    fits = {name: COMPARED[name] for name in COMPARED if name in {*options.methods, DEFAULT_METHOD}}
    if options.brief:
        print(table_head(["sessions", "targets", "noise", *fits]))
    for path in options.files:
        for level, sessions in noisy_sessions(path, options.noise, slow=options.slow):
            for n_targets in (None, *options.targets):
                _show(path, sessions, n_targets, level, fits, brief=options.brief)


def _show(
    path: Path,
    sessions: Sequence[FeatureSession],
    n_targets: int | None,
    level: float,
    fits: Mapping[str, Fit],
    *,
    brief: bool,
) -> None:
    scores = compare_on(path, sessions, n_targets, fits)
    shown = "all" if n_targets is None else str(n_targets)
    if brief:
        print(brief_row([path.stem, shown, f"x {level:g}"], scores), flush=True)
        return
    noise = "" if level == 1.0 else f", noise x {level:g}"
    n_people = len(scores[DEFAULT_METHOD].of_centre)
    print(f"### {path.stem}, {shown} targets{noise}, {n_people} people\n\n{table(scores)}\n", flush=True)
