"""Checks a client's times against the server's clock: a time of another unit must not enter a record. Pure.

`TimeMs` (`server.protocol.types`) has the limit that needs no clock. Unix microseconds of today are below it.
"""

from __future__ import annotations

from msgspec import Struct

from server.errors import ProtocolError
from server.protocol import requests
from server.protocol.frames import FrameMessage

DAY_MS = 86_400_000.0
MAX_AHEAD_MS = 366 * DAY_MS  # a clock set wrongly by hand is rarely a year ahead; the next unit is 56,000 years ahead
_UNITS = {1e3: "microseconds", 1e6: "nanoseconds"}


def check_frame_time(frame: FrameMessage, now_ms: float) -> None:
    """Raises ProtocolError when the capture time is years from now."""
    problem = _problem("captured_ms", frame.captured_ms, now_ms)
    if problem is not None:
        raise ProtocolError("bad_frame", problem)


def check_request_times(body: Struct, now_ms: float) -> None:
    """Raises ProtocolError when a time of the request is years from now. `time_sync` is exempt: it measures a clock."""
    match body:
        case (
            requests.CalibrationPoint(shown_ms=time_ms)
            | requests.Drift(shown_ms=time_ms)
            | requests.Stimulus(shown_ms=time_ms)
        ):
            name = "shown_ms"
        case requests.Click(at_ms=time_ms):
            name = "timestamp"
        case requests.Look(start_ms=time_ms):
            name = "start_ms"
        case _:
            return
    problem = _problem(name, time_ms, now_ms)
    if problem is not None:
        raise ProtocolError("bad_message", problem)


def _problem(name: str, time_ms: float, now_ms: float) -> str | None:
    if time_ms - now_ms <= MAX_AHEAD_MS:  # old recordings are replayed with their own times
        return None
    # A factor of 30 around the unit covers all dates from 1971 to 3700.
    unit = next((unit for factor, unit in _UNITS.items() if 1 / 30 < time_ms / (factor * now_ms) < 30), None)
    found = f"these look like {unit} since 1970" if unit else "this is years from now"
    return f"{name} must be in milliseconds since 1970 (UTC), got {time_ms:g}: {found}"
