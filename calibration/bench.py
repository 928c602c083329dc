"""`python -m calibration.bench FILE.npz...`: calibrators on the same features, person by person.

1. `python -m server evaluate DIR... --features FILE.npz` computes the features of recorded sessions once.
2. For each file and number of targets, every calibrator is fitted on the same target means of each session, and
   measured on its test frames: the median error over that of always answering the screen's centre.
3. Means over people with 95 % intervals from bootstrap over people; each calibrator's error over the default's, paired,
   since people differ more than calibrators do.
4. Whether the default's announced errors hold (`honesty`), and what a fit costs.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calibration.calibration import fit_calibration, one_blas_thread
from calibration.errors import CalibrationError
from calibration.feature_sets import FeatureFileError, FeatureSession, load_features
from calibration.gating import TargetMean, gate
from calibration.kernels import Array
from calibration.methods import DEFAULT_METHOD, Fit, FittedMethod
from calibration.rivals import RIVALS
from calibration.subsets import spread_subset

BOOTSTRAP = 2000
MIN_TARGETS = 3


@dataclass(frozen=True, slots=True)
class Score:
    """One calibrator over the people of a file. of_centre, median_deg: (P,), a number for each person; nan: unknown."""

    of_centre: Array
    median_deg: Array
    fit_ms: float


@dataclass(frozen=True, slots=True)
class Honesty:
    """What the default announced and what came, over the sessions of a file.

    ratio: true median error over the announced one, (S,). within: share of sessions within 25 %.
    covered: (S,) share of frames within their radius, which should be 0.68.
    """

    ratio: Array
    covered: Array
    fit_ms: float

    @property
    def within(self) -> float:
        return float(np.mean(np.abs(self.ratio - 1.0) < 0.25))


def compare(sessions: Sequence[FeatureSession], n_targets: int | None, fits: Mapping[str, Fit]) -> dict[str, Score]:
    """Every calibrator on every session that has enough targets and test frames."""
    errors: dict[str, dict[str, list[tuple[float, float]]]] = {name: defaultdict(list) for name in fits}
    cpu_s = dict.fromkeys(fits, 0.0)
    n_fits = 0
    for session in sessions:
        means = some_means(session, n_targets)
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


def some_means(session: FeatureSession, n_targets: int | None) -> list[TargetMean]:
    """One mean for each of n targets that are spread over the screen; None: for all."""
    means = gate(session.calibrate).means
    if n_targets is None:
        return list(means)
    return [means[i] for i in spread_subset([mean.target for mean in means], n_targets)]


def median_errors(fitted: FittedMethod, session: FeatureSession) -> tuple[float, float]:
    """px and degrees (nan where the screen's size is not known) over the test frames."""
    points = [fitted.predict(sample.blocks) for sample in session.test]
    pairs = [(point, sample.target) for point, sample in zip(points, session.test, strict=True)]
    degrees = [math.nan if (angle := session.screen.angle_deg(*pair)) is None else angle for pair in pairs]
    return float(np.median([session.screen.distance_px(*pair) for pair in pairs])), float(np.median(degrees))


def honesty(sessions: Sequence[FeatureSession], n_targets: int | None) -> Honesty:
    """Announced against true errors of the default calibration."""
    ratios, covered, cpu_s = [], [], 0.0
    for session in sessions:
        wanted = {(mean.target_id, mean.target) for mean in some_means(session, n_targets)}
        samples = [sample for sample in session.calibrate if (sample.target_id, sample.target) in wanted]
        start = time.process_time()
        try:
            calibration = fit_calibration(samples, session.screen)
        except CalibrationError:
            continue
        cpu_s += time.process_time() - start
        errors, radii = [], []
        for sample in session.test:
            point = calibration.predict(sample.blocks)
            errors.append(session.screen.distance_px((point.x, point.y), sample.target))
            radii.append(calibration.error_px(point.x, point.y, sample.blocks))
        if errors:
            ratios.append(float(np.median(errors)) / calibration.report.median_error_px)
            covered.append(float(np.mean(np.array(errors) <= radii)))
    return Honesty(np.array(ratios), np.array(covered), 1000.0 * cpu_s / max(len(ratios), 1))


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


HONESTY_HEAD = (
    "| sessions | targets | n | true / announced, median | within 25 % | frames in radius | middle half of sessions "
    "| calibration, ms |\n| --- | --- | --- | --- | --- | --- | --- | --- |"
)


def honesty_row(title: str, targets: str, found: Honesty) -> str:
    """One line of the table under HONESTY_HEAD."""
    low, high = np.percentile(found.covered, [25, 75])
    return (
        f"| {title} | {targets} | {len(found.ratio)} | {np.median(found.ratio):.2f} | {found.within:.0%} | "
        f"{found.covered.mean():.0%} | {low:.0%} to {high:.0%} | {found.fit_ms:.0f} |"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m calibration.bench", description=__doc__.split("\n", 1)[0])
    parser.add_argument("files", nargs="+", type=Path, metavar="NPZ", help="from python -m server evaluate --features")
    parser.add_argument(
        "--targets", nargs="*", type=int, default=[], metavar="N", help="also with this many of the targets"
    )
    parser.add_argument("--methods", nargs="*", choices=list(RIVALS), default=list(RIVALS), help="which calibrators")
    options = parser.parse_args(arguments)
    if any(n < MIN_TARGETS for n in options.targets):
        parser.error(f"--targets must be at least {MIN_TARGETS}")
    fits = {name: RIVALS[name] for name in RIVALS if name in {*options.methods, DEFAULT_METHOD}}
    rows = []
    for path in options.files:
        try:
            sessions = load_features(path)
        except FeatureFileError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        for n_targets in (None, *options.targets):
            scores = compare(sessions, n_targets, fits)
            if not len(scores[DEFAULT_METHOD].of_centre):
                print(f"error: {path}: no session has {MIN_TARGETS} targets and a test frame", file=sys.stderr)
                return 1
            shown = "all" if n_targets is None else str(n_targets)
            print(f"### {path.stem}, {shown} targets, {len(scores[DEFAULT_METHOD].of_centre)} people\n")
            print(table(scores), end="\n\n", flush=True)
            rows.append(honesty_row(path.stem, shown, honesty(sessions, n_targets)))
    print("### Announced errors of the default\n")
    print(HONESTY_HEAD, *rows, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
