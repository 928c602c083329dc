"""The calibration controller through its session: requests and answers about targets."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

import calibration
from calibration.fit import CollectedSamples, FitResult, fit_calibration
from calibration.targets.ids import HEAD_ID, PURSUIT_ID
from server.gaze.filters import OneEuroPointFilter
from server.protocol import requests
from server.session.actions import Action, FitCalibration, LoadProfile, Origin, Reply, SaveProfile
from server.session.session import Session
from tests.support.gaze_messages import as_read
from tests.support.server import NOW_MS, SCREEN, samples
from tests.support.session import GEOMETRY, analyze_frame, error_code, gaze, replies, request, unpublished


@pytest.fixture(scope="module")
def fit() -> FitResult:
    return FitResult(fit_calibration(samples(), SCREEN), lag_ms=123.44)


@pytest.fixture
def session() -> Session:
    session = Session(session_id="s_1", rng=random.Random(0), point_filter=OneEuroPointFilter())
    request(session, GEOMETRY)
    return session


class Player:
    """Shows targets to a session and looks at them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.now_ms = NOW_MS
        self._seq = 0

    def start(self, **options: Any) -> dict[str, Any]:
        (started,) = replies(request(self.session, requests.CalibrationStart(None, **options)))
        assert started["state"] == "started"
        return dict(started)

    def look(self, target: dict[str, Any], *, dx: float = 0.0, jump: float = 0.0, n: int = 20, **found: Any) -> None:
        """Shows a target for 1.5 s. dx: offset of the eyes. jump: how far they move to and fro."""
        request(self.session, requests.CalibrationPoint(target["id"], self.now_ms))
        for i in range(n):
            x = target["x"] + dx + (jump if i % 2 else 0.0)
            self.frame(self.now_ms + 700.0 + 40.0 * i, x=x, y=target["y"], **found)
        self.now_ms += 2_500.0

    def frame(self, at_ms: float, **found: Any) -> list[Any]:
        self._seq += 1
        return replies(analyze_frame(self.session, self._seq, at_ms, **found))

    def finish(self) -> tuple[dict[str, Any], FitCalibration | None]:
        first, *command = request(self.session, requests.CalibrationFinish())
        assert isinstance(first, Reply)
        return as_read(first.message), command[0] if command and isinstance(command[0], FitCalibration) else None


def calibrated(session: Session, fit: FitResult) -> Player:
    player = Player(session)
    for target in player.start()["targets"]:
        player.look(target)
    _, command = player.finish()
    assert command is not None
    session.calibration_fitted(command, fit, NOW_MS)
    return player


def test_only_poor_targets_are_repeated_and_only_once(session: Session) -> None:
    player = Player(session)
    targets = player.start(repeats=2)["targets"]
    for target in targets:
        player.look(target, jump=0.4 if target["id"] == 2 else 0.0, n=2 if target["id"] == 6 else 20)
    again, command = player.finish()
    assert (again["state"], command) == ("again", None)
    assert {(t["id"], t["reason"]) for t in again["targets"]} == {(2, "unstable"), (6, "few")}
    for target in again["targets"]:
        player.look(target, jump=0.4 if target["id"] == 2 else 0.0)
    fitting, command = player.finish()
    assert fitting["state"] == "fitting"
    assert command is not None
    used = {sample.target_id for sample in command.samples}
    assert 6 in used
    assert 2 not in used, "shown twice, and its samples still scatter"


def test_a_client_without_repeats_gets_no_repetition(session: Session) -> None:
    player = Player(session)
    for target in player.start()["targets"][:5]:
        player.look(target)
    assert player.finish()[0]["state"] == "fitting"


def test_a_target_that_disagrees_with_the_others_is_repeated_after_the_fit(session: Session) -> None:
    player = Player(session)
    targets = player.start(repeats=1)["targets"]
    for target in targets:
        player.look(target, dx=-0.6 if target["id"] == 8 else 0.0)
    _, command = player.finish()
    assert command is not None
    first = FitResult(fit_calibration(command.samples, SCREEN))
    assert first.calibration.report.doubtful_target_ids == (8,)
    (again,) = replies(session.calibration_fitted(command, first, NOW_MS))
    assert [(t["id"], t["reason"]) for t in again["targets"]] == [(8, "doubtful")]
    assert not session.calibrated
    player.look(again["targets"][0])
    _, command = player.finish()
    assert command is not None
    second = FitResult(fit_calibration(command.samples, SCREEN))
    assert second.calibration.report.doubtful_target_ids == ()
    assert replies(session.calibration_fitted(command, second, NOW_MS))[0]["state"] == "done"


