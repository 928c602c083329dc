"""`python -m calibration.honesty FILE.npz...`: whether announced errors hold, and the constants that they come from.

1. Each session of the files (`python -m server evaluate --features`) is calibrated with all and with fewer of its
   targets, as it was recorded and with more noise (`calibration.noisier`).
2. The constants of `calibration.expected` are fitted to what came: a, b, p_0 and c by least squares on
   log(true median / announced median), with a loss that grows in a straight line beyond 0.2; then RADIUS as the factor
   that holds 68 % of the frames.
3. What is reported is measured with constants that were fitted without the person, a tenth of the people at a time.
4. Beside it stands what nobody could surpass: a session's true median is told by some 24 test frames, so that even
   somebody who knew it would be within 25 % of what came in only so many sessions (bootstrap over the test frames); and
   what T errors could tell at best, if errors were normal and nothing else were known (simulated).

Of `--moved` files, where the head moves after the calibration, the announced median can't know. They count for RADIUS.
"""

from __future__ import annotations

import math
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares

from calibration.bench_options import feature_parser, parse
from calibration.calibration import Calibration, fit_calibration
from calibration.errors import CalibrationError
from calibration.expected import MEASURED, Constants, Evidence, evidence_of, median_error
from calibration.feature_sets import FeatureFileError, FeatureSession, load_features
from calibration.gating import gate
from calibration.kernels import Array
from calibration.noisier import noisier
from calibration.subsets import some_means

NEAR = 0.25  # what counts as announced rightly
COVERED = 0.68
FOLDS = 10
STRAIGHT_FROM = 0.2  # of the loss
DRAWS = 500


@dataclass(frozen=True, slots=True)
class Told:
    """One calibration: what it knew, and what came. errors, radii: (F,) of the test frames over the diagonal, radii as
    multiples of the announced median times RADIUS."""

    person: str
    group: str  # a line of the table
    moved: bool
    evidence: Evidence
    errors: Array
    radii: Array
    fit_ms: float

    @property
    def true_median(self) -> float:
        return float(np.median(self.errors))

    def ratio(self, constants: Constants) -> float:
        """True over announced median."""
        return self.true_median / median_error(self.evidence, constants)

    def over_radius(self, constants: Constants) -> float:
        """True median over the frames' median radius, which knows of a head that moved; 0.78 for normal errors."""
        return self.ratio(constants) / float(np.median(self.radii)) / constants.radius

    def covered(self, constants: Constants) -> float:
        """Share of the frames within their radius."""
        radii = self.radii * constants.radius * median_error(self.evidence, constants)
        return float(np.mean(self.errors <= radii))


def told_by(session: FeatureSession, n_targets: int | None, group: str = "", *, moved: bool = False) -> Told | None:
    """None where the calibration refuses, or nothing is tested."""
    wanted = {(mean.target_id, mean.target) for mean in some_means(gate(session.calibrate).means, n_targets)}
    samples = [sample for sample in session.calibrate if (sample.target_id, sample.target) in wanted]
    start = time.process_time()
    try:
        calibration = fit_calibration(samples, session.screen)
    except CalibrationError:
        return None
    fit_ms = 1000.0 * (time.process_time() - start)
    evidence = evidence_of(calibration.model, gate(samples).means, session.screen)
    if evidence is None or not session.test:
        return None
    errors, radii = _tested(calibration, session)
    return Told(session.person, group, moved, evidence, errors, radii, fit_ms)


def _tested(calibration: Calibration, session: FeatureSession) -> tuple[Array, Array]:
    errors, radii = [], []
    for sample in session.test:
        point = calibration.predict(sample.blocks)
        errors.append(session.screen.distance_px((point.x, point.y), sample.target))
        radii.append(calibration.error_px(point.x, point.y, sample.blocks))
    return np.array(errors) / session.screen.diagonal_px, np.array(radii) / calibration.report.expected.radius_px


def fit_constants(told: Sequence[Told]) -> Constants:
    """Step 2 above. Raises ValueError when all were moved."""
    known = [one for one in told if not one.moved]
    if not known:
        raise ValueError("no session whose head stayed where it was")
    start = np.array([MEASURED.a, MEASURED.b, MEASURED.usual, MEASURED.noise_times])

    def constants(theta: Array, radius: float = 1.0) -> Constants:
        a, b, usual, noise_times = np.abs(theta).tolist()
        return Constants(a, b, usual, noise_times, radius)

    def residuals(theta: Array) -> Array:
        return np.array([math.log(one.ratio(constants(theta))) for one in known])

    found = least_squares(residuals, start, loss="soft_l1", f_scale=STRAIGHT_FROM, x_scale=start, diff_step=1e-3).x
    scaled = [one.errors / (one.radii * median_error(one.evidence, constants(found))) for one in told]
    return constants(found, float(np.quantile(np.concatenate(scaled), COVERED)))


