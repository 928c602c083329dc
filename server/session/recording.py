"""Whether a session is recorded, as a state machine without I/O; `server.recordings` writes what it says.

    off --record_start--> recording --record_stop, the limits, or a full disk--> off

Numbers only, unless the page asks for frames and says that the person consented. Recording ends with the connection.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import Any

from calibration.profiles.store import USER_PATTERN
from server.errors import RequestRefused
from server.gaze.sample import GazeSample
from server.inference.results import AnalyzedFrame
from server.protocol import requests as ask
from server.recordings.records import RecordedTarget, RecordFrame, StartRecording, StopRecording
from server.session.actions import Action, Reply

MAX_RECORDING_MS = 60 * 60_000.0  # who forgets to stop should not find a full disk the next day
MAX_RECORDING_BYTES = 4 * 1024**3  # an hour of 30 face regions of 35 KiB a second


class RecordingController:
    """`geometry`: the page's last one, or None."""

    def __init__(self, *, geometry: Callable[[], ask.Geometry | None], rng: random.Random) -> None:
        self._geometry = geometry
        self._rng = rng
        self._active: StartRecording | None = None
        self._bytes = 0
        self.handlers: Mapping[type, Callable[[Any, float], list[Action]]] = {
            ask.RecordStart: self._on_start,
            ask.RecordStop: self._on_stop,
        }

    @property
    def active(self) -> bool:
        return self._active is not None

    def frame(
        self, result: AnalyzedFrame, sample: GazeSample, target: RecordedTarget | None, now_ms: float
    ) -> list[Action]:
        start = self._active
        # A pause is a pause: what the camera sees then is nobody's business.
        if start is None or sample.status == "paused":
            return []
        # The second person in the picture was not asked: numbers only.
        picture = start.frames and sample.status != "multiple_faces"
        self._bytes += len(result.frame.jpeg) if picture else 0
        actions: list[Action] = [RecordFrame(start.recording_id, sample.to_wire(), result.frame, target, picture)]
        if now_ms - start.started_ms > MAX_RECORDING_MS or self._bytes > MAX_RECORDING_BYTES:
            actions += self._stop(now_ms, "the recording has reached its limit")
        return actions

    def failed(self, recording_id: str, reason: str, now_ms: float) -> list[Action]:
        """The disk would not have it."""
        if self._active is None or self._active.recording_id != recording_id:
            return []
        self._active = None
        failed = {"type": "record", "state": "failed", "recording": recording_id, "reason": reason}
        return [StopRecording(recording_id, now_ms), Reply(failed)]

    def _on_start(self, body: ask.RecordStart, now_ms: float) -> list[Action]:
        if self._active is not None:
            raise RequestRefused("already_recording", "this session is being recorded; stop that first")
        if body.frames and not body.consent:
            raise RequestRefused(
                "consent_missing", "frames are recorded only when the person in them has agreed on the page"
            )
        if body.person is not None and not USER_PATTERN.fullmatch(body.person):
            raise RequestRefused(
                "bad_user", f"{body.person!r} can't be a name: letters, digits, blanks and . _ - inside"
            )
        geometry = self._geometry()
        if geometry is None:
            raise RequestRefused("geometry_missing", "send the screen's geometry first")
        recording_id = (
            f"r_{time.strftime('%Y%m%d_%H%M%S', time.gmtime(now_ms / 1000.0))}_{self._rng.getrandbits(24):06x}"
        )
        self._active = StartRecording(
            recording_id=recording_id,
            started_ms=now_ms,
            frames=body.frames,
            person=body.person,
            screen=geometry.screen,
            hfov_deg=geometry.hfov_deg,
            camera=geometry.camera,
        )
        self._bytes = 0
        started = {"type": "record", "state": "started", "recording": recording_id, "frames": body.frames}
        return [self._active, Reply(started)]

    def _on_stop(self, _body: ask.RecordStop, now_ms: float) -> list[Action]:
        if self._active is None:
            raise RequestRefused("not_recording", "nothing is being recorded")
        return self._stop(now_ms, None)

    def _stop(self, now_ms: float, reason: str | None) -> list[Action]:
        assert self._active is not None
        recording_id, self._active = self._active.recording_id, None
        stopped = {"type": "record", "state": "stopped", "recording": recording_id, "reason": reason}
        return [StopRecording(recording_id, now_ms), Reply(stopped)]
