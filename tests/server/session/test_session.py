from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from calibration.fit import FitResult, fit_calibration
from calibration.screen import ScreenPoint
from models.face.camera import Region
from server.errors import ProtocolError
from server.gaze.filters import OneEuroPointFilter
from server.inference.results import AnalyzedFrame, AnalyzeFrame, CountedFaces, CountFaces
from server.protocol import requests
from server.protocol.areas import ReportedArea, SetAreas
from server.protocol.events import MarkEvent
from server.protocol.frames import FrameMessage
from server.protocol.gaze import Gaze
from server.protocol.geometry import Rect
from server.protocol.session import AreasSet, Dropped, FilterReply
from server.session.actions import (
    Action,
    FitCalibration,
    LoadProfile,
    Origin,
    Publish,
    Reply,
    SaveProfile,
    ToPage,
)
from server.session.frames import LATE_MS
from server.session.session import Session
from tests.support.gaze_messages import as_read
from tests.support.server import NOW_MS, OWN_FACE, SCREEN, analysis, frame, samples
from tests.support.session import (
    BYSTANDER,
    GEOMETRY,
    Program,
    analyze_frame,
    count_a_bystander,
    error_code,
    gaze,
    overview,
    published,
    replies,
    request,
    unpublished,
)


@pytest.fixture(scope="module")
def fit() -> FitResult:
    return FitResult(fit_calibration(samples(), SCREEN))


@pytest.fixture
def session() -> Session:
    return Session(session_id="s_1", rng=random.Random(0), point_filter=OneEuroPointFilter())


def play(session: Session, user: str | None = None) -> FitCalibration:
    """Plays a whole calibration; returns the command that fits it."""
    request(session, GEOMETRY)
    started = replies(request(session, requests.CalibrationStart(user)))[0]
    for number, target in enumerate(started["targets"]):
        shown_ms = NOW_MS + 3_000.0 * number
        assert request(session, requests.CalibrationPoint(target["id"], shown_ms)) == []
        for i in range(15):
            analyze_frame(session, i, shown_ms + 700.0 + 33.0 * i, x=target["x"], y=target["y"])
    fitting, command = request(session, requests.CalibrationFinish())
    assert replies([fitting])[0]["state"] == "fitting"
    assert isinstance(command, FitCalibration)
    return command


def test_a_frame_is_analysed_with_the_field_of_view_that_the_page_sent(session: Session) -> None:
    assert session.frame_received(region(1)) == [AnalyzeFrame(region(1), hfov_deg=None)]
    request(session, GEOMETRY)
    later = region(2, NOW_MS + 33.0)
    assert session.frame_received(later) == [AnalyzeFrame(later, hfov_deg=72.0)]


def region(seq: int, captured_ms: float = NOW_MS) -> FrameMessage:
    """A frame as pages send it: the region around the face."""
    return replace(frame(seq, captured_ms), roi=Region(200, 100, 320, 240))


def test_an_overview_is_counted_and_gets_its_own_answer(session: Session) -> None:
    assert session.frame_received(overview(1)) == [CountFaces(overview(1))]
    (answer,) = replies(session.faces_counted(CountedFaces(overview(1), (OWN_FACE, BYSTANDER))))
    assert answer == {"type": "overview", "frame": 1, "faces": 2, "others": 1, "next_ms": 300.0, "follow": None}
    with pytest.raises(ProtocolError, match="must grow"):
        session.frame_received(overview(1))


def test_a_whole_frame_serves_as_an_overview_once_a_second(session: Session) -> None:
    assert [type(action) for action in session.frame_received(frame(1))] == [AnalyzeFrame, CountFaces]
    assert session.faces_counted(CountedFaces(frame(1), (OWN_FACE,))) == []
    kinds = [[type(a) for a in session.frame_received(frame(2 + i, NOW_MS + 1.0 + 500.0 * i))] for i in range(4)]
    assert kinds == [[AnalyzeFrame], [AnalyzeFrame], [AnalyzeFrame, CountFaces], [AnalyzeFrame, CountFaces]]


def test_whole_frames_do_not_count_when_the_page_sends_overviews(session: Session) -> None:
    session.frame_received(overview(1))
    assert [type(action) for action in session.frame_received(frame(2))] == [AnalyzeFrame]


