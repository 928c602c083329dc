"""One session's pictures on their way to the workers and back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from models.face.camera import CameraIntrinsics
from models.face.tracking import FaceTrack
from server.inference.jobs import Analyze, Analyzed, Broken, Count, Counted, Job, Lost, Outcome, Unanswered, Undecodable
from server.inference.pool import Work, WorkerPool
from server.inference.results import AnalyzedFrame, AnalyzeFrame, CountedFaces, CountFaces, LostFrame
from server.inference.scheduler import Lane
from server.protocol.frames import FrameMessage

REST_S = (0.0, 0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""How long a stream's pictures go to no worker after 0, 1, 2, ... in a row that ended their worker. A client that sends
such pictures slows itself down, not the other sessions. One may have been lost with the picture of another stream."""

Command = TypeVar("Command", AnalyzeFrame, CountFaces)


JobOf = Callable[[Command, float], Job]
"""The job of a command, and how long the command has waited, in seconds."""


class AnalysisBroken(Exception):  # noqa: N818
    """A bug in the analysis of a picture. The text is the worker's traceback."""


class InferenceStream:
    """`put` takes the session's pictures. `frames` and `overviews` give the results; each has one reader.

    The next frame is analysed when the reader asks for the next result. So a client that does not read its answers gets
    no further frames analysed.
    """

    def __init__(self, pool: WorkerPool, default_hfov_deg: float) -> None:
        self._pool = pool
        self._default_hfov_deg = default_hfov_deg
        self._lanes = frames, overviews = pool.add_stream()
        self._frames = _Queue(frames, self._analyze, self._watch)
        self._overviews = _Queue(overviews, _count, self._watch)
        self._track: FaceTrack | None = None
        self._n_ended = 0  # pictures in a row that ended their worker
        self._rests_until_s = 0.0

    def put(self, command: AnalyzeFrame | CountFaces) -> FrameMessage | None:
        """Returns the frame that is dropped for it: the one that it replaces, or its own."""
        if isinstance(command, AnalyzeFrame) and not command.paused:
            self._pool.pacer.received(self, self._pool.n_running, time.monotonic())
        if self._n_ended and time.monotonic() < self._rests_until_s:
            self._count_drop(command, "resting")
            return command.frame
        replaced = self._frames.put(command) if isinstance(command, AnalyzeFrame) else self._overviews.put(command)
        if replaced is not None:
            self._count_drop(command, "replaced")
        self._pool.give_out()
        return replaced

    @property
    def max_fps(self) -> float | None:
        """The frames a second that this stream should not exceed. None: as many as the camera has."""
        return self._pool.pacer.max_fps

    async def frames(self) -> AsyncIterator[AnalyzedFrame | LostFrame]:
        """The results of the frames. Raises AnalysisBroken."""
        while True:
            command, outcome = await self._next(self._frames)
            match outcome:
                case None:
                    yield AnalyzedFrame(command.frame, paused=True)
                case Analyzed(analysis, track, fingerprint):
                    self._track = track
                    yield AnalyzedFrame(command.frame, analysis, fingerprint=fingerprint)
                case Undecodable(problem):
                    yield AnalyzedFrame(command.frame, problem=problem)
                case Broken(traceback):
                    raise AnalysisBroken(traceback)
                case _:
                    self._count_drop(command, "lost")
                    yield LostFrame(command.frame)

    async def overviews(self) -> AsyncIterator[CountedFaces]:
        """The faces in the overviews. Raises AnalysisBroken."""
        while True:
            command, outcome = await self._next(self._overviews)
            match outcome:
                case Counted(boxes):
                    yield CountedFaces(command.frame, boxes)
                case Broken(traceback):
                    raise AnalysisBroken(traceback)
                case _:
                    yield CountedFaces(command.frame, None)

    def close(self) -> None:
        """Takes the pictures that wait from the pool. The result of the present one has no reader."""
        self._pool.pacer.forget(self)
        self._pool.remove_stream(self._lanes)

    async def _next(self, queue: _Queue[Command]) -> tuple[Command, Outcome | None]:
        result = queue.open()
        self._pool.give_out()
        return await result

    def _analyze(self, command: AnalyzeFrame, waited_s: float) -> Job:
        self._pool.metrics.took("waiting", 1000.0 * waited_s)
        frame, size = command.frame, command.frame.jpeg_size
        intrinsics = CameraIntrinsics.from_field_of_view(
            frame.full_width_px, frame.full_height_px, command.hfov_deg or self._default_hfov_deg
        ).for_region(frame.roi, image_width_px=size.width_px, image_height_px=size.height_px)
        return Analyze(size.width_px, size.height_px, intrinsics, frame.captured_ms, self._track)

    def _count_drop(self, command: AnalyzeFrame | CountFaces, reason: str) -> None:
        if isinstance(command, AnalyzeFrame):
            self._pool.metrics.frames_dropped.labels(reason).inc()

    def _watch(self, outcome: Outcome) -> None:
        match outcome:
            case Lost() | Undecodable(ended_worker=True):
                self._n_ended += 1
                self._rests_until_s = time.monotonic() + REST_S[min(self._n_ended, len(REST_S) - 1)]
            case Unanswered():
                pass
            case _:
                self._n_ended = 0


def _count(command: CountFaces, _waited_s: float) -> Job:
    return Count(command.frame.jpeg_size.width_px, command.frame.jpeg_size.height_px)


class _Queue(Generic[Command]):
    """A lane of the pool, and the result for which its reader waits."""

    def __init__(self, lane: Lane[Work], job_of: JobOf[Command], watch: Callable[[Outcome], None]) -> None:
        self.job_of: JobOf[Command] = job_of
        self._lane = lane
        self._watch = watch
        self._result: asyncio.Future[tuple[Command, Outcome | None]] | None = None

    def open(self) -> asyncio.Future[tuple[Command, Outcome | None]]:
        """The next result. From now on its picture may be taken."""
        self._result = asyncio.get_running_loop().create_future()
        self._lane.is_open = True
        self._answer_paused()
        return self._result

    def put(self, command: Command) -> FrameMessage | None:
        """Returns the frame that the command replaces."""
        replaced = self._lane.put(_Picture(command, self, time.monotonic()))
        self._answer_paused()
        return None if replaced is None else replaced.frame

    def settle(self, command: Command, outcome: Outcome | None) -> None:
        if outcome is not None:
            self._watch(outcome)
        if self._result is not None and not self._result.done():  # done: its reader has ended
            self._result.set_result((command, outcome))

    def _answer_paused(self) -> None:
        """A frame of a paused session needs no worker, but it keeps its place in the order."""
        picture = self._lane.waiting
        if self._lane.is_open and picture is not None and not picture.needs_worker:
            self._lane.take()
            picture.settle(None)


@dataclass(frozen=True, slots=True)
class _Picture(Generic[Command]):
    """A command on its way. The pool calls its methods."""

    command: Command
    queue: _Queue[Command]
    put_s: float

    @property
    def frame(self) -> FrameMessage:
        return self.command.frame

    @property
    def needs_worker(self) -> bool:
        return not (isinstance(self.command, AnalyzeFrame) and self.command.paused)

    def job(self) -> Job:
        return self.queue.job_of(self.command, time.monotonic() - self.put_s)

    def settle(self, outcome: Outcome | None) -> None:
        self.queue.settle(self.command, outcome)
