from __future__ import annotations

import random
from typing import Any

import pytest

from calibration.fit import CollectedSamples, fit
from server.errors import ProtocolError
from server.gaze.filters import OneEuroPointFilter
from server.inference.results import AnalyzedFrame
from server.protocol import requests
from server.protocol.calibration import CalibrationStep
from server.protocol.parsing import parse_text
from server.session.actions import Action, FitCalibration, Reply, SaveProfile
from server.session.manual_calibration import MAX_FRAMES, MAX_LOOKS, MAX_RECENT
from server.session.session import Session
from tests.support.gaze_messages import as_read
from tests.support.server import NOW_MS, SCREEN, analysis, frame
from tests.support.session import GEOMETRY, analyze_frame, gaze, request, unpublished

PLACES = [(0.1, 0.1), (0.9, 0.1), (0.5, 0.5), (0.1, 0.9), (0.9, 0.9)]
STEP_MS = 33.0


class Person:
    """A person who looks at places one after the other, for 20 frames each."""

    def __init__(self) -> None:
        self.session = Session(session_id="s_1", rng=random.Random(0), point_filter=OneEuroPointFilter())
        self.say(GEOMETRY)
        self.now_ms = NOW_MS
        self.seq = 0

    def say(self, body: requests.SessionRequest) -> list[Action]:
        return request(self.session, body)

    def watch(self, x: float, y: float, n: int = 20, **found: Any) -> tuple[float, float]:
        """Returns the times of its start and its end."""
        start_ms = self.now_ms
        for _ in range(n):
            self.seq += 1
            self.session.frame_analyzed(
                AnalyzedFrame(frame(self.seq, self.now_ms), analysis(x, y, **found)), self.now_ms + 40.0
            )
            self.now_ms += STEP_MS
        return start_ms, self.now_ms - STEP_MS

    def look(self, x: float, y: float, n: int = 20, **found: Any) -> dict[str, Any]:
        span = self.watch(x, y, n, **found)
        return answer(self.say(requests.Look(x, y, *span)))

    def fit(self, user: str | None = None) -> FitCalibration:
        fitting, command = self.say(requests.LookFit(user))
        assert isinstance(fitting, Reply)
        assert fitting.message == CalibrationStep("fitting")
        assert isinstance(command, FitCalibration)
        return command


@pytest.fixture
def person() -> Person:
    return Person()


def answer(actions: list[Action]) -> dict[str, Any]:
    (action,) = unpublished(actions)
    assert isinstance(action, Reply)
    read: dict[str, Any] = as_read(action.message)
    return read


def test_looks_reported_afterwards_become_a_calibration(person: Person) -> None:
    for n, place in enumerate(PLACES, start=1):
        assert person.look(*place) == {"type": "look", "n_places": n, "n_frames": 20}
    command = person.fit()
    actions = person.session.calibration_fitted(command, fit(CollectedSamples(command.samples), command.screen), NOW_MS)
    assert answer(actions)["state"] == "done"
    person.seq += 1
    shown = gaze(analyze_frame(person.session, person.seq, person.now_ms, x=0.7, y=0.3))
    assert (shown["raw"]["x"], shown["raw"]["y"]) == pytest.approx((0.7, 0.3), abs=0.05)


def test_frames_that_arrive_after_the_report_of_a_look_count(person: Person) -> None:
    person.watch(0.5, 0.5, 10)
    reply = answer(person.say(requests.Look(0.5, 0.5, NOW_MS, NOW_MS + 19 * STEP_MS)))
    assert reply["n_frames"] == 10
    person.watch(0.5, 0.5, 30)
    for place in PLACES:
        person.look(*place)
    of_first = [sample for sample in person.fit().samples if sample.captured_ms <= NOW_MS + 19 * STEP_MS]
    assert len(of_first) == 20


def test_frames_outside_the_span_of_a_look_do_not_count(person: Person) -> None:
    start_ms, end_ms = person.watch(0.5, 0.5)
    reply = answer(person.say(requests.Look(0.5, 0.5, start_ms + 4.5 * STEP_MS, end_ms - 4.5 * STEP_MS)))
    assert reply["n_frames"] == 10


def test_two_looks_at_one_place_are_one_target(person: Person) -> None:
    person.look(0.5, 0.5)
    assert person.look(0.503, 0.5)["n_places"] == 1
    assert person.look(0.52, 0.5)["n_places"] == 2