def test_with_a_bystander_there_is_no_gaze_and_no_sample_is_collected(session: Session, fit: FitResult) -> None:
    session.calibration_fitted(play(session), fit, NOW_MS)
    before = gaze(analyze_frame(session, 1, NOW_MS))
    count_a_bystander(session, NOW_MS + 30.0)
    during = gaze(analyze_frame(session, 2, NOW_MS + 33.0))
    assert (before["status"], during["status"]) == ("ok", "multiple_faces")
    nothing = [during[key] for key in ("valid", "x", "y", "x_px", "y_px", "raw", "confidence")]
    assert nothing == [False, *[None] * 5, 0.0]
    assert during["seq"] == before["seq"] + 1
    assert during["head"]["track_id"] == before["head"]["track_id"], "the same face is followed"
    for kind in (requests.CalibrationStart(None), requests.ValidationStart()):
        started = replies(request(session, kind))[0]
        request(session, requests.CalibrationPoint(started["targets"][0]["id"], NOW_MS))
        for i in range(30):
            _, progress = analyze_frame(session, 3 + i, NOW_MS + 800.0 + 33.0 * i)
            assert replies([progress])[0]["n_valid"] == 0
        request(session, requests.CalibrationCancel())
    looked = request(session, requests.Look(0.5, 0.5, NOW_MS + 800.0, NOW_MS + 2_000.0))
    assert replies(looked)[0]["n_frames"] == 0


def test_a_target_continues_when_the_bystander_has_left(session: Session) -> None:
    request(session, GEOMETRY)
    request(session, requests.CalibrationStart(None))
    request(session, requests.CalibrationPoint(4, NOW_MS))
    count_a_bystander(session, NOW_MS)
    assert replies(analyze_frame(session, 1, NOW_MS + 800.0))[0]["n_valid"] == 0
    for i in range(3):
        session.faces_counted(CountedFaces(overview(1, NOW_MS + 810.0 + i), (OWN_FACE,)))
    assert replies(analyze_frame(session, 2, NOW_MS + 833.0))[0]["n_valid"] == 1


def test_a_page_that_follows_a_face_in_the_background_gets_the_other_face_and_a_new_track(session: Session) -> None:
    first = gaze(analyze_frame(session, 1, NOW_MS))
    near = (0.1, 0.0, 1.2, 1.0)
    answers = [
        replies(session.faces_counted(CountedFaces(overview(1, NOW_MS + i), (OWN_FACE, near))))[0] for i in range(2)
    ]
    assert [answer["follow"] for answer in answers] == [None, list(near)]
    second = gaze(analyze_frame(session, 2, NOW_MS + 33.0))
    assert (first["head"]["track_id"], second["head"]["track_id"]) == (1, 2)


def test_faces_are_not_counted_during_a_pause_and_the_count_starts_again_after_it(session: Session) -> None:
    count_a_bystander(session, NOW_MS)
    request(session, requests.Pause())
    assert session.frame_received(overview(1)) == [Reply(Dropped(1))]
    assert session.faces_counted(CountedFaces(overview(1), (OWN_FACE, BYSTANDER))) == [Reply(Dropped(1))]
    assert session.frame_received(frame(2)) == [AnalyzeFrame(frame(2), hfov_deg=None, paused=True)]
    request(session, requests.Resume())
    assert gaze(analyze_frame(session, 3, NOW_MS))["status"] == "uncalibrated"


def test_an_overview_that_cannot_be_decoded_is_dropped(session: Session) -> None:
    assert session.faces_counted(CountedFaces(overview(1), None)) == [Reply(Dropped(1))]
    assert session.faces_counted(CountedFaces(frame(2), None)) == []


def test_a_session_that_ignores_bystanders_counts_no_faces() -> None:
    session = Session(session_id="s_1", rng=random.Random(0), point_filter=OneEuroPointFilter(), count_faces=False)
    assert session.frame_received(overview(1)) == [Reply(Dropped(1))]
    assert session.frame_received(frame(2)) == [AnalyzeFrame(frame(2), hfov_deg=None)]


def test_a_frame_as_old_as_the_one_before_it_or_older_is_dropped(session: Session) -> None:
    def taken(seq: int, captured_ms: float) -> bool:
        action = session.frame_received(frame(seq, captured_ms))[0]
        assert isinstance(action, AnalyzeFrame) or action == Reply(Dropped(seq))
        return isinstance(action, AnalyzeFrame)

    times_ms = (0.0, 33.0, 20.0, 32.9, 33.0, -LATE_MS + 33.0, 40.0)
    taken_of = [taken(seq, NOW_MS + ms) for seq, ms in enumerate(times_ms)]
    assert taken_of == [True, True, False, False, False, False, True]


def test_a_clock_set_far_back_does_not_stop_the_gaze(session: Session) -> None:
    for seq, captured_ms in enumerate((NOW_MS, NOW_MS - LATE_MS - 1.0, NOW_MS - LATE_MS)):
        assert isinstance(session.frame_received(frame(seq, captured_ms))[0], AnalyzeFrame)


