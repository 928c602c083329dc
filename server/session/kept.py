"""Calibrations of sessions that have ended, for a page that is loaded again: in memory, for a short time. Pure."""

from __future__ import annotations

from secrets import compare_digest

from calibration.calibration import Calibration

KEPT_MS = 30 * 60_000.0  # after the end of the session; longer, and the person probably sits differently
MAX_KEPT = 16  # a calibration has some 100 kB


class KeptCalibrations:
    """By the token of the session, which only its own page has."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Calibration, float]] = {}

    def keep(self, token: str, calibration: Calibration, now_ms: float) -> None:
        self._forget(now_ms)
        self._kept[token] = calibration, now_ms
        while len(self._kept) > MAX_KEPT:
            del self._kept[next(iter(self._kept))]

    def find(self, token: str, now_ms: float) -> Calibration | None:
        """None if there is none for this token, or if it is too old."""
        self._forget(now_ms)
        wanted = token.encode(errors="replace")
        return next((one for own, (one, _) in self._kept.items() if compare_digest(own.encode(), wanted)), None)

    def _forget(self, now_ms: float) -> None:
        for token, (_, ended_ms) in list(self._kept.items()):
            if now_ms - ended_ms > KEPT_MS:
                del self._kept[token]
