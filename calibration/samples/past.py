"""A session of a person as later ones use it: the mean features of its targets (`calibration.mapping.pooled`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from calibration.samples.selection import TargetMean
from calibration.screen import Point, ScreenGeometry

MAX_SESSIONS = 4  # of a person, with today's: an older one has another light and another chair
MAX_MEANS = 30  # of a session, the first ones: those of the calibration come before those of validations and clicks


@dataclass(frozen=True, slots=True)
class PastSession:
    """captured_ms: of the first frame, unix ms. means: without their frames. screen: with the viewing distance.

    camera, features_id: the camera's name and the networks of the features; "" if they are not known.
    """

    captured_ms: float
    screen: ScreenGeometry
    means: tuple[TargetMean, ...]
    camera: str = ""
    features_id: str = ""

    @property
    def places(self) -> tuple[Point, ...]:
        """Of the targets, in screen units."""
        return tuple(mean.target for mean in self.means)

    def with_means(self, more: Sequence[TargetMean]) -> PastSession:
        """The session with further targets, as many as there is room for."""
        kept = tuple(replace(mean, frames=(), outliers=()) for mean in (*self.means, *more))
        return replace(self, means=kept[:MAX_MEANS])


def newest(sessions: Sequence[PastSession]) -> tuple[PastSession, ...]:
    """The last MAX_SESSIONS by time. Of two that began at the same time, the later one in the sequence counts."""
    by_time = {session.captured_ms: session for session in sessions}
    return tuple(by_time[at_ms] for at_ms in sorted(by_time))[-MAX_SESSIONS:]
