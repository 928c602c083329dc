"""A client of the Open Gaze API, and a person before the camera."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

from tests.support.server import CameraClient, Server, open_gaze_port
from tests.support.times import WAIT_S


class OpenGazeClient:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def line(self) -> str:
        """Empty when the server has closed the connection."""
        try:
            return (await asyncio.wait_for(self.reader.readline(), WAIT_S)).decode().strip()
        except ConnectionError:
            return ""

    async def ask(self, data: bytes) -> str:
        """The answer; records and the progress of a calibration may come before it."""
        self.writer.write(data)
        while (line := await self.line()).startswith(("<CAL", "<REC")):
            pass
        return line

    async def enable(self, *groups: str) -> None:
        for group in groups:
            assert "ACK" in await self.ask(f'<SET ID="ENABLE_SEND_{group}" STATE="1" />\r\n'.encode())

    async def is_cut_off(self) -> bool:
        while await self.line():
            pass
        return True


MIDDLE = (0.5, 0.5)


class LookingPerson:
    """A person who looks at `place`, with 30 frames a second."""

    def __init__(self, camera: CameraClient) -> None:
        self.place = MIDDLE
        self._camera = camera
        self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        while True:
            await self._camera.show(*self.place)
            await asyncio.sleep(1.0 / 30.0)  # as a camera does

    async def leave(self) -> None:
        self._looking.cancel()
        await asyncio.gather(self._looking, return_exceptions=True)


@contextlib.asynccontextmanager
async def connect_open_gaze(server: Server) -> AsyncIterator[OpenGazeClient]:
    port = open_gaze_port(server)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield OpenGazeClient(reader, writer)
    finally:
        writer.transport.abort()


def calibration_place(line: str) -> tuple[float, float]:
    found = re.search(r'CALX="([\d.]+)" CALY="([\d.]+)"', line)
    assert found
    return float(found[1]), float(found[2])


async def send_screen(camera: CameraClient) -> None:
    await camera.say("geometry", screen={"width_px": 1000, "height_px": 500})
    await camera.get("geometry")
