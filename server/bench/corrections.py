"""`python -m server.bench.corrections`: how drift checks and clicks change the accuracy, also when they are wrong.

Simulated people (`calibration.bench.simulated`) calibrate with thirteen targets. Then one of CHANGES happens, then one
of SCENARIOS. The table has the median error of single frames at 40 places after it, divided by the error of the same
frames without a correction: the median over the people and, in brackets, the 90th percentile.
"""

from __future__ import annotations

import argparse
import copy
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from calibration.bench.simulated import SCREEN, SimulatedPerson
from calibration.bench.statistics import table_head, table_row
from calibration.calibration import Calibration
from calibration.fit import fit_calibration
from calibration.samples.sample import CalibrationSample
from calibration.samples.selection import SETTLE_MS
from calibration.screen import Point
from calibration.targets.patterns import PATTERNS
from server.gaze.drift_correction import DriftCorrector

FRAME_MS = 50.0
FRAMES_OF_A_TARGET, FRAMES_OF_A_CLICK, N_TESTS = 20, 4, 40
APART_MS = 4_000.0  # between clicks
BESIDE_PX = 150.0  # the person looks at the label beside the button
CHANGES: dict[str, Callable[[SimulatedPerson], None]] = {
    "nothing changed": lambda _: None,
    "the head moved": SimulatedPerson.move,
    "drifted by 4°": lambda person: person.drift(math.radians(4.0)),
}


@dataclass
class Trial:
    """One person who works with a calibration. corrector: learns from the person's drift checks and clicks."""

    person: SimulatedPerson
    calibration: Calibration
    rng: random.Random
    corrector: DriftCorrector = field(default_factory=DriftCorrector)
    now_ms: float = 1e6

    def look(self, place: Point, frames: int) -> list[Point]:
        """Simulates frames in which the person looks there; the corrector gets them as from the estimator."""
        points = []
        for _ in range(frames):
            self.now_ms += FRAME_MS
            point = self.calibration.predict(self.person.frame(place))
            points.append((point.x, point.y))
            self.corrector.add(self.now_ms, points[-1])
        return points

    def somewhere(self) -> Point:
        return self.rng.uniform(0.05, 0.95), self.rng.uniform(0.05, 0.95)

    def drift(self, looked_at: Point) -> None:
        """A drift check with the target in the centre."""
        self.corrector.drift(self.look(looked_at, FRAMES_OF_A_TARGET), (0.5, 0.5), SCREEN)

    def click(self, place: Point, looked_at: Point | None = None) -> None:
        self.now_ms += APART_MS
        self.look(looked_at or place, FRAMES_OF_A_CLICK)
        self.corrector.click(place, self.now_ms, SCREEN)

    def beside(self, place: Point) -> Point:
        angle = self.rng.uniform(0.0, 2.0 * math.pi)
        return (
            place[0] + BESIDE_PX * math.cos(angle) / SCREEN.width_px,
            place[1] + BESIDE_PX * math.sin(angle) / SCREEN.height_px,
        )


Scenario = Callable[[Trial], None]


def _clicks(n: int, wrong: Callable[[Trial, Point, int], Point | None] = lambda _trial, _place, _i: None) -> Scenario:
    def scenario(trial: Trial) -> None:
        for i in range(n):
            place = trial.somewhere()
            trial.click(place, wrong(trial, place, i))

    return scenario


def _in_one_place(looked_beside: bool) -> Scenario:
    def scenario(trial: Trial) -> None:
        place = trial.somewhere()
        looked_at = trial.beside(place) if looked_beside else place
        for _ in range(100):
            trial.click(place, looked_at)

    return scenario


def _double_clicks(trial: Trial) -> None:
    for _ in range(10):
        place = trial.somewhere()
        trial.click(place, looked_at := trial.beside(place))
        trial.look(looked_at, 4)
        trial.corrector.click(place, trial.now_ms, SCREEN)


def _wandering(trial: Trial) -> None:
    """The person looks at the target for a third of the time."""
    points = [point for place in ((0.5, 0.5), (0.42, 0.4), (0.4, 0.6)) for point in trial.look(place, 7)]
    trial.corrector.drift(points, (0.5, 0.5), SCREEN)


SCENARIOS: dict[str, Scenario] = {
    "drift check": lambda trial: trial.drift((0.5, 0.5)),
    "drift check, looked 150 px beside": lambda trial: trial.drift(trial.beside((0.5, 0.5))),
    "drift check, looked 400 px away": lambda trial: trial.drift((0.32, 0.6)),
    "drift check, looked at the target a third of the time": _wandering,
    "1 click": _clicks(1),
    "20 clicks": _clicks(20),
    "1 click, looked 150 px beside": _clicks(1, lambda trial, place, _: trial.beside(place)),
    "20 clicks, every third looked elsewhere": _clicks(20, lambda c, _, i: c.somewhere() if i % 3 == 0 else None),
    "20 clicks, all looked 150 px beside": _clicks(20, lambda trial, place, _: trial.beside(place)),
    "10 double clicks, looked 150 px beside": _double_clicks,
    "100 clicks at one place": _in_one_place(looked_beside=False),
    "100 clicks at one place, looked 150 px beside": _in_one_place(looked_beside=True),
}


def calibrated(seed: int) -> tuple[SimulatedPerson, Calibration]:
    person, now_ms, samples = SimulatedPerson(seed), 0.0, []
    for number, place in enumerate(PATTERNS["13"]):
        for i in range(FRAMES_OF_A_TARGET):
            sample = CalibrationSample(
                now_ms + i * FRAME_MS, number, place, person.frame(place), arrived_ms=now_ms - SETTLE_MS
            )
            samples.append(sample)
        now_ms += 2_500.0
    return person, fit_calibration(samples, SCREEN)


def ratios(seed: int, change: Callable[[SimulatedPerson], None]) -> tuple[float, dict[str, float]]:
    """The error without corrections in px, and each scenario's error divided by it."""
    person, calibration = calibrated(seed)
    change(person)
    first = Trial(person, calibration, random.Random(seed))
    places = [first.somewhere() for _ in range(N_TESTS)]
    tests = [(first.look(place, 1)[0], place) for place in places]
    before = error_px(first, tests)
    by_scenario = {}
    for name, scenario in SCENARIOS.items():
        trial = copy.deepcopy(first)  # the head moves in the same way in each scenario
        scenario(trial)
        by_scenario[name] = error_px(trial, tests) / before
    return before, by_scenario


def error_px(trial: Trial, tests: list[tuple[Point, Point]]) -> float:
    apply = trial.corrector.correction.apply
    return float(np.median([SCREEN.distance_px(apply(point), place) for point, place in tests]))


def main() -> None:
    parser = argparse.ArgumentParser(prog="server.bench.corrections", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--people", type=int, default=30)
    people = range(parser.parse_args().people)
    columns = {name: [ratios(seed, change) for seed in people] for name, change in CHANGES.items()}
    print(table_head(["", *columns]))
    errors = (f"{np.median([before for before, _ in column]):.0f} px" for column in columns.values())
    print(table_row(["no correction", *errors]))
    for scenario in SCENARIOS:
        values = [[by_scenario[scenario] for _, by_scenario in column] for column in columns.values()]
        cells = (f"{np.median(each):.2f} ({np.percentile(each, 90):.2f})" for each in values)
        print(table_row([scenario, *cells]))


if __name__ == "__main__":
    main()
