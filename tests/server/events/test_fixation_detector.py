from __future__ import annotations

import random
import statistics
from typing import Any

import pytest

from calibration.screen import ScreenPoint
from server.events.fixation_detector import BLINK_GRACE_MS, EventDetector
from server.events.noise import Noise, StepNoise, limited
from server.events.types import Boundary, Detected, DetectedBlink, DetectedFixation, DetectedSaccade
from tests.support.simulated_gaze import SimulatedGaze, simulate_gaze

FRAME_MS = 1000.0 / 30.0


class Eyes:
    """Feeds a detector frame by frame and keeps its answers."""

    def __init__(self, noise: float = 0.01) -> None:
        self.detector = EventDetector()
        self.detector.noise = Noise(noise, noise)
        self.time_ms = 1000.0
        self.answers: list[Detected] = []

    def _take(self, answer: Detected) -> Detected:
        self.answers.append(answer)
        self.time_ms += FRAME_MS
        return answer

    def look(self, x: float, y: float, frames: int = 1) -> Detected:
        for _ in range(frames):
            answer = self._take(self.detector.valid(ScreenPoint(x, y), self.time_ms))
        return answer

    def shut(self, frames: int = 1) -> Detected:
        for _ in range(frames):
            answer = self._take(self.detector.closed(self.time_ms))
        return answer

    def lose(self, frames: int = 1) -> Detected:
        for _ in range(frames):
            answer = self._take(self.detector.lost(self.time_ms))
        return answer

    def reported(self, kind: type | None = None) -> list[tuple[str, str]]:
        return [
            (type(b.what).__name__.removeprefix("Detected"), b.phase)
            for answer in self.answers
            for b in answer.boundaries
            if kind is None or isinstance(b.what, kind)
        ]

    def boundaries(self, kind: Any, phase: str) -> list[Any]:
        found = [b for answer in self.answers for b in answer.boundaries]
        return [b.what for b in found if isinstance(b.what, kind) and b.phase == phase]


def detected(gaze: SimulatedGaze, noise: Noise | None) -> list[Boundary]:
    detector, steps = EventDetector(), StepNoise()
    boundaries: list[Boundary] = []
    for time_ms, point in gaze.frames:
        steps.add(point, time_ms)
        estimate = noise or steps.estimate()
        if estimate is not None:
            detector.noise = limited(estimate)
        boundaries += detector.valid(point, time_ms).boundaries
    return boundaries


@pytest.mark.parametrize("fps", [15.0, 30.0, 60.0])
@pytest.mark.parametrize("sd", [0.01, 0.02, 0.035])
@pytest.mark.parametrize("known", [True, False])
def test_fixations_of_an_eye_that_jumps_are_found_in_webcam_noise(fps: float, sd: float, known: bool) -> None:
    truth = simulate_gaze(noise=sd, fps=fps, seconds=40.0)
    found = [
        b.what
        for b in detected(truth, Noise(sd, sd) if known else None)
        if b.phase == "end" and isinstance(b.what, DetectedFixation)
    ]
    starts, hits = [], 0
    for fixation in truth.fixations[2:]:  # the noise estimate needs a second
        over = [f for f in found if min(f.end_ms, fixation.end_ms) - max(f.start_ms, fixation.start_ms) > 100.0]
        if len(over) == 1:
            hits += 1
            starts.append(over[0].start_ms - fixation.start_ms)
    assert hits >= 0.9 * len(truth.fixations[2:])
    assert len(found) <= 1.1 * len(truth.fixations)
    assert abs(statistics.median(starts)) <= 1000.0 / fps + 5.0


def test_still_eyes_are_one_fixation_however_long() -> None:
    detector = EventDetector()
    detector.noise = Noise(0.03, 0.03)
    rng = random.Random(5)
    boundaries: list[Boundary] = []
    for i in range(600):
        point = ScreenPoint(0.5 + rng.gauss(0, 0.03), 0.5 + rng.gauss(0, 0.03))
        boundaries += detector.valid(point, i * FRAME_MS).boundaries
    assert sum(b.phase == "start" and isinstance(b.what, DetectedFixation) for b in boundaries) <= 2


