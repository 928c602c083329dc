"""Helpers of the server's tests: a camera whose pictures encode the place of gaze, and a running server."""

from __future__ import annotations

import contextlib
import json
import random
import struct
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import cv2
import numpy as np
import numpy.typing as npt
from aiohttp import web
from websockets.asyncio.client import ClientConnection, connect

from calibration.profiles.interface import Profiles
from calibration.profiles.store import ProfileStore
from calibration.samples.sample import CalibrationSample
from calibration.screen import ScreenGeometry
from models.analysis import NO_FACE, AnalyzedPicture, FaceAnalysis, GazeFeatures
from models.face.camera import DEFAULT_HFOV_DEG, Box, Region
from models.face.landmarks import N_LANDMARKS
from models.face.tracking import Picture
from server.clock import SystemClock
from server.http.app import OPEN_OUTPUTS, create_app
from server.http.context import CONTEXT
from server.inference.engine import Analyzer, Engine, FaceFinder
from server.inference.jobs import Ready
from server.inference.pipeline import Pipeline
from server.inference.worker_thread import WorkerThread
from server.outputs import output_options
from server.outputs.open_gaze.server import OpenGazeServer
from server.peers.interface import Peers
from server.protocol.frames import FrameMessage, JpegSize
from server.settings import Settings
from tests.support.received import received
from tests.support.times import attempts

SCREEN = ScreenGeometry(width_px=1000, height_px=500)
GEOMETRY = {"type": "geometry", "screen": {"width_px": 1000, "height_px": 500}}
OPEN, SHUT, AWAY = 255, 128, 0  # the blue channel of a picture: eyes open, eyes shut, no face
SENSOR = random.Random(0)  # of the noise in the pictures
NOW_MS = 1_763_843_912_000.0
NEVER_S = 1e6


def features(x: float, y: float, *, shift_mm: float = 0.0) -> GazeFeatures:
    """The features of a person who looks at (x, y); they depend linearly on the gaze."""
    yaw, pitch = 0.5 * (x - 0.5), -0.3 * (y - 0.5)
    noise = random.Random(hash((round(x, 4), round(y, 4))))
    return GazeFeatures(
        pitch_rad=pitch,
        yaw_rad=yaw,
        eye_pitch_rad=pitch,
        eye_yaw_rad=yaw,
        embedding=np.array([yaw, pitch, 0.1, 0.2], np.float32),
        eye_embedding=np.array([pitch, yaw, 0.3, 0.4], np.float32),
        eye_patches=np.array([noise.gauss(0.0, 0.01) for _ in range(400)], np.float32),
        iris=np.array([yaw, pitch, yaw, pitch], np.float32),
        openness=np.array([0.25, 0.26], np.float32),
        head_rotation_rad=np.array([0.01, 0.02, 0.0], np.float32),
        head_translation_mm=np.array([12.0 + shift_mm, -35.0, 571.0], np.float32),
    )


def analysis(
    x: float = 0.5, y: float = 0.5, *, status: str = "ok", brightness: float = 120.0, **more: Any
) -> FaceAnalysis:
    if status == "no_face":
        return FaceAnalysis(status="no_face")
    return FaceAnalysis(
        status="eyes_closed" if status == "eyes_closed" else "ok",
        features=features(x, y, **more),
        face_box=OWN_FACE,
        eye_points=((0.6, 0.4), (0.4, 0.4)),
        head_yaw_deg=4.2,
        head_pitch_deg=-2.0,
        head_roll_deg=0.6,
        brightness=brightness,
    )


class ColourAnalyzer:
    """Replaces FaceAnalyzer: red and green of the picture are the place of gaze, blue is the state of the eyes."""

    def __init__(self) -> None:
        self.pictures: list[Picture] = []
        self.warmed_up: list[int] = []

    def warm_up(self, count: int) -> None:
        self.warmed_up.append(count)

    def analyze(self, pictures: Sequence[Picture]) -> list[AnalyzedPicture]:
        self.pictures.extend(pictures)
        return [self._look(picture) for picture in pictures]

    def _look(self, picture: Picture) -> AnalyzedPicture:
        red, green, blue = (float(value) for value in picture.image.mean(axis=(0, 1)))
        if blue <= 64:
            return AnalyzedPicture(NO_FACE)
        found = analysis(red / 255.0, green / 255.0, status="ok" if blue > 190 else "eyes_closed")
        track = picture.track(np.zeros((N_LANDMARKS, 2), np.float32))
        return AnalyzedPicture(found, track, picture.image.mean(axis=2).astype(np.uint8))


