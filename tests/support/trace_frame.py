"""Which of the project's files one calibrated frame enters, from the bytes on the socket to the gaze that is sent.

    python -m tests.support.trace_frame

Prints the files in the order of entry, and their number. The committed networks analyse a rendered person; the camera's
page and a subscriber receive the gaze. A file counts when one of its functions is called, in any thread.
"""

from __future__ import annotations

import asyncio
import csv
import json
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from models.analyzer import create_analyzer
from models.face.detector import FaceDetector
from models.predictor import load_predictor
from server.inference.pipeline import Analyzer
from tests.support.paths import PEOPLE, ROOT
from tests.support.server import CameraClient, camera_client, frame_bytes, running_server
from tests.support.two_people import encode_jpeg, portrait

PACKAGES = tuple(f"{ROOT / package}/" for package in ("server", "calibration", "models"))
REGION = (140, 0, 360, 480)  # a frame of a region, as pages send it
FIRST_MS = 1_763_843_912_000.0
GEOMETRY = {"type": "geometry", "screen": {"width_px": 1920, "height_px": 1080}, "hfov_deg": 66}


class Tracer:
    """Notes each file of PACKAGES whose functions are called while `active`."""

    def __init__(self) -> None:
        self.active = False
        self.files: dict[str, None] = {}  # a set that keeps its order

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> None:
        if self.active and event == "call" and frame.f_code.co_filename.startswith(PACKAGES):
            self.files[str(Path(frame.f_code.co_filename).relative_to(ROOT))] = None


async def trace(folder: Path, create: Callable[[], Analyzer]) -> list[str]:
    """The files, in the order of entry."""
    tracer = Tracer()
    threading.setprofile(tracer)  # for the threads that the server starts
    sys.setprofile(tracer)
    try:
        async with (
            running_server(folder, create, FaceDetector) as server,
            camera_client(server) as camera,
            connect(server.stream_url) as subscriber,
        ):
            last = await calibrate(camera)
            await gaze_of(subscriber, last["seq"])
            tracer.active = True
            shown = await show(camera, 4, last["timestamp"] + 40.0)
            await gaze_of(subscriber, shown["seq"])
            tracer.active = False
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]  # None ends it
    if shown["status"] != "ok":
        raise RuntimeError(f"the traced frame has status {shown['status']}")
    return list(tracer.files)


async def calibrate(camera: CameraClient) -> dict[str, Any]:
    """By frames of which the target is known. Returns the last gaze message."""
    await camera.connection.send(json.dumps(GEOMETRY))
    rows = [row for row in csv.DictReader((PEOPLE / "ada" / "frames.csv").open()) if row["phase"] == "calibrate"]
    for number, row in enumerate(rows):
        shown = await show(camera, number, FIRST_MS + 1000.0 * number)
        at_ms = shown["timestamp"]
        place = {"x": float(row["target_x_px"]) / 1920, "y": float(row["target_y_px"]) / 1080}
        await camera.say("look", **place, start_ms=at_ms, end_ms=at_ms)
    await camera.say("look_fit")
    while (await camera.get("calibration"))["state"] != "done":
        pass
    return await show(camera, 4, FIRST_MS + 1000.0 * len(rows))


async def show(camera: CameraClient, picture: int, captured_ms: float) -> dict[str, Any]:
    """One frame and its gaze message."""
    x, y, width, height = REGION
    data = encode_jpeg(portrait("ada", picture)[y : y + height, x : x + width])
    camera.seq += 1
    header = {"captured_ms": captured_ms, "x": x, "y": y, "width": width, "height": height}
    await camera.connection.send(frame_bytes(camera.seq, data, **header))
    return await camera.get("gaze")


async def gaze_of(subscriber: ClientConnection, seq: int) -> None:
    """Waits until the subscriber has received the gaze of this number."""
    while json.loads(await subscriber.recv()).get("seq") != seq:
        pass


def main() -> None:
    predictor = load_predictor("cpu", "fast")
    with tempfile.TemporaryDirectory() as folder:
        files = asyncio.run(trace(Path(folder), lambda: create_analyzer(predictor)))
    print(*files, sep="\n")
    print(f"{len(files)} files")


if __name__ == "__main__":
    main()
