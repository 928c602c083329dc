"""Runs each function of Sightline once: `python -m tests.support.whole_product DIR`.

1. The server starts as it does for people, with its default folders for profiles and recordings.
2. The demo person's pictures go through the camera's socket: calibration, gaze, a recording, the heat map.
3. The recording is exported, and a short session is evaluated.
All other files are written below DIR.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import fcntl
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from server.protocol.frames import encode_frame
from tests.support.paths import ROOT

PERSON = ROOT / "web" / "demo" / "person"
TEST_FRAMES = 6
FRAMES_PER_TARGET = 6
SETTLED_MS = 1500.0  # the eyes have long arrived at a target that is shown since then
SERVER_LIVES_S = 15.0  # at least: the first look-up of one library's telemetry came after 9 s
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def main(folder: Path) -> None:
    start_loopback()
    asyncio.run(calibrate_and_record())
    data = Path(os.environ["XDG_DATA_HOME"]) / "sightline"
    (recording,) = (data / "recordings").iterdir()
    for form in ("csv", "ndjson", "bids"):
        sightline("export", str(recording), "--format", form, "--out", str(folder / form), "--screen-width-mm", "344")
    sightline(
        *("evaluate", str(short_session(folder / "person")), "--device", "cpu", "--json", str(folder / "out.json")),
        *("--plots", str(folder / "plots"), "--features", str(folder / "features.npz")),
    )


def pictures_by_target() -> dict[tuple[float, float], list[bytes]]:
    """The JPEGs of each calibration target, by its place in 0..1 of the screen."""
    screen = json.loads((PERSON / "session.json").read_text(encoding="utf-8"))["screen"]
    pictures: dict[tuple[float, float], list[bytes]] = {}
    for row in csv.DictReader((PERSON / "frames.csv").open(encoding="utf-8", newline="")):
        if row["phase"] == "calibrate":
            place = float(row["target_x_px"]) / screen["width_px"], float(row["target_y_px"]) / screen["height_px"]
            pictures.setdefault(place, []).append((PERSON / "frames" / row["frame"]).read_bytes())
    return pictures


def sightline(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "server", *arguments], check=True, stdout=subprocess.DEVNULL)


def start_loopback() -> None:
    """A new network namespace has its loopback down. Where there is none of ours, it is up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        name, flags = struct.unpack("16sh", fcntl.ioctl(any_socket, SIOCGIFFLAGS, struct.pack("16sh", b"lo", 0)))
        if not flags & IFF_UP:
            fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh", name, flags | IFF_UP))


def short_session(folder: Path) -> Path:
    """The demo person with few of the frames to measure on."""
    shutil.copytree(PERSON, folder)
    rows = list(csv.reader((PERSON / "frames.csv").open(encoding="utf-8", newline="")))
    calibrating = sum(row[-1] == "calibrate" for row in rows)
    with (folder / "frames.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows[: 1 + calibrating + TEST_FRAMES])
    return folder


async def calibrate_and_record() -> None:
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "--port", "0", "--device", "cpu", "--open-gaze", "0", "--osc", "9"),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert server.stdout is not None
        printed = (await server.stdout.readline()).decode()
        ready_s = time.monotonic()
        address = re.search(r"http://(\S+)/", printed)
        assert address, f"the server printed no address: {printed!r}"
        await asyncio.to_thread(fetch, f"http://{address[1]}/")
        async with connect(f"ws://{address[1]}/v1/camera", max_size=None) as connection:
            camera = Camera(connection)
            session = (await camera.answer("hello"))["session"]
            await camera.say("geometry", screen=json.loads((PERSON / "session.json").read_text())["screen"])
            await camera.say("record_start", frames=True, consent=True, person="demo")
            pictures = pictures_by_target()
            await camera.calibrate(pictures)
            gaze = await camera.show(next(iter(pictures.values()))[0])
            assert gaze["valid"], gaze
            await asyncio.to_thread(fetch, f"http://{address[1]}/v1/heatmap.png?session={session}")
            await camera.say("record_stop")
            while (await camera.answer("record"))["state"] != "stopped":
                pass
        await asyncio.sleep(ready_s + SERVER_LIVES_S - time.monotonic())
    finally:
        with contextlib.suppress(ProcessLookupError):
            server.terminate()
        assert await server.wait() == 0


class Camera:
    """A page without a browser that sends one frame after another."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._seq = 0

    async def say(self, kind: str, **fields: Any) -> None:
        await self._connection.send(json.dumps({"type": kind, **fields}))

    async def answer(self, *kinds: str) -> dict[str, Any]:
        while True:
            message: dict[str, Any] = json.loads(await self._connection.recv())
            assert message["type"] != "error", message
            if message["type"] in kinds:
                return message

    async def show(self, picture: bytes) -> dict[str, Any]:
        """The gaze of the picture, which is sent again when a busy machine drops it for being late."""
        while True:
            self._seq += 1
            await self._connection.send(encode_frame(self._seq, time.time() * 1000.0, picture))
            answer = await self.answer("gaze", "dropped")
            if answer["type"] == "gaze":
                return answer

    async def calibrate(self, pictures: dict[tuple[float, float], list[bytes]]) -> None:
        """pictures: of each target, by its place in 0..1 of the screen."""
        await self.say("calibration_start", user="demo", points=list(pictures))
        started = await self.answer("calibration")
        for target in started["targets"]:
            of_target = pictures[target["x"], target["y"]]
            await self.say("calibration_point", target_id=target["id"], shown_ms=time.time() * 1000.0 - SETTLED_MS)
            for number in range(FRAMES_PER_TARGET):
                await self.show(of_target[number % len(of_target)])
        await self.say("calibration_finish")
        while (done := await self.answer("calibration"))["state"] in ("collecting", "fitting"):
            pass
        assert done["state"] == "done", done


def fetch(url: str) -> bytes:
    without_proxies = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with without_proxies.open(url) as answer:
        return bytes(answer.read())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
