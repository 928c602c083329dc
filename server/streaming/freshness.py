"""How long the newest sample of a stream counts as the present one. The client has this module, too."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

LEAST_SILENCE_MS = 400.0
MOST_SILENCE_MS = 3_000.0
FIRST_SILENCE_MS = 500.0  # while the interval is unknown
INTERVALS = 2.5  # a late frame is not a lost camera


def fresh_for_ms(intervals_ms: Sequence[float]) -> float:
    """How long the newest sample counts as the present one. intervals_ms: between the last samples.

    The page has the same rule (web/core/freshness.js).
    """
    if not intervals_ms:
        return FIRST_SILENCE_MS
    return min(max(INTERVALS * median(intervals_ms), LEAST_SILENCE_MS), MOST_SILENCE_MS)