def test_a_jump_is_reported_in_order_with_the_times_at_which_it_happened() -> None:
    eyes = Eyes()
    eyes.look(0.2, 0.2, 10)
    last_ms = eyes.time_ms - FRAME_MS
    eyes.look(0.8, 0.6, 10)
    assert eyes.reported() == [
        ("Fixation", "start"),
        ("Fixation", "end"),
        ("Saccade", "start"),
        ("Saccade", "end"),
        ("Fixation", "start"),
    ]
    (ended,) = eyes.boundaries(DetectedFixation, "end")
    assert (ended.start_ms, ended.end_ms, ended.id) == (1000.0, last_ms, 1)
    (saccade,) = eyes.boundaries(DetectedSaccade, "end")
    assert (saccade.start_ms, saccade.end_ms) == pytest.approx((last_ms, last_ms + FRAME_MS))
    assert (saccade.origin, saccade.to) == (ScreenPoint(0.2, 0.2), ScreenPoint(0.8, 0.6))
    first, second = eyes.boundaries(DetectedFixation, "start")
    assert second.id == first.id + 1
    assert second.start_ms == pytest.approx(last_ms + FRAME_MS)
    fixation = eyes.answers[-1].fixation
    assert fixation is not None
    assert (fixation.x, fixation.y, fixation.dispersion) == pytest.approx((0.8, 0.6, 0.0))


def test_one_point_outside_is_noise() -> None:
    eyes = Eyes()
    eyes.look(0.5, 0.5, 10)
    assert eyes.look(0.7, 0.5).event is None
    assert eyes.look(0.5, 0.5).event == "fixation"
    assert eyes.look(0.3, 0.5).event is None  # and one more, to the other side
    assert eyes.look(0.5, 0.5, 5).event == "fixation"
    assert eyes.reported() == [("Fixation", "start")]


def test_two_points_outside_on_opposite_sides_are_noise_too() -> None:
    eyes = Eyes()
    eyes.look(0.5, 0.5, 10)
    eyes.look(0.7, 0.5)
    eyes.look(0.3, 0.5)
    eyes.look(0.5, 0.5, 5)
    assert eyes.reported() == [("Fixation", "start")]


def test_what_is_a_jump_depends_on_the_persons_noise() -> None:
    for noise, saccades in ((0.01, 1), (0.05, 0)):
        eyes = Eyes(noise)
        eyes.look(0.5, 0.5, 20)
        eyes.look(0.58, 0.5, 20)
        assert len(eyes.boundaries(DetectedSaccade, "end")) == saccades


def test_a_blink_has_a_start_and_an_end_and_does_not_split_a_fixation() -> None:
    eyes = Eyes()
    eyes.look(0.5, 0.5, 10)
    start_ms = eyes.time_ms
    assert eyes.shut(5).event == "blink"
    end_ms = eyes.time_ms
    assert eyes.look(0.5, 0.8).event is None  # the eyelid still covers the iris
    eyes.look(0.5, 0.5, 10)
    assert eyes.answers[-1].event == "fixation"
    assert eyes.reported() == [("Fixation", "start"), ("Blink", "start"), ("Blink", "end")]
    (blink,) = eyes.boundaries(DetectedBlink, "end")
    assert (blink.start_ms, blink.end_ms) == pytest.approx((start_ms, end_ms))
    assert eyes.answers[-1].fixation is not None
    assert eyes.answers[-1].fixation.start_ms == 1000.0


def test_after_a_blink_elsewhere_the_fixation_has_ended_before_it() -> None:
    eyes = Eyes()
    eyes.look(0.5, 0.5, 10)
    last_ms = eyes.time_ms - FRAME_MS
    eyes.shut(5)
    eyes.look(0.1, 0.1, 12)
    (ended,) = eyes.boundaries(DetectedFixation, "end")
    assert ended.end_ms == pytest.approx(last_ms)
    assert eyes.answers[-1].fixation is not None
    assert eyes.answers[-1].fixation.id == 2