def test_a_frame_without_a_face_does_not_count_and_the_selection_decides_about_closed_eyes(person: Person) -> None:
    assert person.look(0.5, 0.5, status="no_face")["n_frames"] == 0
    shut = person.look(0.5, 0.5, status="eyes_closed")
    assert shut["n_frames"] == 20


def test_looks_continue_after_a_fit_and_the_next_fit_has_all(person: Person) -> None:
    for place in PLACES[:3]:
        person.look(*place)
    first = person.fit()
    person.look(*PLACES[3])
    person.session.calibration_fitted(first, fit(CollectedSamples(first.samples), first.screen), NOW_MS)
    assert len({sample.target_id for sample in person.fit().samples}) == 4


def test_with_a_user_the_calibration_is_saved(person: Person) -> None:
    for place in PLACES:
        person.look(*place)
    command = person.fit(user="Ada")
    fitted = fit(CollectedSamples(command.samples), command.screen)
    saved, _ = unpublished(person.session.calibration_fitted(command, fitted, NOW_MS))
    assert isinstance(saved, SaveProfile)
    assert saved.user == "Ada"


def test_two_places_are_too_few(person: Person) -> None:
    person.look(*PLACES[0])
    person.look(*PLACES[1])
    failed = answer(person.say(requests.LookFit()))
    assert (failed["type"], failed["state"]) == ("calibration", "failed")
    assert "3 different places" in failed["reason"]


def test_cleared_looks_are_not_used(person: Person) -> None:
    for place in PLACES:
        person.look(*place)
    assert answer(person.say(requests.LookClear()))["n_places"] == 0
    assert answer(person.say(requests.LookFit()))["state"] == "failed"


def test_a_failed_fit_is_reported_and_another_may_follow(person: Person) -> None:
    for place in PLACES:
        person.look(*place)
    command = person.fit()
    assert answer(person.session.calibration_failed(command, "no", NOW_MS))["reason"] == "no"
    person.fit()


def test_the_number_of_looks_and_frames_is_bounded(person: Person) -> None:
    person.watch(0.5, 0.5, MAX_RECENT + 30)
    assert answer(person.say(requests.Look(0.5, 0.5, NOW_MS, NOW_MS + 9_000.0)))["n_frames"] == MAX_FRAMES
    for i in range(MAX_LOOKS + 20):
        reply = answer(person.say(requests.Look(i / 150, 0.5, NOW_MS, NOW_MS)))
    assert reply["n_places"] == MAX_LOOKS


@pytest.mark.parametrize(
    ("before", "body", "code"),
    [
        ([], requests.LookFit("../x"), "bad_user"),
        ([requests.CalibrationStart(None)], requests.Look(0.5, 0.5, NOW_MS, NOW_MS), "calibration_busy"),
        ([requests.CalibrationStart(None)], requests.LookFit(), "calibration_busy"),
    ],
)
def test_what_can_not_be_done_now_is_refused(
    person: Person, before: list[requests.SessionRequest], body: requests.SessionRequest, code: str
) -> None:
    for earlier in before:
        person.say(earlier)
    assert answer(person.say(body))["code"] == code


def test_a_second_fit_waits_for_the_first(person: Person) -> None:
    for place in PLACES:
        person.look(*place)
    person.fit()
    assert answer(person.say(requests.LookFit()))["code"] == "calibration_busy"


def test_without_a_screen_there_are_no_looks() -> None:
    session = Session(session_id="s_1", rng=random.Random(0), point_filter=OneEuroPointFilter())
    reply = answer(request(session, requests.Look(0.5, 0.5, NOW_MS, NOW_MS)))
    assert reply["code"] == "geometry_missing"


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"look","x":0.5,"y":0.5,"start_ms":5,"end_ms":4}',
        '{"type":"look","x":0.5,"y":0.5,"start_ms":5,"end_ms":10006}',
        '{"type":"look","x":1.5,"y":0.5,"start_ms":5,"end_ms":6}',
        '{"type":"look","x":0.5,"start_ms":5,"end_ms":6}',
        '{"type":"look_fit","user":7}',
    ],
)
def test_an_invalid_look_breaks_the_protocol(text: str) -> None:
    with pytest.raises(ProtocolError):
        parse_text(text)


def test_a_fit_of_looks_has_the_viewing_distance(person: Person) -> None:
    for place in PLACES:
        person.look(*place)
    assert person.fit().screen == SCREEN.seen_from([571.0])
