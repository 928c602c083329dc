"""Lists the project's files that one calibrated frame enters, from the bytes on the socket to the gaze that is sent.

    python -m tests.support.trace_frame

Prints the files in the order of entry, and their number: first those of the server's process, then those of the worker
process that analyses the frame. The committed networks analyse a rendered person; the camera's page and a subscriber
receive the gaze. A file counts when one of its functions is called.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from models.face.camera import DEFAULT_HFOV_DEG
from models.predictor import NetworkName
from server.inference.pipeline import Pipeline
from server.inference.worker_process import WorkerProcess
from tests.support.paths import PEOPLE
from tests.support.server import CameraClient, camera_client, frame_bytes, running_server
from tests.support.times import wait_until
from tests.support.traced_worker import TRACE
from tests.support.tracer import Tracer
from tests.support.two_people import encode_jpeg, portrait

REGION = (140, 0, 360, 480)  # a frame of a region, as pages send it
FIRST_MS = 1_763_843_912_000.0
GEOMETRY = {"type": "geometry", "screen": {"width_px": 1920, "height_px": 1080}, "hfov_deg": 66}


async def trace(folder: Path, network: NetworkName) -> list[str]:
    """The files of the server and of its worker, in the order of entry."""
    tracer, traced = Tracer(), folder / "worker.txt"
    command = (
        sys.executable,
        "-m",
        "tests.support.traced_worker",
        "--device",
        "cpu",
        "--network",
        network,
        "--landmarks",
        "networks",
    )
    pipeline = Pipeline(
        start_worker=lambda _number: WorkerProcess.start(command, None), max_workers=1, hfov_deg=DEFAULT_HFOV_DEG
    )
    os.environ[TRACE] = str(traced)
    sys.setprofile(tracer)
    try:
        async with (
            running_server(folder, pipeline=pipeline) as server,
            camera_client(server) as camera,
            connect(server.stream_url) as subscriber,
        ):
            last = await calibrate(camera)
            await gaze_of(subscriber, last["seq"])
            tracer.active = True
            shown = await show(camera, 4, last["timestamp"] + 40.0)
            await gaze_of(subscriber, shown["seq"])
            tracer.active = False
            await wait_until(
                lambda: len(traced.read_text().splitlines()) > camera.seq
            )  # the first one belongs to the start
    finally:
        sys.setprofile(None)
        del os.environ[TRACE]
    if shown["status"] != "ok":
        raise RuntimeError(f"the traced frame has status {shown['status']}")
    in_worker: list[str] = json.loads(traced.read_text().splitlines()[-1])
    return list(dict.fromkeys([*tracer.files, *in_worker]))


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
    with tempfile.TemporaryDirectory() as folder:
        files = asyncio.run(trace(Path(folder), "fast"))
    print(*files, sep="\n")
    print(f"{len(files)} files")


if __name__ == "__main__":
    main()
