from __future__ import annotations

import pytest

from calibration.correction import EXPIRES_MS
from server.upkeep import Upkeep
from tests.server_kit import NOW_MS, SCREEN


def seen(upkeep: Upkeep, x: float, y: float, *, until_ms: float = NOW_MS) -> None:
    for i in range(10, 0, -1):
        upkeep.saw(until_ms - 33.0 * i, (x, y))


def test_a_drift_check_moves_every_point_and_tells_by_how_much() -> None:
    upkeep = Upkeep()
    answer = upkeep.drift([(0.45, 0.5)] * 5, (0.5, 0.5), SCREEN)
    assert answer == {"state": "done", "offset_px": {"dx": 50.0, "dy": 0.0}}
    assert upkeep.correction.apply((0.45, 0.5)) == pytest.approx((0.5, 0.5))
    assert upkeep.drift([(0.44, 0.5)] * 5, (0.5, 0.5), SCREEN)["offset_px"] == {"dx": 10.0, "dy": 0.0}


def test_a_failed_drift_check_changes_nothing_and_says_what_to_do() -> None:
    upkeep = Upkeep()
    answer = upkeep.drift([(0.9, 0.9)] * 5, (0.1, 0.1), SCREEN)
    assert answer["state"] == "failed"
    assert "Look at it" in answer["reason"]
    assert upkeep.correction.apply((0.9, 0.9)) == (0.9, 0.9)


def test_clicks_pull_the_gaze_towards_them_and_are_counted() -> None:
    upkeep = Upkeep()
    seen(upkeep, 0.47, 0.5)
    assert upkeep.click((0.5, 0.5), NOW_MS, SCREEN) == {"state": "used", "n": 1}
    once = upkeep.correction.apply((0.47, 0.5))[0]
    seen(upkeep, 0.47, 0.5, until_ms=NOW_MS + 500.0)
    assert upkeep.click((0.5, 0.5), NOW_MS + 500.0, SCREEN) == {"state": "used", "n": 2}
    assert 0.47 < once < upkeep.correction.apply((0.47, 0.5))[0] < 0.5


def test_a_click_that_nobody_looked_at_is_ignored() -> None:
    upkeep = Upkeep()
    assert upkeep.click((0.5, 0.5), NOW_MS, SCREEN)["state"] == "ignored"
    seen(upkeep, 0.9, 0.1)
    assert upkeep.click((0.1, 0.9), NOW_MS, SCREEN) == {"state": "ignored", "reason": "the gaze was elsewhere", "n": 0}
    assert upkeep.correction.apply((0.9, 0.1)) == (0.9, 0.1)


def test_clicks_expire_without_further_clicks() -> None:
    upkeep = Upkeep()
    seen(upkeep, 0.47, 0.5)
    upkeep.click((0.5, 0.5), NOW_MS, SCREEN)
    upkeep.saw(NOW_MS + EXPIRES_MS + 1.0, (0.47, 0.5))
    assert upkeep.correction.apply((0.47, 0.5)) == (0.47, 0.5)


def test_a_new_calibration_knows_of_no_drift_and_no_clicks() -> None:
    upkeep = Upkeep()
    upkeep.drift([(0.45, 0.5)] * 5, (0.5, 0.5), SCREEN)
    seen(upkeep, 0.47, 0.5)
    upkeep.click((0.5, 0.5), NOW_MS, SCREEN)
    upkeep.reset()
    assert upkeep.correction.apply((0.45, 0.5)) == (0.45, 0.5)
    assert upkeep.between(0.0, NOW_MS) == []


def test_a_shift_is_added_to_what_was_there() -> None:
    upkeep = Upkeep()
    upkeep.drift([(0.45, 0.5)] * 5, (0.5, 0.5), SCREEN)
    upkeep.shift((0.01, -0.02))
    assert upkeep.correction.apply((0.45, 0.5)) == pytest.approx((0.51, 0.48))
