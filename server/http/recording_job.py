"""A session's recorder: what the recording desk says, and what the session tells, written in the background thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from server.inference.pipeline import Pipeline
from server.recordings.notes import Line, Notes
from server.recordings.records import RecordFrame, StartRecording, StopRecording
from server.recordings.store import RecordingStore
from server.recordings.writer import RecordingWriter

MAX_WAITING = 256  # frames on their way to the disk: some eight seconds, and 12 MB; a slower disk is too slow

log = logging.getLogger(__name__)


class RecordingJob:
    """`failed` is told a recording's id and why the disk would not have it."""

    def __init__(
        self, *, session_id: str, pipeline: Pipeline, store: RecordingStore, failed: Callable[[str, str], None]
    ) -> None:
        self._notes = Notes(session_id)
        self._pipeline = pipeline
        self._store = store
        self._failed = failed
        self._writer: RecordingWriter | None = None
        self._recording_id: str | None = None
        self._waiting = 0

    @property
    def recording_id(self) -> str | None:
        return self._recording_id

    def start(self, command: StartRecording) -> None:
        self._writer = self._store.writer(command)
        self._recording_id = command.recording_id
        self._submit(self._writer.open)
        for line in self._notes.in_force():
            self._write_note(self._writer, line)

    def tell(self, message: Mapping[str, Any], now_ms: float) -> None:
        """Everything that the session says, recording or not."""
        line = self._notes.take(message, now_ms)
        if line is not None and self._writer is not None:
            self._write_note(self._writer, line)

    def write(self, command: RecordFrame) -> None:
        writer = self._writer
        if writer is None or command.recording_id != self._recording_id:
            return
        if self._waiting >= MAX_WAITING:
            self._failed(command.recording_id, "the disk is too slow")
            return
        self._submit(lambda: writer.write(command))

    def _write_note(self, writer: RecordingWriter, line: Line) -> None:
        self._submit(lambda: writer.note(line))

    def stop(self, command: StopRecording) -> None:
        writer = self._writer
        self._writer = self._recording_id = None
        if writer is not None:
            self._submit(lambda: writer.close(command.ended_ms))

    def end(self, now_ms: float) -> None:
        """The connection has gone: so has the recording, and its file is closed."""
        if self._recording_id is not None:
            self.stop(StopRecording(self._recording_id, now_ms))

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