def test_extra_targets_are_added_once(session: Session) -> None:
    player = Player(session)
    for target in player.start(repeats=2, extra_points=2)["targets"]:
        player.look(target, dx=0.07 if target["id"] in (0, 1) else 0.0)
    _, command = player.finish()
    assert command is not None
    (again,) = replies(session.calibration_fitted(command, FitResult(fit_calibration(command.samples, SCREEN)), NOW_MS))
    extra = [t for t in again["targets"] if t["reason"] == "extra"]
    assert 1 <= len(extra) <= 2
    for target in again["targets"]:
        player.look(target)
    _, command = player.finish()
    assert command is not None
    assert {t["id"] for t in extra} <= {sample.target_id for sample in command.samples}
    done = replies(session.calibration_fitted(command, FitResult(fit_calibration(command.samples, SCREEN)), NOW_MS))
    assert done[0]["state"] == "done"


def test_pursuit_and_head_round_go_to_the_fit_separately(session: Session, fit: FitResult) -> None:
    player = Player(session)
    started = player.start(pursuit=True, head_round=True)
    path = started["pursuit"]["path"]
    assert path[0][0] == 0.0
    assert (started["pursuit"]["id"], started["head_round"]["id"]) == (PURSUIT_ID, HEAD_ID)
    for target in started["targets"]:
        player.look(target)
    player.look({"id": PURSUIT_ID, "x": 0.5, "y": 0.5}, n=60)
    player.look({"id": HEAD_ID, "x": 0.5, "y": 0.5}, n=60)
    _, command = player.finish()
    assert command is not None
    assert command.pursuit is not None
    assert len(command.pursuit.samples) == len(command.head) == 60
    assert {sample.target_id for sample in command.samples} == set(range(9))
    (done,) = replies(session.calibration_fitted(command, fit, NOW_MS))
    assert done["lag_ms"] == 123.4


def test_the_calibration_is_not_stale_in_poses_of_the_head_round(session: Session) -> None:
    player = Player(session)
    started = player.start(head_round=True)
    for target in started["targets"]:
        player.look(target)
    player.look({"id": HEAD_ID, "x": 0.5, "y": 0.5}, n=60, shift_mm=300.0)
    _, command = player.finish()
    assert command is not None
    fitted = calibration.fit(CollectedSamples(command.samples, command.head), command.screen)
    session.calibration_fitted(command, fitted, NOW_MS)
    statuses = []
    for seq, shift_mm in enumerate((0.0, 300.0, 600.0), start=1000):
        shown = gaze(analyze_frame(session, seq, player.now_ms + seq, shift_mm=shift_mm))
        statuses.append(shown["status"])
    assert statuses == ["ok", "ok", "stale_calibration"]


def test_a_round_shows_the_requested_places(session: Session) -> None:
    places = ((0.1, 0.2), (0.9, 0.2), (0.5, 0.8))
    started = Player(session).start(points=places)
    assert {(t["x"], t["y"]) for t in started["targets"]} == set(places)


def test_a_validation_measures_on_new_targets_and_changes_nothing(session: Session, fit: FitResult) -> None:
    player = calibrated(session, fit)
    (started,) = replies(request(session, requests.ValidationStart()))
    assert (started["type"], started["state"], len(started["targets"])) == ("validation", "started", 9)
    taken = {(target.x, target.y) for target in fit.calibration.report.targets}
    assert not taken & {(t["x"], t["y"]) for t in started["targets"]}
    for target in started["targets"]:
        player.look(target)
    result, _ = player.finish()
    assert (result["type"], result["state"]) == ("validation", "done")
    assert result["result"]["accuracy"]["px"] < 60
    assert result["result"]["error"]["px"] < 60
    assert result["result"]["failed_points"] == []
    assert result["result"]["calibration"] == fit.calibration.calibration_id
    assert result["brightness"] == 120.0
    assert result["glare"] == 0.0
    assert "shift" not in result


