from __future__ import annotations

import random
from typing import Any

import pytest

from server.gaze.filters import OneEuroPointFilter
from server.protocol import requests
from server.protocol.session import RecordEnded
from server.recordings.records import RecordedTarget, RecordFrame, RecordNote, StartRecording, StopRecording
from server.recordings.store import ID_PATTERN
from server.session.actions import Action, Publish, Reply, ToPage
from server.session.recording import not_written
from server.session.session import Session
from tests.support.server import NOW_MS, SCREEN
from tests.support.session import GEOMETRY, Program, analyze_frame, count_a_bystander, error_code, replies, request


@pytest.fixture
def session() -> Session:
    session = Session(session_id="s_1", rng=random.Random(0), point_filter=OneEuroPointFilter())
    request(session, GEOMETRY)
    return session


def of_kind(actions: list[Action], kind: type) -> list[Any]:
    return [action for action in actions if isinstance(action, kind)]


def test_only_numbers_are_recorded_unless_frames_are_requested(session: Session) -> None:
    start, reply = request(session, requests.RecordStart(person="Ada"))
    assert isinstance(start, StartRecording)
    assert ID_PATTERN.fullmatch(start.recording_id)
    assert (start.frames, start.person, start.screen, start.hfov_deg) == (False, "Ada", SCREEN, 72.0)
    assert replies([reply]) == [
        {"type": "record", "state": "started", "recording": start.recording_id, "frames": False}
    ]


def test_the_page_hears_of_recordings_that_programs_start_and_stop(session: Session) -> None:
    program = Program()
    told = of_kind(request(session, requests.RecordStart(), sender=program), ToPage)
    assert [action.message.state for action in told] == ["started"]
    stopped = request(session, requests.RecordStop(), sender=program)
    assert [action.message.state for action in of_kind(stopped, ToPage)] == ["stopped"]
    unsaved = not_written(stopped, "no space left on device")
    assert [action.message.state for action in of_kind(unsaved, ToPage)] == ["failed"]
    assert of_kind(request(session, requests.RecordStart()), ToPage) == []


def test_frames_without_consent_are_refused(session: Session) -> None:
    assert error_code(request(session, requests.RecordStart(frames=True))) == "consent_missing"
    assert of_kind(analyze_frame(session, 1, NOW_MS), RecordFrame) == []
    start = of_kind(request(session, requests.RecordStart(frames=True, consent=True)), StartRecording)[0]
    assert start.frames


def test_each_frame_is_recorded_with_its_target(session: Session) -> None:
    request(session, requests.RecordStart())
    (without,) = of_kind(analyze_frame(session, 1, NOW_MS), RecordFrame)
    assert without.target is None
    request(session, requests.CalibrationStart(None))
    request(session, requests.CalibrationPoint(4, NOW_MS + 100.0))
    (with_dot,) = of_kind(analyze_frame(session, 2, NOW_MS + 900.0), RecordFrame)
    assert with_dot.target == RecordedTarget("calibrate", 4, 0.5, 0.5)
    assert with_dot.gaze.frame == 2


def test_no_picture_of_two_people_is_recorded(session: Session) -> None:
    request(session, requests.RecordStart(frames=True, consent=True))
    (alone,) = of_kind(analyze_frame(session, 1, NOW_MS), RecordFrame)
    count_a_bystander(session, NOW_MS + 30.0)
    (together,) = of_kind(analyze_frame(session, 2, NOW_MS + 33.0), RecordFrame)
    assert (alone.picture, together.picture) == (True, False)
    assert together.gaze.status == "multiple_faces"


def test_a_moving_target_has_a_place_but_no_phase(session: Session) -> None:
    request(session, requests.RecordStart())
    request(session, requests.CalibrationStart(None, pursuit=True))
    request(session, requests.CalibrationPoint(1000, NOW_MS))
    (recorded,) = of_kind(analyze_frame(session, 1, NOW_MS + 2_000.0), RecordFrame)
    assert recorded.target.phase == ""
    assert (recorded.target.x, recorded.target.y) != (0.5, 0.5)


def test_a_pause_is_not_recorded(session: Session) -> None:
    request(session, requests.RecordStart())
    request(session, requests.Pause())
    assert of_kind(analyze_frame(session, 1, NOW_MS), RecordFrame) == []


def test_stop_ends_the_recording_with_an_answer(session: Session) -> None:
    start = of_kind(request(session, requests.RecordStart()), StartRecording)[0]
    stop, reply = request(session, requests.RecordStop())
    assert stop == StopRecording(start.recording_id, NOW_MS)
    assert replies([reply])[0]["state"] == "stopped"
    assert of_kind(analyze_frame(session, 1, NOW_MS), RecordFrame) == []


def test_a_forgotten_recording_stops_at_its_limit(session: Session) -> None:
    start = of_kind(request(session, requests.RecordStart()), StartRecording)[0]
    assert session.recording_reached_limit("r_other", NOW_MS) == []
    actions = session.recording_reached_limit(start.recording_id, NOW_MS)
    assert of_kind(actions, StopRecording)
    assert "limit" in next(p for p in replies(actions) if p["type"] == "record")["reason"]
    assert session.recording_reached_limit(start.recording_id, NOW_MS) == []


def test_a_clock_that_jumps_does_not_end_a_recording(session: Session) -> None:
    request(session, requests.RecordStart())
    for i, jump_ms in enumerate((24 * 3_600_000.0, -24 * 3_600_000.0), start=1):
        assert of_kind(analyze_frame(session, i, NOW_MS + jump_ms), StopRecording) == []


def test_a_mark_is_published_and_answered_after_its_note(session: Session) -> None:
    request(session, requests.RecordStart())
    note, *sent = session.receive(requests.Mark("page 2"), None, NOW_MS)
    assert isinstance(note, RecordNote)
    assert [type(action) for action in sent] == [Publish, Reply]


def test_a_stop_whose_files_cannot_be_written_is_answered_as_failed(session: Session) -> None:
    request(session, requests.RecordStart())
    _, *answers = request(session, requests.RecordStop(), request_id="stop", sender=(program := Program()))
    failed, to_page = not_written(answers, "no space left on device")
    assert to_page.message.state == "failed"
    assert isinstance(failed, Reply)
    assert failed.to is program
    assert replies([failed])[0] | {"recording": ""} == {
        "type": "record",
        "state": "failed",
        "recording": "",
        "reason": "no space left on device",
        "request_id": "stop",
    }


def test_a_failure_of_the_disk_ends_the_recording_and_is_reported_to_the_page(session: Session) -> None:
    start = of_kind(request(session, requests.RecordStart()), StartRecording)[0]
    assert session.recording_failed("r_other", "full", NOW_MS) == []
    actions = session.recording_failed(start.recording_id, "the disk is full", NOW_MS)
    assert of_kind(actions, StopRecording)
    assert of_kind(actions, Reply)[0].message == RecordEnded("failed", start.recording_id, "the disk is full")
    assert session.recording_failed(start.recording_id, "again", NOW_MS) == []


def test_a_recording_that_is_not_possible_now_is_refused(session: Session) -> None:
    assert error_code(request(session, requests.RecordStop())) == "not_recording"
    assert error_code(request(session, requests.RecordStart(person="../x"))) == "bad_user"
    request(session, requests.RecordStart())
    assert error_code(request(session, requests.RecordStart())) == "already_recording"
    fresh = Session(session_id="s_2", rng=random.Random(0), point_filter=OneEuroPointFilter())
    assert error_code(request(fresh, requests.RecordStart())) == "geometry_missing"
