"""One camera of the bench: it sends frames as the page does, without a browser.

At most two frames are unanswered; further frames are skipped, also those beyond the rate that the server asks for. It
also sends overviews: the first at once, and each next one after the time in the answer.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection

from models.face.camera import Box
from server.bench.video import Person, Shot, Size, field_of_view_deg, still
from server.protocol.frames import encode_frame
from server.settings import MAX_UNANSWERED

SCREEN = {"width_px": 1920, "height_px": 1080, "width_mm": 370.0, "height_mm": 208.1}


@dataclass(slots=True)
class Figures:
    """Of one camera. Latency is the time from just before a frame is sent until its gaze message has arrived."""

    latencies_ms: list[float] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    n_sent: int = 0
    n_skipped: int = 0
    n_dropped: int = 0
    n_overviews: int = 0


class Camera:
    """A page without a browser, on its open socket."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._seq = 0
        self._overview_wait_ms = float("inf")  # until the server requests overviews
        self._overview_sent_s = float("-inf")
        self._interval_s = self._due_s = 0.0  # of frames, until the server asks for fewer

    async def hello(self) -> None:
        """Receives the first message, which says how often the server wants an overview."""
        overview = json.loads(await self._connection.recv())["overview"]
        if overview is not None:
            self._overview_wait_ms = float(overview["every_ms"])

    async def calibrate(self, person: Person, full: Size) -> list[Box | None]:
        """Shows each picture of the person, and calibrates if their places are known.

        Returns the face that the server found in each, in 0..1 of the camera's frame. Raises RuntimeError when the
        calibration fails.
        """
        await self._say("geometry", screen=SCREEN, hfov_deg=round(field_of_view_deg(person, full), 2))
        boxes: list[Box | None] = []
        for number in range(len(person.pictures)):
            gaze = await self._show(still(person, number, full))
            face = gaze.get("face")
            boxes.append(tuple(face["box"]) if face else None)
            if person.places:
                x, y = person.places[number]
                await self._say("look", x=x, y=y, start_ms=gaze["timestamp"], end_ms=gaze["timestamp"])
        if person.places:
            await self._say("look_fit")
            while (answer := await self._answer("calibration"))["state"] != "done":
                if answer["state"] == "failed":
                    raise RuntimeError(f"the calibration failed: {answer}")
        return boxes

    async def pause(self) -> None:
        """No frame is analysed from now on."""
        await self._say("pause")
        await self._answer("paused")

    async def stream(self, shots: Sequence[Shot], *, fps: float, seconds: float, first: int = 0) -> Figures:
        """Sends the shots in a loop, from number `first` on.

        fps: 0 sends as fast as the server answers, whatever rate it asks for.
        """
        figures, unanswered = Figures(), dict[int, float]()
        free = asyncio.Event()

        async def receive() -> None:
            async for text in self._connection:
                message = json.loads(text)
                if message["type"] == "pace":
                    self._interval_s = 1.0 / message["max_fps"] if message["max_fps"] else 0.0
                elif message["type"] in ("gaze", "overview", "dropped"):
                    self._overview_wait_ms = float(message.get("next_ms", self._overview_wait_ms))
                    sent_s = unanswered.pop(message["frame"], None)
                    if sent_s is None:
                        continue  # a sample without a frame: the server says that frames have stopped
                    free.set()
                    figures.n_dropped += message["type"] == "dropped"
                    if message["type"] == "gaze":
                        figures.latencies_ms.append((time.perf_counter() - sent_s) * 1000.0)
                        figures.statuses[message["status"]] = figures.statuses.get(message["status"], 0) + 1

        async def send(shot: Shot, *, overview: bool = False) -> None:
            self._seq += 1
            unanswered[self._seq] = time.perf_counter()
            await self._connection.send(shot_message(self._seq, shot, overview=overview))

        receiver = asyncio.create_task(receive())
        begin_s = time.perf_counter()
        tick = 0
        while time.perf_counter() - begin_s < seconds:
            if fps > 0:
                await asyncio.sleep(max(begin_s + tick / fps - time.perf_counter(), 0.0))
            elif len(unanswered) >= MAX_UNANSWERED:
                free.clear()
                await free.wait()
            now_s, shot = time.perf_counter(), shots[(first + tick) % len(shots)]
            tick += 1
            if len(unanswered) < MAX_UNANSWERED and now_s >= self._overview_sent_s + self._overview_wait_ms / 1000.0:
                self._overview_sent_s = now_s
                figures.n_overviews += 1
                await send(shot, overview=True)
            if len(unanswered) >= MAX_UNANSWERED or (fps > 0 and now_s < self._due_s):
                figures.n_skipped += 1
                continue
            self._due_s = max(self._due_s, now_s - self._interval_s) + self._interval_s
            figures.n_sent += 1
            await send(shot)
        while unanswered:
            free.clear()
            await free.wait()
        receiver.cancel()
        return figures

    async def _say(self, kind: str, **members: Any) -> None:
        await self._connection.send(json.dumps({"type": kind, **members}))

    async def _answer(self, kind: str) -> dict[str, Any]:
        """The next message of this type. Raises RuntimeError for a refusal."""
        while True:
            message: dict[str, Any] = json.loads(await self._connection.recv())
            if message["type"] == kind:
                return message
            if message["type"] == "error":
                raise RuntimeError(f"the server refused: {message['message']}")

    async def _show(self, shot: Shot) -> dict[str, Any]:
        """One frame and its gaze."""
        self._seq += 1
        await self._connection.send(shot_message(self._seq, shot))
        while (gaze := await self._answer("gaze"))["frame"] != self._seq:
            pass  # a sample without a frame: the server says that frames have stopped
        return gaze


def shot_message(seq: int, shot: Shot, *, overview: bool = False) -> bytes:
    """overview: send the shot's small picture of the camera's whole frame."""
    full_px, now_ms = (shot.full.width_px, shot.full.height_px), time.time() * 1000.0
    if overview:
        return encode_frame(seq, now_ms, shot.overview, full_px=full_px, overview=True)
    return encode_frame(seq, now_ms, shot.jpeg, roi=shot.roi, full_px=full_px)