def test_a_validation_target_without_gaze_fails(session: Session, fit: FitResult) -> None:
    player = calibrated(session, fit)
    (started,) = replies(request(session, requests.ValidationStart()))
    for target in started["targets"][1:]:
        player.look(target)
    result, _ = player.finish()
    assert (result["result"]["error"], result["result"]["accuracy"]) == (None, None)
    assert result["result"]["failed_points"] == [started["targets"][0]["id"]]


def test_a_check_of_three_targets_removes_a_common_shift(session: Session, fit: FitResult) -> None:
    player = calibrated(session, fit)
    (started,) = replies(request(session, requests.ValidationStart(check=True)))
    assert len(started["targets"]) == 3
    for target in started["targets"]:
        player.look(target, dx=0.08)
    result, _ = player.finish()
    assert result["shift"]["dx"] == pytest.approx(-80.0, abs=15.0)
    assert result["shift"]["remaining_px"] < 30.0
    (again,) = replies(request(session, requests.ValidationStart(check=True)))
    for target in again["targets"]:
        player.look(target, dx=0.08)
    better, _ = player.finish()
    assert better["result"]["accuracy"]["px"] < 0.5 * result["result"]["accuracy"]["px"]


def test_a_drift_check_ends_automatically_when_it_has_enough_frames(session: Session, fit: FitResult) -> None:
    player = calibrated(session, fit)
    assert replies(request(session, requests.Drift(0.5, 0.5, player.now_ms)))[0]["state"] == "started"
    answers: list[Any] = []
    for i in range(40):
        answers += player.frame(player.now_ms + 40.0 * i, x=0.56, y=0.5)
    states = [answer["state"] for answer in answers]
    assert states[-1] == "done"
    assert set(states[:-1]) == {"collecting"}
    assert answers[-1]["offset_px"]["dx"] == pytest.approx(-60.0, abs=20.0)
    assert not session.calibrating


def test_a_drift_check_fails_when_the_gaze_is_not_on_the_target(session: Session, fit: FitResult) -> None:
    player = calibrated(session, fit)
    request(session, requests.Drift(0.1, 0.1, player.now_ms))
    answers: list[Any] = []
    for i in range(40):
        answers += player.frame(player.now_ms + 40.0 * i, x=0.9, y=0.9)
    assert answers[-1]["state"] == "failed"
    assert answers[-1]["reason"]


def test_a_click_is_answered_with_its_result(session: Session, fit: FitResult) -> None:
    player = calibrated(session, fit)
    for i in range(10):
        player.frame(player.now_ms + 40.0 * i, x=0.5, y=0.5)
    at_ms = player.now_ms + 400.0
    (used,) = replies(request(session, requests.Click(0.5, 0.5, at_ms)))
    assert used == {"type": "click", "state": "used", "n": 1}
    (save,) = request(session, requests.ProfileSave("Ada"))
    assert isinstance(save, SaveProfile)
    assert save.calibration.sessions[-1].means[-1].target == (0.5, 0.5)  # for later fits
    assert save.calibration.report.n_added == 1
    (ignored,) = replies(request(session, requests.Click(0.05, 0.95, at_ms)))
    assert ignored["state"] == "ignored"


def test_a_click_in_a_blink_or_without_a_face_is_ignored(session: Session, fit: FitResult) -> None:
    player = calibrated(session, fit)
    for status in ("eyes_closed", "no_face"):
        for i in range(20):
            player.frame(player.now_ms + 40.0 * i, x=0.5, y=0.5, status=status)
        player.now_ms += 800.0
        (ignored,) = replies(request(session, requests.Click(0.5, 0.5, player.now_ms)))
        assert ignored == {
            "type": "click",
            "state": "ignored",
            "reason": "there was no gaze just before the click",
            "n": 0,
        }


