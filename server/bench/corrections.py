"""`python -m server.bench.corrections`: how right and wrong drift checks and clicks change the accuracy.

Simulated people (`calibration.bench.simulated`) calibrate with thirteen targets. Then one of SINCE happens, then one of
STORIES. The table has the median error of single frames at 40 places after it, over the error of
the same frames without any correction: the median over the people, and in brackets what one in ten exceeds.
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
FRAMES_OF_A_DOT, FRAMES_OF_A_CLICK, N_TESTS = 20, 4, 40
APART_MS = 4_000.0  # between clicks
BESIDE_PX = 150.0  # the label beside a button
SINCE: dict[str, Callable[[SimulatedPerson], None]] = {
    "nothing changed": lambda _: None,
    "the head moved": SimulatedPerson.move,
    "drifted by 4°": lambda person: person.drift(math.radians(4.0)),
}


@dataclass
class Chair:
    """One person at work with a calibration; `corrector` learns from what they do."""

    person: SimulatedPerson
    calibration: Calibration
    rng: random.Random
    corrector: DriftCorrector = field(default_factory=DriftCorrector)
    now_ms: float = 1e6

    def look(self, place: Point, frames: int) -> list[Point]:
        """Frames in which the person looks there, as the estimator passes them to the corrector."""
        seen = []
        for _ in range(frames):
            self.now_ms += FRAME_MS
            point = self.calibration.predict(self.person.frame(place))
            seen.append((point.x, point.y))
            self.corrector.add(self.now_ms, seen[-1])
        return seen

    def somewhere(self) -> Point:
        return self.rng.uniform(0.05, 0.95), self.rng.uniform(0.05, 0.95)

    def drift(self, looked_at: Point) -> None:
        """A check with a dot in the middle."""
        self.corrector.drift(self.look(looked_at, FRAMES_OF_A_DOT), (0.5, 0.5), SCREEN)

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


Story = Callable[[Chair], None]


def _clicks(n: int, wrong: Callable[[Chair, Point, int], Point | None] = lambda _chair, _place, _i: None) -> Story:
    def story(chair: Chair) -> None:
        for i in range(n):
            place = chair.somewhere()
            chair.click(place, wrong(chair, place, i))

    return story


def _in_one_place(looked_beside: bool) -> Story:
    def story(chair: Chair) -> None:
        place = chair.somewhere()
        looked_at = chair.beside(place) if looked_beside else place
        for _ in range(100):
            chair.click(place, looked_at)

    return story


def _double_clicks(chair: Chair) -> None:
    for _ in range(10):
        place = chair.somewhere()
        chair.click(place, looked_at := chair.beside(place))
        chair.look(looked_at, 4)
        chair.corrector.click(place, chair.now_ms, SCREEN)


def _wandering(chair: Chair) -> None:
    """The dot is looked at for a third of the time."""
    seen = [point for place in ((0.5, 0.5), (0.42, 0.4), (0.4, 0.6)) for point in chair.look(place, 7)]
    chair.corrector.drift(seen, (0.5, 0.5), SCREEN)


STORIES: dict[str, Story] = {
    "drift check": lambda chair: chair.drift((0.5, 0.5)),
    "drift check, looked 150 px beside": lambda chair: chair.drift(chair.beside((0.5, 0.5))),
    "drift check, looked 400 px away": lambda chair: chair.drift((0.32, 0.6)),
    "drift check, looked at for a third of the time": _wandering,
    "1 click": _clicks(1),
    "20 clicks": _clicks(20),
    "1 click, looked 150 px beside": _clicks(1, lambda chair, place, _: chair.beside(place)),
    "20 clicks, every third looked anywhere": _clicks(20, lambda c, _, i: c.somewhere() if i % 3 == 0 else None),
    "20 clicks, every one looked 150 px beside": _clicks(20, lambda chair, place, _: chair.beside(place)),
    "10 double clicks, looked 150 px beside": _double_clicks,
    "100 clicks at one place": _in_one_place(looked_beside=False),
    "100 clicks at one place, looked 150 px beside": _in_one_place(looked_beside=True),
}


def calibrated(seed: int) -> tuple[SimulatedPerson, Calibration]:
    person, now_ms, samples = SimulatedPerson(seed), 0.0, []
    for number, place in enumerate(PATTERNS["13"]):
        for i in range(FRAMES_OF_A_DOT):
            shown = CalibrationSample(
                now_ms + i * FRAME_MS, number, place, person.frame(place), arrived_ms=now_ms - SETTLE_MS
            )
            samples.append(shown)
        now_ms += 2_500.0
    return person, fit_calibration(samples, SCREEN)


def ratios(seed: int, since: Callable[[SimulatedPerson], None]) -> tuple[float, dict[str, float]]:
    """The error without corrections in px, and each story's over it."""
    person, calibration = calibrated(seed)
    since(person)
    first = Chair(person, calibration, random.Random(seed))
    places = [first.somewhere() for _ in range(N_TESTS)]
    tests = [(first.look(place, 1)[0], place) for place in places]
    before = error_px(first, tests)
    found = {}
    for name, story in STORIES.items():
        chair = copy.deepcopy(first)  # the same head sways through every story
        story(chair)
        found[name] = error_px(chair, tests) / before
    return before, found


def error_px(chair: Chair, tests: list[tuple[Point, Point]]) -> float:
    apply = chair.corrector.correction.apply
    return float(np.median([SCREEN.distance_px(apply(point), place) for point, place in tests]))


def main() -> None:
    parser = argparse.ArgumentParser(prog="server.bench.corrections", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--people", type=int, default=30)
    people = range(parser.parse_args().people)
    columns = {name: [ratios(seed, since) for seed in people] for name, since in SINCE.items()}
    print(table_head(["", *columns]))
    errors = (f"{np.median([before for before, _ in column]):.0f} px" for column in columns.values())
    print(table_row(["no correction", *errors]))
    for story in STORIES:
        told = [[found[story] for _, found in column] for column in columns.values()]
        cells = (f"{np.median(each):.2f} ({np.percentile(each, 90):.2f})" for each in told)
        print(table_row([story, *cells]))


if __name__ == "__main__":
    main()
