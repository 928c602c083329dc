"""`python -m calibration.bench coverage FILE.npz...`: how often the true error lies within the announced one.

1. Each session of the files (`python -m server evaluate --features`) is calibrated with all and with fewer of its
   targets, as it was recorded, with more noise (`calibration.bench.noise`) and disturbed (--disturb,
   `calibration.bench.disturbances`). --people adds simulated people with dots nearly on one line.
2. The announced error is compared with the true one: the median over the test frames, and the share of frames within
   their radius. With several files, there are rows of all their sessions together.
3. Two limits follow that no prediction can exceed. The first is the share within 25 % for a prediction that knows the
   true median: a session has about 24 test frames, so its median is uncertain (bootstrap over the test frames). The
   second is the share for the best prediction from T left-out errors alone, with normal errors (simulated).
"""

from __future__ import annotations

import argparse
import math
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from calibration.arrays import Array
from calibration.bench.disturbances import DISTURBANCES, line
from calibration.bench.feature_file import FeatureFileError, FeatureSession, load_features
from calibration.bench.noise import noisy_sessions
from calibration.bench.options import add_feature_options, number_of_people
from calibration.bench.statistics import table_head, table_row
from calibration.bench.subsets import some_means
from calibration.errors import CalibrationError
from calibration.fit import fit_calibration
from calibration.quality.error_model import ExpectedError
from calibration.samples.past import PastSession
from calibration.samples.selection import select

NEAR = 0.25  # with a relative deviation below this, an error counts as predicted correctly
DRAWS = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """One calibration: the announced and the true error. errors_px, radii_px: (F,) of the test frames."""

    group: str  # a line of the table
    n_targets: int
    expected: ExpectedError
    errors_px: Array
    radii_px: Array

    @property
    def true_median_px(self) -> float:
        return float(np.median(self.errors_px))

    @property
    def ratio(self) -> float:
        """The true median over the predicted one."""
        return self.true_median_px / self.expected.median_px

    @property
    def covered(self) -> float:
        """Share of the frames within their radius."""
        return float(np.mean(self.errors_px <= self.radii_px))

    @property
    def over_radius(self) -> float:
        """The true median over the median radius, which includes movement of the head; 0.78 for normal errors."""
        return self.true_median_px / float(np.median(self.radii_px))


def outcome_of(
    session: FeatureSession, n_targets: int | None, group: str = "", earlier: Sequence[PastSession] = ()
) -> Outcome | None:
    """Calibrate and test a session. None if the fit fails or there are no test frames."""
    wanted = {(mean.target_id, mean.target) for mean in some_means(select(session.calibrate).means, n_targets)}
    samples = [sample for sample in session.calibrate if (sample.target_id, sample.target) in wanted]
    if not session.test:
        return None
    try:
        calibration = fit_calibration(samples, session.screen, earlier=earlier)
    except CalibrationError:
        return None
    points = [calibration.predict(sample.blocks) for sample in session.test]
    pairs = list(zip(points, session.test, strict=True))
    return Outcome(
        group,
        len(calibration.report.targets),
        calibration.report.expected,
        errors_px=np.array([session.screen.distance_px((p.x, p.y), sample.target) for p, sample in pairs]),
        radii_px=np.array([calibration.error_px(p.x, p.y, sample.blocks) for p, sample in pairs]),
    )


def limit_of_frames(outcomes: Sequence[Outcome]) -> float:
    """The share within 25 % of a prediction that knows each session's median, by bootstrap over the test frames."""
    rng = np.random.default_rng(0)
    shares = []
    for one in outcomes:
        n = len(one.errors_px)
        medians = np.median(one.errors_px[rng.integers(0, n, (DRAWS, n))], axis=1)
        shares.append(np.mean(np.abs(medians / one.true_median_px - 1.0) < NEAR))
    return float(np.mean(shares))


def limit_of_targets(n_targets: int, n_frames: int) -> float:
    """The share within 25 % of the best prediction from T left-out errors alone, for equal normal errors."""
    rng = np.random.default_rng(0)
    left_out = np.sqrt(rng.chisquare(2 * n_targets, 20 * DRAWS) / (2 * n_targets))
    came = np.median(rng.rayleigh(1.0, (20 * DRAWS, n_frames)), axis=1) / math.sqrt(2.0 * math.log(2.0))
    return float(np.mean(np.abs(came / left_out - 1.0) < NEAR))


HEAD = (
    *("sessions", "n", "true / announced, median", "within 25 %", "frames' limit", "dots' limit"),
    *("frames in radius", "middle half of sessions", "median / radius"),
)