def test_a_few_frames_that_show_the_eyes_are_a_low_frame_rate_and_not_unseen_eyes(
    session: Session, fit: FitResult
) -> None:
    player = calibrated(session, fit)
    for statuses, reason in (
        (("ok", "ok", "eyes_closed"), "frame rate"),
        (("ok", "no_face", "no_face"), "showed your eyes"),
    ):
        request(session, requests.Drift(0.5, 0.5, player.now_ms))
        for i, status in enumerate(statuses):
            player.frame(player.now_ms + 800.0 * (i + 1), x=0.5, y=0.5, status=status)
        player.now_ms += 5_000.0
        (failed,) = replies(request(session, requests.CalibrationFinish()))
        assert reason in failed["reason"]


def test_dots_that_no_frame_has_reached_are_a_low_frame_rate(session: Session) -> None:
    player = Player(session)
    for n, target in enumerate(player.start(repeats=0)["targets"]):
        player.look(target, n=1 if n < 2 else 0)
    failed, command = player.finish()
    assert command is None
    assert "the frame rate is low" in failed["reason"]
    for target in player.start(repeats=0)["targets"]:
        player.look(target, n=5, status="no_face")
    _, command = player.finish()
    assert command is not None, "the fit says what is wrong with such frames"


def test_a_drift_check_that_is_finished_too_early_fails(session: Session, fit: FitResult) -> None:
    player = calibrated(session, fit)
    request(session, requests.Drift(0.5, 0.5, player.now_ms))
    (failed,) = replies(request(session, requests.CalibrationFinish()))
    assert (failed["type"], failed["state"]) == ("drift", "failed")
    assert not session.calibrating


@pytest.mark.parametrize("status", ["eyes_closed", "no_face"])
def test_a_drift_check_waits_for_open_eyes_and_takes_no_other_frames(
    session: Session, fit: FitResult, status: str
) -> None:
    player = calibrated(session, fit)
    request(session, requests.Drift(0.5, 0.5, player.now_ms))
    answers: list[Any] = []
    for i in range(60):
        answers += player.frame(player.now_ms + 40.0 * i, x=0.1, y=0.9, status=status)
    assert {answer["state"] for answer in answers} == {"collecting"}
    assert session.calibrating


def test_undo_takes_a_drift_back_and_needs_a_calibration(session: Session, fit: FitResult) -> None:
    assert error_code(request(session, requests.DriftUndo())) == "not_calibrated"
    calibrated(session, fit)
    assert replies(request(session, requests.DriftUndo())) == [{"type": "drift", "state": "undone"}]


def test_measuring_and_correcting_need_a_calibration(session: Session) -> None:
    for body in (requests.ValidationStart(), requests.Drift(0.5, 0.5, NOW_MS), requests.Click(0.5, 0.5, NOW_MS)):
        assert error_code(request(session, body)) == "not_calibrated"


def test_clicks_while_targets_are_shown_are_refused(session: Session, fit: FitResult) -> None:
    calibrated(session, fit)
    request(session, requests.ValidationStart())
    assert error_code(request(session, requests.Click(0.5, 0.5, NOW_MS))) == "calibration_busy"


def test_a_cancelled_validation_is_reported_as_a_validation(session: Session, fit: FitResult) -> None:
    calibrated(session, fit)
    request(session, requests.ValidationStart())
    assert replies(request(session, requests.CalibrationCancel())) == [{"type": "validation", "state": "cancelled"}]
    assert session.calibrated


def test_profiles_belong_to_the_camera_that_the_page_names(session: Session, fit: FitResult) -> None:
    request(
        session,
        requests.Geometry(requests.ScreenSize(SCREEN.width_px, SCREEN.height_px), camera="HD Webcam (1234:5678)"),
    )
    player = Player(session)
    (started,) = replies(request(session, requests.CalibrationStart("Ada")))
    for target in started["targets"]:
        player.look(target)
    _, command = player.finish()
    assert command is not None
    save, _ = unpublished(session.calibration_fitted(command, fit, NOW_MS))
    assert save == SaveProfile("Ada", "1000x500", fit.calibration, "HD Webcam (1234:5678)")
    assert request(session, requests.ProfileLoad("Ada")) == [
        LoadProfile("Ada", "1000x500", camera="HD Webcam (1234:5678)")
    ]


