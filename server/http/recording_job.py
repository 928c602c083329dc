"""Writes a session's recording in the background thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future

from typing_extensions import assert_never

from server.inference.pipeline import Pipeline
from server.recordings.records import RecordFrame, RecordNote, StartRecording, StopRecording
from server.recordings.store import RecordingStore
from server.recordings.writer import RecordingWriter
from server.session.actions import Recording

MAX_WAITING = 256  # frames that wait for the disk: about 8 s and 12 MB; with more, the disk is too slow

log = logging.getLogger(__name__)


class RecordingJob:
    """Performs a session's recording actions. failed: called with a recording's id and the reason of the failure."""

    def __init__(self, *, pipeline: Pipeline, store: RecordingStore, failed: Callable[[str, str], None]) -> None:
        self._pipeline = pipeline
        self._store = store
        self._failed = failed
        self._writer: RecordingWriter | None = None
        self._recording_id: str | None = None
        self._waiting = 0

    def perform(self, action: Recording) -> None:
        writer = self._writer
        match action:
            case StartRecording():
                self._writer = self._store.writer(action)
                self._recording_id = action.recording_id
                self._submit(self._writer.open)
            case RecordFrame() if writer is not None and action.recording_id == self._recording_id:
                if self._waiting >= MAX_WAITING:
                    self._failed(action.recording_id, "the disk is too slow")
                else:
                    self._submit(lambda: writer.write(action))
            case RecordNote(line) if writer is not None:
                self._submit(lambda: writer.note(line))
            case StopRecording() if writer is not None:
                self._writer = self._recording_id = None
                self._submit(lambda: writer.close(action.ended_ms))
            case RecordFrame() | RecordNote() | StopRecording():
                pass  # the recording has failed before
            case _:
                assert_never(action)

    def end(self, now_ms: float) -> None:
        """Stops the recording and closes its file. Called when the connection ends."""
        if self._recording_id is not None:
            self.perform(StopRecording(self._recording_id, now_ms))

    def _submit(self, work: Callable[[], None]) -> None:
        recording_id = self._recording_id
        loop = asyncio.get_running_loop()
        self._waiting += 1

        def done(future: Future[None]) -> None:
            loop.call_soon_threadsafe(self._ended, recording_id, future.exception())

        self._pipeline.in_background(work).add_done_callback(done)

    def _ended(self, recording_id: str | None, problem: BaseException | None) -> None:
        self._waiting -= 1
        if problem is None:
            return
        log.warning("recording %s: %s", recording_id, problem)
        if recording_id is not None:
            self._failed(recording_id, f"it could not be written: {problem}")
