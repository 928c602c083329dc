from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.analysis import FaceAnalysis
from server.gaze.openness import FEWEST, LONGEST, STEP_MS, TYPICAL, PersonOpenness, ShutEyes
from tests.support.server import analysis

NEITHER, LEFT, RIGHT, BOTH = (ShutEyes(*eyes) for eyes in ((False, False), (True, False), (False, True), (True, True)))


def lids(left: float, right: float, *, turned_deg: float = 0.0, status: str = "ok") -> FaceAnalysis:
    found = analysis(status=status)
    assert found.features is not None
    features = replace(found.features, openness=np.array([left, right], np.float32))
    return replace(found, features=features, head_yaw_deg=turned_deg)


def person(left: float, right: float, n: int = FEWEST) -> PersonOpenness:
    """A person whose eyes were open by this much in the last n steps."""
    known = PersonOpenness()
    for i in range(n):
        known.judge(lids(left, right), STEP_MS * i)
    return known


def judge(known: PersonOpenness, left: float, right: float, at_ms: float = 1e6, turned_deg: float = 0.0) -> ShutEyes:
    return known.judge(lids(left, right, turned_deg=turned_deg), at_ms)


@pytest.mark.parametrize("usual", [0.14, 0.2, 0.28, 0.4])
def test_shut_lowered_and_winking_eyes_differ_whatever_is_usual(usual: float) -> None:
    assert judge(person(usual, usual), 0.4 * usual, 0.4 * usual) == BOTH
    assert judge(person(usual, usual), 0.65 * usual, 0.65 * usual) == NEITHER
    assert judge(person(usual, usual), 0.6 * usual, 0.95 * usual) == LEFT
    assert judge(person(usual, usual), 0.95 * usual, 0.6 * usual) == RIGHT


def test_narrow_eyes_that_look_down_are_not_shut_though_they_are_below_the_threshold_for_all() -> None:
    assert person(0.13, 0.13).judge(lids(0.09, 0.09, status="eyes_closed"), 1e6) == NEITHER
    assert PersonOpenness().judge(lids(0.09, 0.09, status="eyes_closed"), 1e6) == BOTH
    assert person(0.28, 0.28).judge(lids(0.2, 0.2, status="eyes_closed"), 1e6) == BOTH


def test_eyes_of_different_size_are_no_wink_and_a_wink_of_them_is() -> None:
    assert judge(person(0.16, 0.3), 0.16, 0.3) == NEITHER
    assert judge(person(0.16, 0.3), 0.09, 0.3) == LEFT
    assert judge(person(0.16, 0.3), 0.16, 0.18) == RIGHT
    assert judge(person(0.04, 0.3), 0.04, 0.29) == NEITHER, "a person with one eye"


def test_before_the_person_is_known_both_eyes_are_taken_as_typical() -> None:
    assert judge(PersonOpenness(), TYPICAL, TYPICAL) == NEITHER
    assert judge(PersonOpenness(), 0.5 * TYPICAL, TYPICAL) == LEFT


def test_a_blink_and_a_held_wink_do_not_become_usual() -> None:
    known = person(0.3, 0.3, LONGEST)
    for i in range(100):
        assert judge(known, 0.08, 0.3, 1e6 + STEP_MS * i) == LEFT
    assert judge(known, 0.3, 0.3, 2e6) == NEITHER


def test_tired_eyes_become_usual_within_a_minute() -> None:
    known = person(0.3, 0.3, LONGEST)
    for i in range(LONGEST):
        judge(known, 0.2, 0.2, 1e6 + STEP_MS * i)
    assert judge(known, 0.12, 0.19, 2e6) == LEFT


def test_a_calibration_says_what_is_usual_and_counts_again_for_the_next_person() -> None:
    known = PersonOpenness()
    known.use((0.15, 0.3))
    assert judge(known, 0.15, 0.3) == NEITHER
    for i in range(LONGEST):
        judge(known, 0.3, 0.3, 1e6 + STEP_MS * i)
    assert judge(known, 0.15, 0.3, 2e6) == LEFT
    known.forget()
    assert judge(known, 0.15, 0.3, 3e6) == NEITHER


def test_no_wink_is_judged_where_a_turned_head_hides_a_part_of_an_eye() -> None:
    assert judge(person(0.3, 0.3), 0.19, 0.3, turned_deg=30.0) == NEITHER
    assert judge(person(0.3, 0.3), 0.05, 0.06, turned_deg=30.0) == BOTH


def test_a_clock_that_was_set_back_stops_no_learning() -> None:
    known = person(0.3, 0.3)
    for i in range(4 * LONGEST):
        judge(known, 0.15, 0.3, 5.0 + STEP_MS * i)
    assert judge(known, 0.15, 0.3, 9e9) == NEITHER


def test_a_picture_without_a_face_shows_no_shut_eyes() -> None:
    found, shut = PersonOpenness().judged(analysis(status="no_face"), 0.0)
    assert (found.status, shut) == ("no_face", NEITHER)
