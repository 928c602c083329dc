"""The camera of `server.bench`: sends frames like the page, without a browser.

At most two frames are unanswered; further frames are skipped. It also sends overviews of the size that the server
requests: the first at once, and each next one after the time in the answer.
"""

from __future__ import annotations

import asyncio
import json
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from websockets.asyncio.client import ClientConnection

from server.protocol.frames import OVERVIEW_FLAG, JpegSize, jpeg_size
from server.settings import MAX_UNANSWERED


@dataclass(slots=True)
class Figures:
    latencies_ms: list[float] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    n_sent: int = 0
    n_skipped: int = 0
    n_overviews: int = 0


class Overviews:
    """The overviews that the page sends beside its frames: small pictures of the camera's whole frame."""

    def __init__(self, hello: dict[str, Any], pictures: Sequence[bytes]) -> None:
        """hello: of the camera's socket. Its `overview` is null when the server requests none."""
        overview = hello["overview"]
        self.wait_ms = float("inf") if overview is None else float(overview["every_ms"])
        self._small = [] if overview is None else [shrunk(picture, int(overview["side_px"])) for picture in pictures]
        self._sent_s = float("-inf")

    def due(self, now_s: float) -> bool:
        return bool(self._small) and now_s >= self._sent_s + self.wait_ms / 1000.0

    def message(self, seq: int, tick: int, full: JpegSize, now_s: float) -> bytes:
        self._sent_s = now_s
        return frame_message(seq, self._small[tick % len(self._small)], full=full, flags=OVERVIEW_FLAG)


def shrunk(jpeg: bytes, side_px: int) -> bytes:
    """The picture, scaled so that its longer side has at most `side_px`."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    scale = min(1.0, side_px / max(picture.shape[:2]))
    _, small = cv2.imencode(".jpg", cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    return bytes(small.tobytes())


_next_seq = iter(range(1, 2**32))


async def measure(
    camera: ClientConnection, pictures: Sequence[bytes], overviews: Overviews, fps: float, seconds: float
) -> Figures:
    """Sends frames for this time and returns the figures. fps: 0 sends as fast as the server answers."""
    figures, unanswered = Figures(), dict[int, float]()
    free = asyncio.Event()
    free.set()

    async def receive() -> None:
        async for text in camera:
            message = json.loads(text)
            if message["type"] in ("gaze", "overview", "dropped"):
                overviews.wait_ms = float(message.get("next_ms", overviews.wait_ms))
                sent_s = unanswered.pop(message["frame"])
                free.set()
                if message["type"] == "gaze":
                    figures.latencies_ms.append((time.perf_counter() - sent_s) * 1000.0)
                    figures.statuses[message["status"]] = figures.statuses.get(message["status"], 0) + 1

    receiver = asyncio.create_task(receive())
    begin_s = time.perf_counter()
    for tick in range(10**9):
        if time.perf_counter() - begin_s >= seconds:
            break
        if fps > 0:
            await asyncio.sleep(max(begin_s + tick / fps - time.perf_counter(), 0.0))
        elif len(unanswered) >= MAX_UNANSWERED:
            free.clear()
            await free.wait()
        now_s, picture = time.perf_counter(), pictures[tick % len(pictures)]
        if len(unanswered) < MAX_UNANSWERED and overviews.due(now_s):
            seq = next(_next_seq)
            unanswered[seq] = now_s
            figures.n_overviews += 1
            await camera.send(overviews.message(seq, tick, jpeg_size(picture), now_s))
        if len(unanswered) >= MAX_UNANSWERED:
            figures.n_skipped += 1
            continue
        seq = next(_next_seq)
        unanswered[seq] = time.perf_counter()
        figures.n_sent += 1
        await camera.send(frame_message(seq, picture))
    while unanswered:
        free.clear()
        await free.wait()
    receiver.cancel()
    return figures


def frame_message(seq: int, jpeg: bytes, *, full: JpegSize | None = None, flags: int = 0) -> bytes:
    """A frame with its header. full: size of the camera's frame, if the JPEG is scaled down."""
    size = full or jpeg_size(jpeg)
    whole = (0, 0, size.width_px, size.height_px, size.width_px, size.height_px)
    return struct.pack("<2sBBId6H", b"SL", 1, flags, seq, time.time() * 1000.0, *whole) + jpeg
