"""What of a session's pictures waits for the inference thread: the newest frame, and beside it the newest overview.

Each has its own mailbox, so that an overview never takes the place of a frame whose gaze is waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from server.inference.pipeline import Pipeline
from server.inference.results import AnalyzedFrame, AnalyzeFrame, CountedFaces, CountFaces
from server.protocol.messages import FrameMessage
from server.streaming.latest import Closed, LatestSlot

Item = TypeVar("Item")


class FrameQueue:
    """`analyzed` and `counted` are told what came of each picture; run `analyze_all` and `count_all` as tasks."""

    def __init__(
        self,
        *,
        pipeline: Pipeline,
        analyzed: Callable[[AnalyzedFrame], Awaitable[None]],
        counted: Callable[[CountedFaces], Awaitable[None]],
    ) -> None:
        self._pipeline = pipeline
        self._stream = pipeline.open_stream()
        self._analyzed = analyzed
        self._counted = counted
        self._frames: LatestSlot[AnalyzeFrame] = LatestSlot()
        self._overviews: LatestSlot[CountFaces] = LatestSlot()

    def put(self, command: AnalyzeFrame | CountFaces) -> FrameMessage | None:
        """Returns the frame that has to be answered in another way, because this one took its place."""
        if isinstance(command, AnalyzeFrame):
            older = self._frames.put(command)
            return older.frame if older else None
        unseen = self._overviews.put(command)
        return unseen.frame if unseen and unseen.frame.overview else None

    async def analyze_all(self) -> None:
        while (command := await _next(self._frames)) is not None:
            if command.look:
                result = await asyncio.wrap_future(self._pipeline.analyze(self._stream, command))
            else:
                result = AnalyzedFrame(command.frame, looked=False)
            await self._analyzed(result)

    async def count_all(self) -> None:
        while (command := await _next(self._overviews)) is not None:
            await self._counted(await asyncio.wrap_future(self._pipeline.count_faces(command)))

    def close(self) -> None:
        self._frames.close()
        self._overviews.close()
        self._pipeline.close_stream(self._stream)


async def _next(mailbox: LatestSlot[Item]) -> Item | None:
    """None at the end."""
    try:
        return await mailbox.get()
    except Closed:
        return None
