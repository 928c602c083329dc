from __future__ import annotations

import pytest

from server.errors import RequestRefused
from server.protocol import requests as ask
from server.session.calibration_lock import CalibrationLock

PAGE, PROGRAM, OTHER = "page", "program", "other"
START, FINISH, CANCEL = ask.CalibrationStart(user=None), ask.CalibrationFinish(), ask.CalibrationCancel()


def owned_by(sender: str) -> CalibrationLock[str]:
    owner = CalibrationLock(page=PAGE)
    owner.check(START, sender, busy=False)
    return owner


def test_who_begins_a_round_goes_on_with_it_and_gets_what_comes_of_it() -> None:
    owner = owned_by(PROGRAM)
    owner.check(FINISH, PROGRAM, busy=True)
    owner.check(START, PROGRAM, busy=True)  # all afresh
    assert owner.of(busy=True) == PROGRAM
    assert owner.of(busy=False) == PAGE


@pytest.mark.parametrize(
    "body", [START, FINISH, CANCEL, ask.CalibrationPoint(1, 1.0), ask.ValidationStart(), ask.ProfileLoad("Ada")]
)
def test_anybody_elses_requests_about_dots_are_refused_meanwhile(body: ask.Body) -> None:
    for sender, other in ((PAGE, PROGRAM), (PROGRAM, OTHER)):
        with pytest.raises(RequestRefused, match="another program is showing dots") as refused:
            owned_by(sender).check(body, other, busy=True)
        assert refused.value.code == "calibration_owned"


def test_other_requests_are_nobodys_own() -> None:
    owned_by(PROGRAM).check(ask.Mark("a"), OTHER, busy=True)
    owned_by(PROGRAM).check(ask.Pause(), PAGE, busy=True)


def test_the_person_before_the_camera_can_always_stop_it() -> None:
    owned_by(PROGRAM).check(CANCEL, PAGE, busy=True)
    with pytest.raises(RequestRefused):
        owned_by(PROGRAM).check(START, PAGE, busy=True)


def test_when_it_is_over_the_next_one_may_begin() -> None:
    owner = owned_by(PROGRAM)
    owner.check(START, OTHER, busy=False)
    assert owner.of(busy=True) == OTHER


def test_only_the_owners_leaving_cancels_the_round() -> None:
    owner = owned_by(PROGRAM)
    assert owner.is_left_by(PROGRAM, busy=True)
    assert not owner.is_left_by(PROGRAM, busy=False)
    assert not owner.is_left_by(OTHER, busy=True)