def test_frame_numbers_that_do_not_grow_break_the_protocol(session: Session) -> None:
    session.frame_received(frame(5))
    for seq in (5, 4):
        with pytest.raises(ProtocolError, match="must grow"):
            session.frame_received(frame(seq))


def test_only_the_page_gets_the_message_about_a_dropped_frame(session: Session) -> None:
    assert session.frame_dropped(frame(3)) == [Reply(Dropped(3))]


def test_an_answer_repeats_the_request_id(session: Session) -> None:
    (reply,) = request(session, requests.FilterReset(), request_id="t1")
    assert reply == Reply(FilterReply("reset"), request_id="t1")
    assert replies(request(session, requests.CalibrationFinish(), "f1"))[0]["request_id"] == "f1"


def test_a_round_collects_samples_and_the_fit_becomes_active(session: Session, fit: FitResult) -> None:
    command = play(session)
    assert len(command.samples) == 9 * 15
    assert command.screen == SCREEN.seen_from([571.0])
    done = replies(session.calibration_fitted(command, fit, NOW_MS))[0]
    assert (done["state"], done["calibration"]) == ("done", fit.calibration.calibration_id)
    assert done["report"]["median_error_px"] == fit.calibration.report.median_error_px
    assert not session.heat.snapshot().any()
    assert gaze(analyze_frame(session, 1, NOW_MS + 60_000.0, x=0.4, y=0.6))["status"] == "ok"
    assert session.heat.snapshot().any()


def test_each_frame_of_a_target_is_answered_with_its_progress(session: Session) -> None:
    request(session, GEOMETRY)
    request(session, requests.CalibrationStart(None))
    request(session, requests.CalibrationPoint(4, NOW_MS))
    _, collecting = analyze_frame(session, 1, NOW_MS + 800.0)
    assert replies([collecting]) == [
        {"type": "calibration", "state": "collecting", "target_id": 4, "n_valid": 1, "enough": False}
    ]


def test_with_a_user_the_calibration_is_stored_for_user_and_screen(session: Session, fit: FitResult) -> None:
    command = play(session, user="Ada")
    save, done = unpublished(session.calibration_fitted(command, fit, NOW_MS))
    assert save == SaveProfile("Ada", "1000x500", fit.calibration)
    assert replies([done])[0]["state"] == "done"
    assert replies(session.profile_saved(save, NOW_MS))[0]["state"] == "saved"


def test_a_failed_fit_says_why_and_the_earlier_calibration_stays(session: Session, fit: FitResult) -> None:
    session.calibration_fitted(play(session), fit, NOW_MS)
    again = play(session)
    assert replies(session.calibration_failed(again, "Keep your face in view.", NOW_MS)) == [
        {"type": "calibration", "state": "failed", "reason": "Keep your face in view."}
    ]
    assert session.calibrated
    assert not session.calibrating


def test_a_cancelled_fit_changes_nothing_when_it_arrives(session: Session, fit: FitResult) -> None:
    command = play(session)
    assert replies(request(session, requests.CalibrationCancel()))[0]["state"] == "cancelled"
    assert session.calibration_fitted(command, fit, NOW_MS) == []
    assert session.calibration_failed(command, "late", NOW_MS) == []
    assert not session.calibrated


def test_a_start_while_collecting_replaces_the_round(session: Session) -> None:
    request(session, GEOMETRY)
    request(session, requests.CalibrationStart(None))
    request(session, requests.CalibrationPoint(4, NOW_MS))
    analyze_frame(session, 1, NOW_MS + 800.0)
    request(session, requests.CalibrationStart(None))
    _, command = request(session, requests.CalibrationFinish())
    assert isinstance(command, FitCalibration)
    assert command.samples == ()


def test_a_request_that_cannot_be_done_now_is_refused_with_its_code(session: Session) -> None:
    assert error_code(request(session, requests.CalibrationStart(None))) == "geometry_missing"
    assert error_code(request(session, requests.ProfileLoad("Ada"))) == "geometry_missing"
    assert error_code(request(session, requests.CalibrationPoint(1, NOW_MS))) == "not_calibrating"
    assert error_code(request(session, requests.CalibrationFinish())) == "not_calibrating"
    request(session, GEOMETRY)
    assert error_code(request(session, requests.CalibrationStart("../etc"))) == "bad_user"
    request(session, requests.CalibrationStart(None))
    assert error_code(request(session, requests.CalibrationPoint(99, NOW_MS))) == "unknown_target"
    request(session, requests.CalibrationFinish())
    assert error_code(request(session, requests.CalibrationFinish())) == "not_calibrating"
    assert error_code(request(session, requests.CalibrationStart(None))) == "calibration_busy"


