"""The times of clients against the server's clock."""

from __future__ import annotations

import pytest

from server.errors import ProtocolError
from server.protocol import requests
from server.protocol.times import DAY_MS, check_frame_time, check_request_times
from tests.support.server import NOW_MS, frame


@pytest.mark.parametrize("off_days", [-55 * 365, -30, 0, 1, 365])
def test_the_times_of_old_recordings_and_of_clocks_set_by_hand_are_taken(off_days: float) -> None:
    check_frame_time(frame(1, NOW_MS + off_days * DAY_MS), NOW_MS)


@pytest.mark.parametrize(
    ("time_ms", "says"),
    [
        (NOW_MS * 1e3, "microseconds since 1970"),
        (NOW_MS * 1e6, "nanoseconds since 1970"),
        (NOW_MS + 3 * 366 * DAY_MS, "years from now"),
        (1e300, "years from now"),
        (1.7e308, "years from now"),
    ],
)
def test_a_time_years_from_now_is_refused_with_the_unit_that_it_looks_like(time_ms: float, says: str) -> None:
    with pytest.raises(ProtocolError, match=f"captured_ms must be in milliseconds since 1970.*{says}") as refused:
        check_frame_time(frame(1, time_ms), NOW_MS)
    assert refused.value.code == "bad_frame"


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (requests.CalibrationPoint(1, NOW_MS * 1e3), "shown_ms"),
        (requests.Drift(0.5, 0.5, NOW_MS * 1e3), "shown_ms"),
        (requests.Click(0.5, 0.5, NOW_MS * 1e3), "timestamp"),
        (requests.Look(0.5, 0.5, NOW_MS * 1e3, NOW_MS * 1e3 + 500.0), "start_ms"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_time_of_a_request_has_the_same_limit(body: requests.Body, name: str) -> None:
    with pytest.raises(ProtocolError, match=f"{name} must be .*microseconds") as refused:
        check_request_times(body, NOW_MS)
    assert refused.value.code == "bad_message"


def test_a_time_sync_may_come_from_any_clock() -> None:
    check_request_times(requests.TimeSync(0.0), NOW_MS)
    check_request_times(requests.Mark("a"), NOW_MS)
