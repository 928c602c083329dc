from __future__ import annotations

import time

from server.clock import IMPLAUSIBLE_LATENCY_MS, SystemClock, latency_ms


def test_the_clock_gives_unix_time_in_ms() -> None:
    assert abs(SystemClock().now_ms() / 1000.0 - time.time()) < 1.0


def test_latency_is_the_time_since_the_capture() -> None:
    assert latency_ms(1000.0, 1038.2) == 38.200000000000045


def test_a_coarse_browser_clock_does_not_make_latency_negative() -> None:
    assert latency_ms(1000.0, 950.0) == 0.0


def test_clocks_that_do_not_agree_give_no_latency() -> None:
    assert latency_ms(10_000.0, 1000.0) is None
    assert latency_ms(0.0, IMPLAUSIBLE_LATENCY_MS + 1.0) is None