def test_eyes_that_stay_closed_end_the_fixation_and_the_blink_continues() -> None:
    eyes = Eyes()
    eyes.look(0.5, 0.5, 10)
    eyes.shut(round(2 * BLINK_GRACE_MS / FRAME_MS))
    assert eyes.reported() == [("Fixation", "start"), ("Blink", "start"), ("Fixation", "end")]


def test_a_lost_frame_or_two_do_not_split_a_fixation_but_an_empty_chair_ends_it() -> None:
    eyes = Eyes()
    eyes.look(0.5, 0.5, 10)
    assert eyes.lose(3).event is None
    assert eyes.look(0.5, 0.5).event == "fixation"
    eyes.lose(30)
    assert eyes.reported() == [("Fixation", "start"), ("Fixation", "end")]


def test_a_face_lost_in_a_blink_ends_the_blink() -> None:
    eyes = Eyes()
    eyes.shut(2)
    eyes.lose()
    assert eyes.reported() == [("Blink", "start"), ("Blink", "end")]


def test_half_shut_lids_before_a_blink_are_no_saccade_when_they_are_known_as_such() -> None:
    eyes = Eyes()
    eyes.look(0.5, 0.5, 10)
    for _ in range(3):
        eyes.detector.unreliable(eyes.time_ms)
        eyes.time_ms += FRAME_MS
    eyes.shut(3)
    eyes.look(0.5, 0.5, 10)
    assert eyes.reported() == [("Fixation", "start"), ("Blink", "start"), ("Blink", "end")]


def test_a_gap_or_a_clock_that_was_set_back_ends_everything_at_its_last_frame() -> None:
    for jump_ms in (5_000.0, -5_000.0):
        eyes = Eyes()
        eyes.look(0.5, 0.5, 10)
        last_ms = eyes.time_ms - FRAME_MS
        eyes.time_ms += jump_ms
        eyes.look(0.5, 0.5, 5)
        (ended,) = eyes.boundaries(DetectedFixation, "end")
        assert ended.end_ms == last_ms
        assert eyes.reported()[-1] == ("Fixation", "start")


def test_a_wandering_gaze_is_no_endless_saccade() -> None:
    eyes = Eyes()
    eyes.look(0.1, 0.5, 10)
    for i in range(40):
        eyes.look(0.2 + 0.06 * (i % 10), 0.2 + 0.05 * ((i * 7) % 11))
    (saccade,) = eyes.boundaries(DetectedSaccade, "end")
    assert saccade.end_ms - saccade.start_ms <= 600.0
    assert eyes.answers[-1].event is None


def test_a_reset_ends_all_events() -> None:
    eyes = Eyes()
    eyes.look(0.5, 0.5, 10)
    eyes.answers.append(eyes.detector.reset())
    assert eyes.reported() == [("Fixation", "start"), ("Fixation", "end")]
    eyes.look(0.1, 0.1, 10)
    eyes.look(0.8, 0.1, 2)
    eyes.answers.append(eyes.detector.reset())
    assert eyes.reported()[-2:] == [("Saccade", "start"), ("Saccade", "end")]


def test_every_start_has_its_end_in_a_long_mixed_session() -> None:
    eyes = Eyes()
    rng = random.Random(2)
    for _ in range(400):
        rng.choice(
            [
                lambda: eyes.look(rng.random(), rng.random(), rng.randrange(1, 12)),
                lambda: eyes.shut(rng.randrange(1, 30)),
                lambda: eyes.lose(rng.randrange(1, 20)),
            ]
        )()
    eyes.answers.append(eyes.detector.reset())
    open_now: dict[type, int] = {}
    last_ms = dict.fromkeys((DetectedFixation, DetectedSaccade, DetectedBlink), 0.0)
    for answer in eyes.answers:
        for boundary in answer.boundaries:
            kind = type(boundary.what)
            if boundary.phase == "start":
                assert kind not in open_now
                open_now[kind] = boundary.what.id
                assert boundary.what.start_ms >= last_ms[kind]
            else:
                assert open_now.pop(kind) == boundary.what.id
                assert boundary.what.end_ms >= boundary.what.start_ms
                last_ms[kind] = boundary.what.end_ms
    assert open_now == {}
