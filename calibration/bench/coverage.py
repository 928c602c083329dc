"""`python -m calibration.bench.coverage FILE.npz...`: whether announced errors hold.

1. Each session of the files (`python -m server evaluate --features`) is calibrated with all and with fewer of its
   targets, as it was recorded and with more noise (`calibration.bench.noise`).
2. What was announced is held against what came: the true median error, and the share of frames within their radius.
3. Beside it stands what nobody could surpass: a session's true median is told by some 24 test frames, so that even
   somebody who knew it would be within 25 % of what came in only so many sessions (bootstrap over the test frames); and
   what T errors could tell at best, if errors were normal and nothing else were known (simulated).
4. Last, the TYPICAL of `calibration.quality.error_model` with which 68 % of all these frames would have been within
   their radius.
"""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from calibration.arrays import Array
from calibration.bench.feature_file import FeatureFileError, FeatureSession, load_features
from calibration.bench.noise import noisier
from calibration.bench.options import feature_parser, parse
from calibration.bench.subsets import some_means
from calibration.errors import CalibrationError
from calibration.fit import fit_calibration
from calibration.quality.error_model import COVERED, TYPICAL, ExpectedError
from calibration.samples.selection import select

NEAR = 0.25  # what counts as announced rightly
DRAWS = 500


@dataclass(frozen=True, slots=True)
class Told:
    """One calibration: what it announced, and what came. Of the test frames, (F,): errors_px, the ridge's variances and
    the factors of the places."""

    group: str  # a line of the table
    n_targets: int
    expected: ExpectedError
    errors_px: Array
    variances: Array
    places: Array

    @property
    def true_median_px(self) -> float:
        return float(np.median(self.errors_px))

    @property
    def ratio(self) -> float:
        """True over announced median."""
        return self.true_median_px / self.expected.median_px

    def radii_px(self, typical: float = TYPICAL) -> Array:
        """(F,) as announced, or with another TYPICAL."""
        expected = replace(self.expected, sigma_px=self.expected.sigma_px * math.sqrt(TYPICAL / typical))
        return self.places * [expected.at(variance) for variance in self.variances.tolist()]

    def covered(self, typical: float = TYPICAL) -> float:
        """Share of the frames within their radius."""
        return float(np.mean(self.errors_px <= self.radii_px(typical)))

    @property
    def over_radius(self) -> float:
        """True median over the frames' median radius, which knows of a head that moved; 0.78 for normal errors."""
        return self.true_median_px / float(np.median(self.radii_px()))


def told_by(session: FeatureSession, n_targets: int | None, group: str = "") -> Told | None:
    """None where the calibration refuses, or nothing is tested."""
    wanted = {(mean.target_id, mean.target) for mean in some_means(select(session.calibrate).means, n_targets)}
    samples = [sample for sample in session.calibrate if (sample.target_id, sample.target) in wanted]
    if not session.test:
        return None
    try:
        calibration = fit_calibration(samples, session.screen)
    except CalibrationError:
        return None
    report, ridge = calibration.report, calibration.model.ridge
    points = [calibration.predict(sample.blocks) for sample in session.test]
    errors_px = [session.screen.distance_px((p.x, p.y), s.target) for p, s in zip(points, session.test, strict=True)]
    return Told(
        group,
        len(report.targets),
        report.expected,
        errors_px=np.array(errors_px),
        variances=np.array([ridge.variance(sample.blocks) for sample in session.test]),
        places=np.array([report.place_factor_at(point.x, point.y, session.screen) for point in points]),
    )


def fit_typical(told: Sequence[Told]) -> float:
    """The TYPICAL with which 68 % of the frames are within their radius; by halving, between a tenth and ten."""
    low, high = math.log(0.1), math.log(10.0)
    for _ in range(20):
        middle = (low + high) / 2.0
        if np.mean([one.covered(math.exp(middle)) for one in told]) > COVERED:  # radii too large: more is typical
            low = middle
        else:
            high = middle
    return math.exp(low)


def limit_of_frames(told: Sequence[Told]) -> float:
    """The share within 25 % for somebody who knows each session's median, by bootstrap over the test frames."""
    rng = np.random.default_rng(0)
    shares = []
    for one in told:
        n = len(one.errors_px)
        medians = np.median(one.errors_px[rng.integers(0, n, (DRAWS, n))], axis=1)
        shares.append(np.mean(np.abs(medians / one.true_median_px - 1.0) < NEAR))
    return float(np.mean(shares))


def limit_of_targets(n_targets: int, n_frames: int) -> float:
    """The share within 25 % for the best that T left-out errors alone can tell, errors normal and alike everywhere."""
    rng = np.random.default_rng(0)
    left_out = np.sqrt(rng.chisquare(2 * n_targets, 20 * DRAWS) / (2 * n_targets))
    came = np.median(rng.rayleigh(1.0, (20 * DRAWS, n_frames)), axis=1) / math.sqrt(2.0 * math.log(2.0))
    return float(np.mean(np.abs(came / left_out - 1.0) < NEAR))


HEAD = (
    "| sessions | n | true / announced, median | within 25 % | frames' limit | dots' limit | frames in radius "
    "| middle half of sessions | median / radius |\n" + "| --- " * 9 + "|"
)


def row(group: str, told: Sequence[Told]) -> str:
    """One line of the table under HEAD."""
    ratios, covered = np.array([one.ratio for one in told]), np.array([one.covered() for one in told])
    low, high = np.percentile(covered, [25, 75])
    dots = round(float(np.mean([one.n_targets for one in told])))
    frames = round(float(np.mean([len(one.errors_px) for one in told])))
    return (
        f"| {group} | {len(told)} | {np.median(ratios):.2f} | {within(ratios):.0%} | {limit_of_frames(told):.0%} | "
        f"{limit_of_targets(dots, frames):.0%} | {covered.mean():.0%} | {low:.0%} to {high:.0%} | "
        f"{np.median([one.over_radius for one in told]):.2f} |"
    )


def within(ratios: Array) -> float:
    """The share of sessions that were announced rightly."""
    return float(np.mean(np.abs(ratios - 1.0) < NEAR))


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(parser := feature_parser("calibration.honesty", __doc__), arguments)
    if any(level < 1.0 for level in options.noise):
        parser.error("--noise must be at least 1")
    told: dict[str, list[Told]] = defaultdict(list)
    for path in options.files:
        try:
            for one in told_of_file(path, options.targets, options.noise):
                told[one.group].append(one)
        except (FeatureFileError, ValueError) as error:
            print(f"error: {path}: {error}", file=sys.stderr)
            return 1
    if not told:
        print("error: no session could be calibrated and tested", file=sys.stderr)
        return 1
    print(HEAD)
    for group, some in told.items():
        print(row(group, some), flush=True)
    everybody = [one for some in told.values() for one in some]
    print(f"\nTYPICAL in use {TYPICAL:.2f}, of all these {fit_typical(everybody):.2f}")
    return 0


def told_of_file(path: Path, targets: Sequence[int], noise: Sequence[float]) -> list[Told]:
    """Every session with each number of targets and each level of noise."""
    told, recorded = [], load_features(path)
    for level in noise:
        for session in noisier(recorded, level):
            for n_targets in (None, *targets):
                shown = f"{n_targets or 'all'} targets" + (f", noise x {level:g}" if level != 1.0 else "")
                if (one := told_by(session, n_targets, f"{path.stem}, {shown}")) is not None:
                    told.append(one)
    return told


if __name__ == "__main__":
    sys.exit(main())