def test_a_profile_is_loaded_for_this_screen_and_the_late_answer_keeps_the_request_id(
    session: Session, fit: FitResult
) -> None:
    request(session, GEOMETRY)
    command = LoadProfile("Ada", "1000x500", origin=Origin(None, "p1"))
    assert request(session, requests.ProfileLoad("Ada"), "p1") == [command]
    loaded = replies(session.profile_loaded(command, fit.calibration, NOW_MS))[0]
    assert (loaded["state"], loaded["request_id"]) == ("loaded", "p1")
    assert session.calibrated
    assert error_code(session.profile_failed(command, "there is none", NOW_MS)) == "profile_failed"


def test_while_paused_frames_are_answered_and_not_analysed(session: Session) -> None:
    assert replies(request(session, requests.Pause())) == [{"type": "paused"}]
    (command,) = session.frame_received(frame(1))
    assert isinstance(command, AnalyzeFrame)
    assert command.paused
    assert gaze(session.frame_analyzed(AnalyzedFrame(frame(1), paused=True), NOW_MS))["status"] == "paused"
    assert replies(request(session, requests.Resume())) == [{"type": "resumed"}]
    assert gaze(session.frame_analyzed(AnalyzedFrame(frame(1), paused=True), NOW_MS))["status"] == "paused"


def test_a_mark_goes_to_the_page_and_to_subscribers_with_its_time(session: Session) -> None:
    mark = MarkEvent("s_1", "page 2", NOW_MS)
    assert session.receive(requests.Mark("page 2"), None, NOW_MS, "m1") == [
        Publish(mark),
        Reply(mark, request_id="m1"),
    ]
    program = Program()
    assert request(session, requests.Mark("page 2"), None, program) == [ToPage(mark)]
    answer = Reply(mark, program, "m2")
    assert request(session, requests.Mark("page 2"), "m2", program) == [ToPage(mark), answer]


def test_a_mark_of_a_session_with_a_clock_an_hour_behind_has_the_time_of_its_gaze(session: Session) -> None:
    behind_ms = 3_600_000.0
    session.frame_analyzed(AnalyzedFrame(frame(1, NOW_MS - behind_ms), analysis()), NOW_MS)
    ((_, mark),) = published(session.receive(requests.Mark("page 2"), None, NOW_MS + 500.0))
    assert mark["timestamp"] == NOW_MS - behind_ms + 500.0


def test_the_heat_map_is_cleared_and_the_filter_reset_on_request(session: Session) -> None:
    session.heat.add(0.5, 0.5, NOW_MS)
    assert replies(request(session, requests.HeatmapClear())) == [{"type": "heatmap", "state": "cleared"}]
    assert not session.heat.snapshot().any()
    assert replies(request(session, requests.FilterReset())) == [{"type": "filter", "state": "reset"}]


def test_another_filter_smooths_the_session_until_the_servers_own_is_chosen_again(session: Session) -> None:
    estimator = session._estimator
    (own, other), point = (estimator._filter, "none"), ScreenPoint(0.9, 0.9)
    assert replies(request(session, requests.FilterSet(other))) == [{"type": "filter", "state": "set", "filter": other}]
    estimator._filter.apply(ScreenPoint(0.1, 0.1), 0.0)
    assert estimator._filter.apply(point, 33.0) == point
    assert replies(request(session, requests.FilterSet())) == [{"type": "filter", "state": "set", "filter": None}]
    assert estimator._filter is own
    assert own.apply(point, 66.0) == point  # it begins with the next point


def test_a_geometry_is_acknowledged_with_the_screens_key(session: Session) -> None:
    assert replies(request(session, GEOMETRY))[0]["screen"]["key"] == "1000x500"


def test_subscribers_get_events_then_gaze_before_the_page_gets_it(session: Session, fit: FitResult) -> None:
    session.calibration_fitted(play(session), fit, NOW_MS)
    result = AnalyzedFrame(frame(1, NOW_MS + 60_000.0), analysis())
    *events, to_subscribers, to_page = session.frame_analyzed(result, NOW_MS + 60_040.0)
    assert [(topic, event["type"]) for topic, event in published(events)] == [("status", "status")]
    assert isinstance(to_subscribers, Publish)
    assert isinstance(to_page, ToPage)
    assert isinstance(to_page.message, Gaze)
    assert to_page.message == structs.replace(to_subscribers.message, face=to_page.message.face)
    assert to_subscribers.layout == GEOMETRY.layout


