"""How long tests wait. SIGHTLINE_TEST_TIME_FACTOR multiplies every limit, for a machine that is slow or busy."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator

TIME_FACTOR = float(os.environ.get("SIGHTLINE_TEST_TIME_FACTOR", "1"))
WAIT_S = 60.0 * TIME_FACTOR  # for a state or a message that needs no request
LONG_WAIT_S = 150.0 * TIME_FACTOR  # for a whole calibration, or a process that imports PyTorch
WAIT_MS, LONG_WAIT_MS = 1000.0 * WAIT_S, 1000.0 * LONG_WAIT_S  # Playwright's unit
POLL_S = 0.01


def seconds(duration_s: float) -> float:
    """A limit in seconds, or the period in which nothing may happen, multiplied by the factor."""
    return TIME_FACTOR * duration_s


def attempts() -> Iterator[int]:
    """1, 2, ... until WAIT_S have passed: for a state that the test must request again and again."""
    deadline_s = time.monotonic() + WAIT_S
    n = 0
    while time.monotonic() < deadline_s:
        yield (n := n + 1)


async def wait_until(holds: Callable[[], bool]) -> None:
    """Waits for a state that no event reports."""
    deadline_s = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < deadline_s, "the state did not come in time"
        await asyncio.sleep(POLL_S)
