from __future__ import annotations

import pytest

from server.errors import RequestRefused
from server.protocol import requests
from server.session.actions import Sender
from server.session.calibration_lock import CalibrationLock
from tests.support.session import Program

PAGE, PROGRAM, OTHER = None, Program(), Program()
START, FINISH, CANCEL = requests.CalibrationStart(user=None), requests.CalibrationFinish(), requests.CalibrationCancel()


def owned_by(sender: Sender | None) -> CalibrationLock:
    lock = CalibrationLock()
    lock.check(START, sender, busy=False)
    return lock


def test_the_sender_that_begins_a_round_owns_it() -> None:
    lock = owned_by(PROGRAM)
    lock.check(FINISH, PROGRAM, busy=True)
    lock.check(START, PROGRAM, busy=True)  # all afresh
    assert lock.owner is PROGRAM


@pytest.mark.parametrize(
    "body",
    [START, FINISH, CANCEL, requests.CalibrationPoint(1, 1.0), requests.ValidationStart(), requests.ProfileLoad("Ada")],
)
def test_requests_about_targets_from_other_senders_are_refused_during_a_round(body: requests.SessionRequest) -> None:
    for sender, other in ((PAGE, PROGRAM), (PROGRAM, OTHER)):
        with pytest.raises(RequestRefused, match="another program shows targets") as refused:
            owned_by(sender).check(body, other, busy=True)
        assert refused.value.code == "calibration_owned"


def test_other_requests_are_open_to_all_senders() -> None:
    owned_by(PROGRAM).check(requests.Mark("a"), OTHER, busy=True)
    owned_by(PROGRAM).check(requests.Pause(), PAGE, busy=True)


def test_the_page_of_the_camera_can_always_cancel_the_round() -> None:
    owned_by(PROGRAM).check(CANCEL, PAGE, busy=True)
    with pytest.raises(RequestRefused):
        owned_by(PROGRAM).check(START, PAGE, busy=True)


def test_after_a_round_another_sender_may_begin_one() -> None:
    lock = owned_by(PROGRAM)
    lock.check(START, OTHER, busy=False)
    assert lock.owner is OTHER
