"""The server's clock, and how a client measures its offset.

All times on the wire are milliseconds since 1970 (UTC) as floats, the time base of `performance.timeOrigin +
performance.now()` in a browser. Page and server usually run on one machine, so their clocks agree up to the rounding
that browsers apply. They differ on two machines, or when a browser's clock stopped while the laptop slept. A client
then measures the offset in the manner of NTP:

1. The client sends ``time_sync`` with its time ``client_ms`` = t0.
2. The server answers at once with ``client_ms`` = t0 and its own time ``server_ms``.
3. The client reads the answer at t1. offset = server_ms - (t0 + t1) / 2, wrong by at most (t1 - t0) / 2.
4. The client repeats this a few times, uses the answer with the smallest t1 - t0, and adds the offset to
   ``captured_ms``.
"""

from __future__ import annotations

import time
from typing import Protocol

COARSE_CLOCK_MS = 100.0  # the coarsest browser clock: Firefox with resistFingerprinting
IMPLAUSIBLE_LATENCY_MS = 60_000.0  # newest wins, so no frame waits a minute; a larger figure is a clock offset


class Clock(Protocol):
    """Implemented by SystemClock, and by the tests' clock, which is set by hand."""

    def now_ms(self) -> float: ...


class SystemClock:
    """This machine's wall clock."""

    def now_ms(self) -> float:
        return time.time() * 1000.0


def latency_ms(captured_ms: float, now_ms: float) -> float | None:
    """Time from the capture to now. None when the clocks do not agree, because a wrong figure is worse than none."""
    elapsed = now_ms - captured_ms
    if elapsed > IMPLAUSIBLE_LATENCY_MS or elapsed < -COARSE_CLOCK_MS:
        return None
    return max(elapsed, 0.0)