def test_a_calibration_can_be_saved_after_its_result(session: Session, fit: FitResult) -> None:
    assert error_code(request(session, requests.ProfileSave("Ada"))) == "not_calibrated"
    calibrated(session, fit)
    command = SaveProfile("Ada", "1000x500", fit.calibration, origin=Origin(None, "k1"))
    assert request(session, requests.ProfileSave("Ada"), "k1") == [command]
    assert error_code(request(session, requests.ProfileSave("../etc"))) == "bad_user"
    assert replies(session.profile_saved(command, NOW_MS))[0]["request_id"] == "k1"


def test_frames_with_moving_eyelids_count_as_closed_eyes(session: Session) -> None:
    player = Player(session)
    (target, *_) = player.start()["targets"]
    request(session, requests.CalibrationPoint(target["id"], player.now_ms))
    said = [
        player.frame(player.now_ms + 700.0 + 40.0 * i, x=target["x"], y=target["y"], status=status)
        for i, status in enumerate(["ok", "ok", "eyes_closed", "ok", "ok", "ok", "ok"])
    ]
    counted = [m["n_valid"] for frame in said for m in frame if m["type"] == "calibration"]
    assert counted == [1, 2, 2, 2, 2, 3, 4], "for 100 ms after shut eyes the eyelids may still move"


def test_the_fit_of_a_returning_person_may_learn_from_the_profile_that_was_loaded_or_named(
    session: Session, fit: FitResult
) -> None:
    request(session, requests.Geometry(requests.ScreenSize(SCREEN.width_px, SCREEN.height_px), camera="HD Webcam"))

    def command_of(start: requests.CalibrationStart) -> FitCalibration:
        player = Player(session)
        (started,) = replies(request(session, start))
        for target in started["targets"]:
            player.look(target)
        _, command = player.finish()
        assert command is not None
        request(session, requests.CalibrationCancel())
        return command

    three = requests.CalibrationStart(pattern="3")
    assert command_of(three).user is None
    named = command_of(requests.CalibrationStart("Ben", pattern="3"))
    assert (named.user, named.camera, len({sample.target_id for sample in named.samples})) == ("Ben", "HD Webcam", 3)
    session.profile_loaded(LoadProfile("Ada", SCREEN.key), fit.calibration, NOW_MS)
    assert command_of(three).user == "Ada"


def validated(session: Session) -> list[Action]:
    player = Player(session)
    (started,) = replies(request(session, requests.ValidationStart()))
    for target in started["targets"]:
        player.look(target)
    return request(session, requests.CalibrationFinish())


def test_the_targets_of_a_validation_join_the_session_after_they_have_measured(
    session: Session, fit: FitResult
) -> None:
    calibrated(session, fit)
    n_before = len(fit.calibration.sessions[-1].means)
    (done,) = validated(session)
    assert as_read(done.message)["state"] == "done"
    (save,) = request(session, requests.ProfileSave("Ada"))
    assert isinstance(save, SaveProfile)
    assert len(save.calibration.sessions) == 1
    assert len(save.calibration.sessions[-1].means) == n_before + 9 == n_before + save.calibration.report.n_added
    assert save.calibration.calibration_id == fit.calibration.calibration_id
    assert save.calibration.report.mean_error_px == fit.calibration.report.mean_error_px


def test_a_profile_is_saved_again_with_a_session_of_today_when_its_targets_have_measured_it(
    session: Session, fit: FitResult
) -> None:
    request(session, requests.Geometry(requests.ScreenSize(SCREEN.width_px, SCREEN.height_px)))
    (yesterday,) = fit.calibration.sessions
    yesterday = replace(yesterday, captured_ms=yesterday.captured_ms - 86_400_000.0)
    session.profile_loaded(LoadProfile("Ada", SCREEN.key), replace(fit.calibration, sessions=(yesterday,)), NOW_MS)
    done, save = validated(session)
    assert as_read(done.message)["state"] == "done"
    assert isinstance(save, SaveProfile)
    assert save.user == "Ada"
    assert [len(kept.means) for kept in save.calibration.sessions] == [len(fit.calibration.sessions[-1].means), 9]