def row(group: str, outcomes: Sequence[Outcome]) -> str:
    """One line of the table with the head HEAD."""
    ratios, covered = np.array([one.ratio for one in outcomes]), np.array([one.covered for one in outcomes])
    low, high = np.percentile(covered, [25, 75])
    dots = round(float(np.mean([one.n_targets for one in outcomes])))
    frames = round(float(np.mean([len(one.errors_px) for one in outcomes])))
    return table_row(
        [
            group,
            f"{len(outcomes)}",
            f"{np.median(ratios):.2f}",
            f"{within(ratios):.0%}",
            f"{limit_of_frames(outcomes):.0%}",
            f"{limit_of_targets(dots, frames):.0%}",
            f"{covered.mean():.0%}",
            f"{low:.0%} to {high:.0%}",
            f"{np.median([one.over_radius for one in outcomes]):.2f}",
        ]
    )


def within(ratios: Array) -> float:
    """The share of sessions whose median error was predicted within 25 %."""
    return float(np.mean(np.abs(ratios - 1.0) < NEAR))


def add_options(parser: argparse.ArgumentParser) -> None:
    add_feature_options(parser)
    parser.add_argument(
        "--disturb", nargs="*", choices=sorted(DISTURBANCES), default=[], help="also disturbed in these ways"
    )
    parser.add_argument(
        "--earlier", action="store_true", help="also with the same person's earlier sessions of the file"
    )
    parser.add_argument(
        "--people", type=number_of_people, default=0, metavar="N", help="also N simulated people with dots near a line"
    )


def run(options: argparse.Namespace) -> None:
    """Print the table. Raises FeatureFileError for a file that is not usable, or if no session is."""
    outcomes = [one for path in options.files for one in outcomes_of_file(path, options.targets, options.noise)]
    outcomes += [one for path in options.files for one in disturbed_outcomes(path, options.disturb)]
    if options.earlier:
        outcomes += [one for path in options.files for one in returning_outcomes(path, options.targets)]
    if len(options.files) > 1:
        outcomes += together(outcomes)
    simulated = [outcome_of(line(seed), None, "simulated, dots near a line") for seed in range(options.people)]
    outcomes += [one for one in simulated if one is not None]
    if not outcomes:
        raise FeatureFileError("no session could be calibrated and tested")
    print(table_head(HEAD))
    for group in dict.fromkeys(one.group for one in outcomes):
        print(row(group, [one for one in outcomes if one.group == group]), flush=True)


def outcomes_of_file(path: Path, targets: Sequence[int], noise: Sequence[float]) -> list[Outcome]:
    """The outcome of every session with each number of targets and each level of noise."""
    outcomes = []
    for level, sessions in noisy_sessions(path, noise):
        for session in sessions:
            for n_targets in (None, *targets):
                shown = f"{n_targets or 'all'} targets" + (f", noise x {level:g}" if level != 1.0 else "")
                if (one := outcome_of(session, n_targets, f"{path.stem}, {shown}")) is not None:
                    outcomes.append(one)
    return outcomes


def together(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The same outcomes without the names of their files: a file has few people, so its figures are uncertain."""
    return [replace(one, group=f"all files, {one.group.partition(', ')[2]}") for one in outcomes]


def returning_outcomes(path: Path, targets: Sequence[int]) -> list[Outcome]:
    """The outcome of every session that has earlier ones of the same person in the file, with and without them."""
    outcomes = []
    before: dict[str, list[PastSession]] = defaultdict(list)
    for session in load_features(path):
        earlier = before[session.person]
        for n_targets in (None, *targets) if earlier else ():
            shown = f"{path.stem}, {n_targets or 'all'} targets of a person who returns"
            found = (
                outcome_of(session, n_targets, shown),
                outcome_of(session, n_targets, f"{shown}, with earlier sessions", earlier),
            )
            outcomes += [one for one in found if one is not None]
        with suppress(CalibrationError):
            before[session.person] += fit_calibration(session.calibrate, session.screen).sessions
    return outcomes


def disturbed_outcomes(path: Path, disturbances: Sequence[str]) -> list[Outcome]:
    """The outcome of every session with all its targets and each disturbance."""
    outcomes = []
    for name in disturbances:
        for number, session in enumerate(load_features(path)):
            disturbed = DISTURBANCES[name](session, np.random.default_rng(number))
            if (one := outcome_of(disturbed, None, f"{path.stem}, {name}")) is not None:
                outcomes.append(one)
    return outcomes
