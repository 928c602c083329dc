"""`python -m calibration.bench rounds [FILE.npz...]`: the benefit of a moving target and of a
turned head, compared with more targets.

1. People: the sessions of the files, rendered or recorded, and simulated people with known gaze
   (`calibration.bench.simulated`). Targets are numbered as in `calibration.targets.ids`. Test targets from MOVED on
   were shown after the head had moved.
2. Each plan is fitted as in the server (`calibration.fit`), and measured on the same test frames. The table has the
   median error over that of always predicting the centre, as a mean over people, and over that of the dots alone, by
   person.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calibration.arrays import Array
from calibration.bench.feature_file import FeatureSession, load_features
from calibration.bench.options import number_of_people
from calibration.bench.simulated import MOVED, simulated_session
from calibration.bench.statistics import ratio_interval, table_head, table_row
from calibration.bench.subsets import some_means
from calibration.errors import CalibrationError
from calibration.fit import CollectedSamples, fit
from calibration.samples.sample import Blocks, CalibrationSample
from calibration.samples.selection import select
from calibration.screen import Point
from calibration.targets.ids import HEAD_ID, PURSUIT_ID
from calibration.targets.pursuit import PursuitRound

DOT_S, PURSUIT_S, HEAD_S = 2.45, 11.0, 8.0  # the person's time for each


@dataclass(frozen=True, slots=True)
class Plan:
    dots: int
    pursuit: bool = False
    head: bool = False

    @property
    def name(self) -> str:
        return f"{self.dots} dots" + ", moving dot" * self.pursuit + ", head turned" * self.head

    @property
    def seconds(self) -> float:
        return self.dots * DOT_S + self.pursuit * PURSUIT_S + self.head * HEAD_S


PLANS = tuple(Plan(dots, *more) for dots in (5, 9, 13) for more in ((), (True, False), (False, True), (True, True)))


def collected_by(session: FeatureSession, plan: Plan) -> CollectedSamples:
    """The samples of the session that this plan would have collected."""
    dots = [sample for sample in session.calibrate if sample.target_id < PURSUIT_ID]
    wanted = {(mean.target_id, mean.target) for mean in some_means(select(dots).means, plan.dots)}
    return CollectedSamples(
        tuple(sample for sample in dots if (sample.target_id, sample.target) in wanted),
        tuple(s for s in session.calibrate if s.target_id == HEAD_ID) if plan.head else (),
        pursuit_of(session) if plan.pursuit else None,
    )


def pursuit_of(session: FeatureSession) -> PursuitRound | None:
    """The frames of the moving target, and its path through the places at their times."""
    found = tuple(sample for sample in session.calibrate if sample.target_id == PURSUIT_ID)
    if not found or found[0].arrived_ms is None:
        return None
    start_ms = found[0].arrived_ms
    path = tuple((sample.captured_ms - start_ms, *sample.target) for sample in found)
    return PursuitRound(path, start_ms, found)


def error_of(collected: CollectedSamples, session: FeatureSession, *, moved: bool) -> float:
    """The median error over the centre's; nan if the fit fails or there are no test frames."""
    test = [sample for sample in session.test if (sample.target_id >= MOVED) == moved]
    try:
        calibration = fit(collected, session.screen).calibration
    except CalibrationError:
        return math.nan
    return _median(calibration.model.predict, test, session) / _median(lambda _: (0.5, 0.5), test, session)


def _median(predict: Callable[[Blocks], Point], test: Sequence[CalibrationSample], session: FeatureSession) -> float:
    errors = [session.screen.distance_px(predict(sample.blocks), sample.target) for sample in test]
    return float(np.median(errors)) if errors else math.nan


def table(sessions: Sequence[FeatureSession]) -> str:
    """A Markdown table with one line for each plan. Ratios are to the same number of dots alone."""
    over_alone = "over dots alone [95 %]"
    lines = [table_head(["plan", "s", "head as it was", over_alone, "head moved", over_alone])]
    alone: dict[int, list[Array]] = {}
    for plan in PLANS:
        rounds = [collected_by(session, plan) for session in sessions]
        pairs = list(zip(rounds, sessions, strict=True))
        errors = [np.array([error_of(*pair, moved=moved) for pair in pairs]) for moved in (False, True)]
        cells = [plan.name, f"{plan.seconds:.0f}"]
        for mine, dots in zip(errors, alone.setdefault(plan.dots, errors), strict=True):
            both = np.isfinite(mine) & np.isfinite(dots)
            if not both.any():
                cells += ["–", "–"]
                continue
            over = "" if mine is dots else ratio_interval(mine[both], dots[both]).text(2)
            cells += [f"{mine[both].mean():.3f}", over]
        lines.append(table_row(cells))
    return "\n".join(lines)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", type=Path, metavar="NPZ", help="features of sessions with such rounds")
    parser.add_argument("--people", type=number_of_people, default=24, help="simulated people (default: %(default)s)")


def run(options: argparse.Namespace) -> None:
    """Print a table for each file and one for the simulated people. Raises FeatureFileError."""
    groups = {path.stem: load_features(path) for path in options.files}
    if options.people:
        groups["simulated"] = [simulated_session(seed) for seed in range(options.people)]
    for name, sessions in groups.items():
        print(f"### {name}, {len(sessions)} people\n\n{table(sessions)}\n", flush=True)