def test_subscribers_follow_a_calibration_without_the_id_of_its_request(session: Session, fit: FitResult) -> None:
    command = play(session)
    publish, reply = session.calibration_fitted(replace(command, origin=Origin(None, "f")), fit, NOW_MS)
    assert isinstance(publish, Publish)
    assert isinstance(reply, Reply)
    assert reply.request_id == "f"
    assert (publish.message, publish.lasting) == (reply.message, True)


def test_later_subscribers_get_the_geometry_and_later_messages_have_its_layout(session: Session) -> None:
    before, reply = session.receive(requests.Mark("a"), None, NOW_MS)
    geometry, _ = session.receive(GEOMETRY, None, NOW_MS)
    assert isinstance(before, Publish)
    assert before.layout is None
    assert isinstance(reply, Reply)
    assert isinstance(geometry, Publish)
    assert (geometry.lasting, geometry.layout) == (True, GEOMETRY.layout)
    assert as_read(geometry.message)["screen"]["key"] == "1000x500"


def test_answers_about_a_round_go_to_the_program_that_began_it(session: Session) -> None:
    request(session, GEOMETRY)
    program = Program()
    (started,) = request(session, requests.CalibrationStart(None), "c", program)
    assert isinstance(started, Reply)
    assert started.to is program
    request(session, requests.CalibrationPoint(4, NOW_MS), None, program)
    gaze_message, collecting = analyze_frame(session, 1, NOW_MS + 800.0)
    assert isinstance(gaze_message, ToPage)
    assert isinstance(collecting, Reply)
    assert collecting.to is program
    assert error_code(request(session, requests.CalibrationFinish())) == "calibration_owned"


def test_when_the_owner_of_a_round_leaves_the_round_is_cancelled(session: Session) -> None:
    request(session, GEOMETRY)
    program = Program()
    request(session, requests.CalibrationStart(None), None, program)
    assert session.leave(Program(), NOW_MS) == []
    assert session.leave(None, NOW_MS) == []
    (cancelled,) = replies(session.leave(program, NOW_MS))
    assert cancelled["state"] == "cancelled"
    assert not session.calibrating


def test_each_sender_has_its_own_areas_which_are_removed_when_it_leaves(session: Session, fit: FitResult) -> None:
    session.calibration_fitted(play(session), fit, NOW_MS)
    program = Program()
    (answer,) = request(session, SetAreas((ReportedArea("page", x=0.0, y=0.0, width=1.0, height=1.0),), "screen"), "a1")
    assert answer == Reply(AreasSet(1), request_id="a1")
    request(session, SetAreas((ReportedArea("program", x=0.0, y=0.0, width=1.0, height=1.0),), "screen"), None, program)
    for i in range(3):
        shown = gaze(analyze_frame(session, i, NOW_MS + 60_000.0 + 33.0 * i))
    assert shown["aoi"] == ["page", "program"]
    session.leave(program, NOW_MS)
    assert gaze(analyze_frame(session, 4, NOW_MS + 60_132.0))["aoi"] == ["page"]


def test_subscribers_get_the_areas_when_they_or_their_places_change(session: Session) -> None:
    on_page = SetAreas((ReportedArea("a", x_px=10.0, y_px=20.0, width_px=30.0, height_px=40.0, dwell_ms=500.0),))

    def areas(actions: list[Action]) -> list[Any]:
        return [message["areas"] for topic, message in published(actions) if topic == "areas"]

    (first,) = areas(session.receive(on_page, None, NOW_MS))
    nowhere = dict.fromkeys(("x_px", "y_px", "width_px", "height_px"))
    assert first == [{"id": "a", **nowhere, "dwell_ms": 500.0, "repeat": False}], "the viewport is not known"
    moved = structs.replace(GEOMETRY, viewport=Rect(100.0, 200.0, 800.0, 600.0))
    (placed,) = areas(session.receive(moved, None, NOW_MS))
    assert [placed[0][side] for side in nowhere] == [110.0, 220.0, 30.0, 40.0]
    assert areas(session.receive(moved, None, NOW_MS)) == []
    assert areas(session.receive(on_page, None, NOW_MS)) == [], "nothing has changed"
    assert areas(session.leave(None, NOW_MS)) == [[]]


def test_the_counters_of_a_session_follow_its_frames(session: Session) -> None:
    assert (session.n_frames, session.camera_px, session.layout) == (0, None, None)
    analyze_frame(session, 1, NOW_MS)
    assert (session.n_frames, session.camera_px) == (1, (640, 480))
