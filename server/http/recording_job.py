"""Writes a session's recording, in a thread of its own: a fit in the background thread takes seconds, and answers wait
for the lines of the recording."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from typing_extensions import assert_never

from calibration.profiles.disk import disk_advice, disk_problem
from server.log import without_path
from server.recordings.records import RecordFrame, RecordNote, StartRecording, StopRecording
from server.recordings.store import RecordingStore
from server.recordings.writer import RecordingWriter
from server.session.actions import Recording

MAX_WAITING = 256  # lines that wait for the disk: about 8 s and 12 MB; with more, the disk is too slow
MAX_RECORDING_S = 60 * 60.0  # a recording that is never stopped must not fill the disk
MAX_RECORDING_BYTES = 4 * 1024**3  # an hour of 30 face regions of 35 KiB a second

log = logging.getLogger(__name__)


class RecordingJob:
    """Performs a session's recording actions.

    failed: called with a recording's id and the reason of the failure. reached_limit: called with the id when the
    recording is too long or too large. monotonic_s: a clock that is never set, because a recording must not end, nor
    have a wrong duration, when the system's clock jumps.
    """

    def __init__(
        self,
        *,
        store: RecordingStore,
        failed: Callable[[str, str], None],
        reached_limit: Callable[[str], None],
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._failed = failed
        self._reached_limit = reached_limit
        self._monotonic_s = monotonic_s
        self._thread: ThreadPoolExecutor | None = None
        self._writer: RecordingWriter | None = None
        self._start: StartRecording | None = None
        self._started_s = 0.0
        self._bytes = 0
        self._waiting = 0

    def perform(self, action: Recording) -> Future[None] | None:
        """The future ends when it is written. None when the recording has failed before or is stopped."""
        if isinstance(action, StartRecording):
            self._writer, self._start = self._store.writer(action), action
            self._started_s, self._bytes = self._monotonic_s(), 0
            return self._submit(action.recording_id, self._writer.open)
        writer, start = self._writer, self._start
        if writer is None or start is None:
            return None
        match action:
            case RecordFrame() if action.recording_id != start.recording_id:
                return None
            case RecordFrame() | RecordNote() if self._waiting >= MAX_WAITING:
                self._failed(start.recording_id, "the disk is too slow")
                return None
            case RecordFrame():
                self._count(action)
                return self._submit(start.recording_id, lambda: writer.write(action))
            case RecordNote(line):
                return self._submit(start.recording_id, lambda: writer.note(line))
            case StopRecording(complete=complete):
                self._writer = self._start = None
                ended_ms = start.started_ms + 1000.0 * (self._monotonic_s() - self._started_s)
                return self._submit(start.recording_id, lambda: writer.close(ended_ms, complete=complete))
            case _:
                assert_never(action)

    def end(self, now_ms: float) -> None:
        """Stops the recording and closes its file. Called when the connection ends."""
        if self._start is not None:
            self.perform(StopRecording(self._start.recording_id, now_ms))
        if self._thread is not None:
            self._thread.shutdown(wait=False)  # Python waits for the thread before it exits

    @staticmethod
    def reason(problem: BaseException) -> str:
        if isinstance(problem, OSError):
            return f"it could not be written: {disk_problem(problem)}. {disk_advice(problem, '--recordings')}"
        return "it could not be written: a bug in the server. Its log has the details"

    def _count(self, action: RecordFrame) -> None:
        self._bytes += len(action.frame.jpeg) if action.picture else 0
        if self._monotonic_s() - self._started_s > MAX_RECORDING_S or self._bytes > MAX_RECORDING_BYTES:
            self._reached_limit(action.recording_id)

    def _submit(self, recording_id: str, work: Callable[[], None]) -> Future[None]:
        loop = asyncio.get_running_loop()
        self._waiting += 1
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recording")

        def done(future: Future[None]) -> None:
            with contextlib.suppress(RuntimeError):  # the server has ended, so no client waits for the answer
                loop.call_soon_threadsafe(self._ended, recording_id, future.exception())

        written = self._thread.submit(work)
        written.add_done_callback(done)
        return written

    def _ended(self, recording_id: str, problem: BaseException | None) -> None:
        self._waiting -= 1
        if problem is None:
            return
        log.warning("recording %s: %s", recording_id, without_path(problem))
        self._failed(recording_id, self.reason(problem))