OWN_FACE = (0.25, 0.2, 0.5, 0.6)  # where `analysis` says that the face is


class StaticFaceFinder:
    """Replaces FaceDetector: each picture shows `faces`."""

    def __init__(self, *faces: Box) -> None:
        self.faces = list(faces) or [OWN_FACE]
        self.n_searches = 0

    def find(self, image: npt.NDArray[np.uint8]) -> list[Box]:
        self.n_searches += 1
        return list(self.faces)


def jpeg(x: float = 0.5, y: float = 0.5, how: int = OPEN, *, width: int = 64, height: int = 48) -> bytes:
    """The picture of a person who looks at (x, y). No two are equal, as with a real sensor; their means are."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:] = (how, round(255 * y), round(255 * x))  # BGR
    for sign in (1, -1):
        row, column = SENSOR.randrange(height - 8), SENSOR.randrange(width - 8)
        block = image[row : row + 8, column : column + 8, 1:]
        block[:] = np.clip(block.astype(int) + sign * SENSOR.randint(6, 12), 0, 255)
    done, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 100])
    assert done
    return bytes(encoded.tobytes())


def frame_bytes(
    seq: int = 1, picture: bytes | None = None, *, captured_ms: float | None = None, **changed: Any
) -> bytes:
    """A camera message; any header field can be replaced by a wrong one."""
    header: dict[str, Any] = {
        "magic": b"SL",
        "version": 1,
        "flags": 0,
        "seq": seq,
        "captured_ms": time.time() * 1000.0 if captured_ms is None else captured_ms,
        "x": 0,
        "y": 0,
        "width": 640,
        "height": 480,
        "full_width": 640,
        "full_height": 480,
    }
    header |= changed
    return struct.pack("<2sBBId6H", *header.values()) + (jpeg() if picture is None else picture)


def frame(seq: int = 1, captured_ms: float = NOW_MS, picture: bytes | None = None) -> FrameMessage:
    """The same, parsed."""
    return FrameMessage(seq, captured_ms, Region(0, 0, 640, 480), 640, 480, picture or b"", JpegSize(64, 48))


def samples() -> list[CalibrationSample]:
    """Nine dots, ten settled frames each."""
    return [
        CalibrationSample(
            captured_ms=NOW_MS + target * 2000.0 + 700.0 + 33.0 * i,
            target_id=target,
            target=(x, y),
            blocks=features(x, y).blocks(),
            arrived_ms=NOW_MS + target * 2000.0,
        )
        for target, (x, y) in enumerate((x, y) for y in (0.1, 0.5, 0.9) for x in (0.1, 0.5, 0.9))
        for i in range(10)
    ]


@dataclass(frozen=True)
class Server:
    """One that runs on this machine."""

    port: int
    pipeline: Pipeline
    app: web.Application

    def subscribers(self) -> int:
        return self.app[CONTEXT].hub.subscriber_count

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def camera_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/v1/camera"

    @property
    def stream_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/v1/stream"


def thread_pipeline(
    create_analyzer: Callable[[], Analyzer] = ColourAnalyzer,
    create_finder: Callable[[], FaceFinder] = StaticFaceFinder,
    *,
    max_workers: int = 1,
) -> Pipeline:
    """Its workers are threads of this process."""

    async def start(_number: int) -> WorkerThread:
        return WorkerThread(lambda: Engine(create_analyzer(), create_finder()), Ready((4, 1), True, None))

    return Pipeline(start_worker=start, max_workers=max_workers, hfov_deg=DEFAULT_HFOV_DEG)


@contextlib.asynccontextmanager
async def running_server(
    folder: Path,
    create_analyzer: Callable[[], Analyzer] = ColourAnalyzer,
    create_finder: Callable[[], FaceFinder] = StaticFaceFinder,
    *,
    pipeline: Pipeline | None = None,
    profiles: Profiles | None = None,
    peers: Peers | None = None,
    reports_silence: bool = False,
    **changed: Any,
) -> AsyncIterator[Server]:
    """pipeline: unless given, one with one thread, that uses the analyzer and the finder.

    reports_silence: whether `no_frames` follows when a camera sends nothing for half a second. A busy machine stops for
    so long, so only tests of it switch it on.
    """
    web_folder = folder / "web"
    web_folder.mkdir(exist_ok=True)
    (web_folder / "index.html").write_text("<!doctype html><title>page</title>")
    settings = Settings(
        port=0, profiles=folder / "profiles", recordings=folder / "recordings", web=web_folder, **changed
    )
    pipeline = pipeline or thread_pipeline(create_analyzer, create_finder)
    profiles = profiles or ProfileStore(settings.profiles)
    app = create_app(settings, pipeline=pipeline, profiles=profiles, clock=SystemClock(), peers=peers)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await pipeline.open()
    with contextlib.ExitStack() as watch:
        if not reports_silence:
            watch.enter_context(mock.patch("server.http.camera_socket.TICK_S", NEVER_S))
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield Server(port=runner.addresses[0][1], pipeline=pipeline, app=app)
        finally:
            await runner.cleanup()
            await pipeline.close()


OPEN_GAZE = output_options("--open-gaze", "0")


def open_gaze_port(server: Server) -> int:
    """Of the server's Open Gaze output."""
    (output,) = (output for output in server.app[OPEN_OUTPUTS] if isinstance(output, OpenGazeServer))
    return output.port


