"""The recording of a session as a state machine without I/O. `server.recordings` writes what it returns.

    off --record_start--> recording --record_stop, a limit, or a full disk--> off

A recording holds numbers only, unless the page requests frames and reports the person's consent. It ends with the
connection.

The actions after an awaited `RecordNote` or a `StopRecording` are performed when it is written. So a mark that was
acknowledged and a recording that has stopped are in the files. `not_written` has the answers for a full disk.
"""

from __future__ import annotations

import random
import time
from dataclasses import replace

from calibration.profiles.cameras import without_serial
from calibration.profiles.names import normalised
from server.errors import RequestRefused
from server.protocol import requests
from server.protocol.frames import FrameMessage
from server.protocol.gaze import Gaze
from server.protocol.session import RecordEnded, RecordStarted
from server.protocol.types import ServerMessage
from server.recordings.notes import Notes
from server.recordings.records import RecordedTarget, RecordFrame, RecordNote, StartRecording, StopRecording
from server.session.actions import Action, Reply, ToPage
from server.session.checks import check_user, require_geometry


class RecordingController:
    """active: the running recording, or None. ids: of all recordings of this session."""

    def __init__(self, *, session_id: str, rng: random.Random) -> None:
        self.active: StartRecording | None = None
        self.ids: frozenset[str] = frozenset()
        self._rng = rng
        self._notes = Notes(session_id)

    def frame(
        self,
        frame: FrameMessage,
        gaze: Gaze,
        target: RecordedTarget | None,
    ) -> list[Action]:
        """Takes one analysed frame and its gaze message."""
        # The camera's pictures during a pause are private.
        if self.active is None or gaze.status == "paused":
            return []
        # A second person has not consented, so only numbers are recorded.
        picture = self.active.frames and gaze.status != "multiple_faces"
        return [RecordFrame(self.active.recording_id, gaze, frame, target, picture)]

    def note(self, message: ServerMessage, now_ms: float, *, awaited: bool = True) -> list[Action]:
        """Takes a message of the session. Some belong in the running recording, some also in a later one."""
        line = self._notes.take(message, now_ms)
        return [] if line is None or self.active is None else [RecordNote(line, awaited)]

    def server_stops(self, now_ms: float) -> list[Action]:
        return [] if self.active is None else self._stop(self.active, now_ms, "the server is stopping")

    def reached_limit(self, recording_id: str, now_ms: float) -> list[Action]:
        """Ends the recording, which was forgotten."""
        if self.active is None or self.active.recording_id != recording_id:
            return []
        return self._stop(self.active, now_ms, "the recording has reached its limit")

    def failed(self, recording_id: str, reason: str, now_ms: float) -> list[Action]:
        """Ends the recording after a failure to write it."""
        if self.active is None or self.active.recording_id != recording_id:
            return []
        self.active = None
        return [StopRecording(recording_id, now_ms), Reply(RecordEnded("failed", recording_id, reason))]

    def start(
        self, request: requests.RecordStart, geometry: requests.Geometry | None, now_ms: float, *, from_page: bool
    ) -> list[Action]:
        """from_page: only the camera's page can get the person's consent; other programs record numbers only."""
        if self.active is not None:
            raise RequestRefused("already_recording", "this session is already recorded; stop that recording first")
        if request.frames and not (request.consent and from_page):
            raise RequestRefused("consent_missing", "frames are recorded only after the person has agreed on the page")
        check_user(request.person)
        person = None if request.person is None else normalised(request.person)
        geometry = require_geometry(geometry)
        recording_id = (
            f"r_{time.strftime('%Y%m%d_%H%M%S', time.gmtime(now_ms / 1000.0))}_{self._rng.getrandbits(24):06x}"
        )
        self.active = StartRecording(
            recording_id=recording_id,
            started_ms=now_ms,
            frames=request.frames,
            person=person,
            screen=geometry.screen,
            hfov_deg=geometry.hfov_deg,
            camera=without_serial(geometry.camera) if geometry.camera else None,
            study=request.study,
        )
        self.ids |= {recording_id}
        started = RecordStarted("started", recording_id, request.frames)
        return [self.active, *(RecordNote(line) for line in self._notes.current()), Reply(started)]

    def stop(self, now_ms: float, *, complete: bool = False) -> list[Action]:
        """complete: the participant of a study has seen it to its end."""
        if self.active is None:
            raise RequestRefused("not_recording", "nothing is being recorded")
        return self._stop(self.active, now_ms, None, complete=complete)

    def _stop(
        self, recording: StartRecording, now_ms: float, reason: str | None, *, complete: bool = False
    ) -> list[Action]:
        self.active = None
        recording_id = recording.recording_id
        return [StopRecording(recording_id, now_ms, complete), Reply(RecordEnded("stopped", recording_id, reason))]


def not_written(answers: list[Action], reason: str) -> list[Action]:
    """The answers to a stop, when the end of the recording could not be written."""
    return [
        replace(action, message=RecordEnded("failed", action.message.recording, reason))
        if isinstance(action, Reply | ToPage) and isinstance(action.message, RecordEnded)
        else action
        for action in answers
    ]