def without_the_person(told: Sequence[Told], folds: int = FOLDS) -> list[Constants]:
    """For each of `told`, the constants fitted to other people."""
    people = sorted({one.person for one in told})
    order = np.random.default_rng(0).permutation(len(people))
    fold_of = {people[person]: i % folds for i, person in enumerate(order.tolist())}
    constants = {
        fold: fit_constants([one for one in told if fold_of[one.person] != fold]) for fold in set(fold_of.values())
    }
    return [constants[fold_of[one.person]] for one in told]


def limit_of_frames(told: Sequence[Told]) -> float:
    """The share within 25 % for somebody who knows each session's median, by bootstrap over the test frames."""
    rng = np.random.default_rng(0)
    shares = []
    for one in told:
        n = len(one.errors)
        medians = np.median(one.errors[rng.integers(0, n, (DRAWS, n))], axis=1)
        shares.append(np.mean(np.abs(medians / one.true_median - 1.0) < NEAR))
    return float(np.mean(shares))


def limit_of_targets(n_targets: int, n_frames: int) -> float:
    """The share within 25 % for the best that T left-out errors alone can tell, errors normal and alike everywhere."""
    rng = np.random.default_rng(0)
    left_out = np.sqrt(rng.chisquare(2 * n_targets, 20 * DRAWS) / (2 * n_targets))
    came = np.median(rng.rayleigh(1.0, (20 * DRAWS, n_frames)), axis=1) / math.sqrt(2.0 * math.log(2.0))
    return float(np.mean(np.abs(came / left_out - 1.0) < NEAR))


HEAD = (
    "| sessions | n | true / announced, median | within 25 % | of others' constants | frames' limit | dots' limit "
    "| frames in radius | of others' constants | middle half of sessions | median / radius |\n" + "| --- " * 11 + "|"
)


def row(group: str, told: Sequence[Told], others: Sequence[Constants]) -> str:
    """One line of the table under HEAD. others: for each of `told`, the constants fitted without the person."""
    ratios, held_out = (
        np.array([one.ratio(c) for one, c in zip(told, many, strict=True)]) for many in ([MEASURED] * len(told), others)
    )
    covered = np.array([one.covered(MEASURED) for one in told])
    covered_out = np.mean([one.covered(constants) for one, constants in zip(told, others, strict=True)])
    low, high = np.percentile(covered, [25, 75])
    over_radius = np.median([one.over_radius(MEASURED) for one in told])
    dots = round(float(np.mean([one.evidence.n_targets for one in told])))
    frames = round(float(np.mean([len(one.errors) for one in told])))
    return (
        f"| {group} | {len(told)} | {np.median(ratios):.2f} | {within(ratios):.0%} | {within(held_out):.0%} | "
        f"{limit_of_frames(told):.0%} | {limit_of_targets(dots, frames):.0%} | {covered.mean():.0%} | "
        f"{covered_out:.0%} | {low:.0%} to {high:.0%} | {over_radius:.2f} |"
    )


def within(ratios: Array) -> float:
    """The share of sessions that were announced rightly."""
    return float(np.mean(np.abs(ratios - 1.0) < NEAR))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = feature_parser("calibration.honesty", __doc__)
    parser.add_argument("--moved", nargs="*", type=Path, default=[], metavar="NPZ", help="the head moves afterwards")
    options = parse(parser, arguments)
    if any(level < 1.0 for level in options.noise):
        parser.error("--noise must be at least 1")
    told: list[Told] = []
    for path in (*options.files, *options.moved):
        try:
            told += told_of_file(path, options.targets, options.noise, moved=path in options.moved)
        except (FeatureFileError, ValueError) as error:
            print(f"error: {path}: {error}", file=sys.stderr)
            return 1
    if len({one.person for one in told if not one.moved}) < FOLDS:
        print(f"error: at least {FOLDS} people are needed, to fit on others than are measured", file=sys.stderr)
        return 1
    groups: dict[str, list[int]] = defaultdict(list)
    for i, one in enumerate(told):
        groups[one.group].append(i)
    others = without_the_person(told)
    print(HEAD)
    for group, mine in groups.items():
        print(row(group, [told[i] for i in mine], [others[i] for i in mine]), flush=True)
    print(f"\nin use:              {MEASURED}\nfitted to all these: {fit_constants(told)}")
    return 0


def told_of_file(path: Path, targets: Sequence[int], noise: Sequence[float], *, moved: bool) -> list[Told]:
    """Every session with each number of targets and each level of noise."""
    told, recorded = [], load_features(path)
    for level in noise:
        for session in noisier(recorded, level):
            for n_targets in (None, *targets):
                shown = f"{n_targets or 'all'} targets" + (f", noise x {level:g}" if level != 1.0 else "")
                one = told_by(session, n_targets, f"{path.stem}, {shown}", moved=moved)
                if one is not None:
                    # Files number their people alike; the same sessions through another network have the same stem.
                    told.append(replace(one, person=f"{path.stem}/{one.person}"))
    return told


if __name__ == "__main__":
    sys.exit(main())