class CameraClient:
    """A camera page without a browser. `get` waits for the next message of a type and skips others."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.seq = 0

    async def say(self, kind: str, **fields: Any) -> None:
        await self.connection.send(json.dumps({"type": kind, **fields}))

    async def get(self, *kinds: str) -> dict[str, Any]:
        return await received(self.connection, *kinds)

    async def answer(self, seq: int) -> dict[str, Any]:
        """The answer to the frame with this number."""
        while (answer := await self.get("gaze", "overview", "dropped"))["frame"] != seq:
            pass  # of a frame whose sender was cancelled
        return answer

    async def show(self, x: float, y: float, how: int = OPEN, *, captured_ms: float | None = None) -> dict[str, Any]:
        """One frame and its gaze message. A frame of now that is lost with its worker is shown again."""
        for _ in attempts():
            self.seq += 1
            await self.connection.send(frame_bytes(self.seq, jpeg(x, y, how), captured_ms=captured_ms))
            answer = await self.answer(self.seq)
            if answer["type"] == "gaze":
                return answer
            assert captured_ms is None, "the frame was dropped"
        raise AssertionError("all frames were dropped")

    async def look_around(self, *, captured_ms: float | None = None) -> dict[str, Any]:
        """One overview and its answer."""
        self.seq += 1
        await self.connection.send(frame_bytes(self.seq, captured_ms=captured_ms, flags=1))
        answer = await self.answer(self.seq)
        assert answer["type"] == "overview"
        return answer

    async def calibrate(self, **start: Any) -> dict[str, Any]:
        """Runs a calibration in a few ms, because the page sets the capture times. Returns the last answer."""
        await self.connection.send(json.dumps(GEOMETRY))
        await self.say("calibration_start", pattern="9", **start)
        started = await self.get("calibration")
        clock_ms = time.time() * 1000.0 - 30_000.0
        for target in started["targets"]:
            await self.say("calibration_point", target_id=target["id"], shown_ms=clock_ms)
            for i in range(5):
                await self.show(target["x"], target["y"], captured_ms=clock_ms + 1500.0 + 110.0 * i)
            assert (await self.get("calibration"))["enough"] is not None
            clock_ms += 2500.0
        await self.say("calibration_finish")
        while (answer := await self.get("calibration"))["state"] in ("collecting", "fitting"):
            pass
        return answer

    async def validate(self, *, clock_ms: float) -> None:
        """Runs a validation with new targets. The first is shown at clock_ms."""
        await self.say("validation_start")
        started = await self.get("validation")
        for target in started["targets"]:
            await self.say("calibration_point", target_id=target["id"], shown_ms=clock_ms)
            for i in range(6):
                await self.show(target["x"], target["y"], captured_ms=clock_ms + 800.0 + 40.0 * i)
            clock_ms += 2_500.0
        await self.say("calibration_finish")
        while (await self.get("validation"))["state"] != "done":
            pass


@contextlib.asynccontextmanager
async def camera_client(server: Server, **options: Any) -> AsyncIterator[CameraClient]:
    async with connect(server.camera_url, max_size=None, **options) as connection:
        yield CameraClient(connection)
