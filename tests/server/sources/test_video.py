"""serve --video: files as the camera, from the file to the gaze of readers."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from websockets.asyncio.client import connect

from calibration.fit import fit_calibration
from calibration.profiles.store import ProfileStore
from server.errors import SourceFailed, StartupError
from server.http.context import CONTEXT
from server.service import source_parts
from server.settings import VideoFrom
from server.sources.pictures import open_pictures
from server.sources.video import VideoCamera
from tests.support.received import received
from tests.support.server import SCREEN, Server, jpeg, running_server, samples


def colours(x: float, y: float) -> np.ndarray:
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:] = (255, round(255 * y), round(255 * x))
    return picture


def write_video(path: Path, n: int = 12, fps: float = 25.0) -> Path:
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (64, 48))
    assert video.isOpened()
    for number in range(n):
        video.write(colours(number / n, 0.5))
    video.release()
    return path


def write_recording(folder: Path, n: int = 3) -> Path:
    (folder / "frames").mkdir(parents=True)
    rows = ["frame,captured_ms,target_x_px,target_y_px,target_id,phase,region_x,region_y,region_width,region_height,"
            "full_width,full_height"]  # fmt: skip
    for number in range(n):
        (folder / "frames" / f"{number}.jpg").write_bytes(jpeg(0.5, 0.5))
        rows.append(f"frames/{number}.jpg,{1_000 + 20 * number},,,,,100,50,64,48,640,480")
    (folder / "frames.csv").write_text("\n".join(rows) + "\n")
    session = {"version": 1, "person": "Ada", "screen": {"width_px": 1000, "height_px": 500},
               "camera": {"hfov_deg": 70, "name": "HD Webcam"}}  # fmt: skip
    (folder / "session.json").write_text(json.dumps(session))
    return folder


@contextlib.asynccontextmanager
async def filmed(server: Server, settings: VideoFrom, profiles: ProfileStore) -> AsyncIterator[asyncio.Task[None]]:
    parts = source_parts(server.app[CONTEXT], server.camera_url)
    task = asyncio.create_task(VideoCamera.open(settings, profiles).run(parts))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_a_video_keeps_its_rate_and_its_pictures(tmp_path: Path) -> None:
    pictures = open_pictures(write_video(tmp_path / "v.avi"))
    assert pictures.fps == 25.0
    first, *more = pictures.open()
    assert [round(picture.due_s, 3) for picture in (first, *more)] == [round(n / 25.0, 3) for n in range(12)]
    following = pictures.open()
    encoded = next(following).encode(32)
    assert encoded is not None
    decoded = cv2.imdecode(np.frombuffer(encoded.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert decoded.shape == (24, 32, 3)


def test_a_folder_is_read_in_the_order_of_names_and_a_damaged_picture_is_left_out(tmp_path: Path) -> None:
    for number in (2, 10, 1):
        cv2.imwrite(str(tmp_path / f"{number:02}.png"), colours(number / 20, 0.5))
    (tmp_path / "03.png").write_bytes(b"no picture")
    pictures = open_pictures(tmp_path)
    encoded = [picture.encode(1920) for picture in pictures.open()]
    assert [one is not None for one in encoded] == [True, True, False, True]


def test_a_recording_gives_its_regions_at_its_own_times(tmp_path: Path) -> None:
    folder = write_recording(tmp_path / "r")
    for path in (folder, folder / "frames"):
        listed = list(open_pictures(path).open())
        assert [picture.due_s for picture in listed] == [0.0, 0.02, 0.04]
        encoded = listed[0].encode(1920)
        assert encoded is not None
        assert encoded.roi is not None
        assert (encoded.roi.x, encoded.full_px) == (100, (640, 480))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("none.mp4", None, "there is no file"),
        ("text.mp4", b"no video", "can't be read as a video"),
        ("empty", "folder", "has no pictures"),
    ],
)
def test_what_is_no_video_is_refused_at_the_start(tmp_path: Path, name: str, content: object, says: str) -> None:
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "folder":
        path.mkdir()
    with pytest.raises(StartupError, match=says):
        VideoCamera.open(VideoFrom(path), ProfileStore(tmp_path / "profiles"))


def test_a_profile_that_does_not_exist_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="no saved calibration of 'Ada'"):
        VideoCamera.open(VideoFrom(write_video(tmp_path / "v.avi"), "Ada"), ProfileStore(tmp_path / "profiles"))


async def test_a_video_is_a_session_whose_end_is_that_of_the_video(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.avi")
    async with running_server(tmp_path) as server, connect(server.stream_url) as reader:
        profiles = ProfileStore(tmp_path / "profiles")
        async with filmed(server, VideoFrom(path), profiles) as task:
            first = await received(reader, "gaze")
            assert (first["status"], first["frame"]) == ("uncalibrated", 1)
            assert first["latency_ms"] is not None
            await task
        assert not server.app[CONTEXT].live


async def test_the_calibration_of_a_person_gives_the_video_points(tmp_path: Path) -> None:
    path, profiles = write_video(tmp_path / "v.avi"), ProfileStore(tmp_path / "profiles")
    profiles.save("Ada", f"{SCREEN.key}_hd-webcam", fit_calibration(samples(), SCREEN))
    async with (
        running_server(tmp_path) as server,
        connect(server.stream_url) as reader,
        filmed(server, VideoFrom(path, "Ada", loop=True), profiles),
    ):
        while not (gaze := await received(reader, "gaze"))["valid"]:
            pass
        assert gaze["y"] == pytest.approx(0.5, abs=0.1)
        seen = gaze["frame"]
        while (await received(reader, "gaze"))["frame"] <= seen + 12:  # it begins again
            pass


async def test_a_profile_that_the_server_refuses_ends_the_video_with_the_reason(tmp_path: Path) -> None:
    path, profiles = write_video(tmp_path / "v.avi"), ProfileStore(tmp_path / "other")
    profiles.save("Ada", SCREEN.key, fit_calibration(samples(), SCREEN))
    async with running_server(tmp_path) as server, filmed(server, VideoFrom(path, "Ada"), profiles) as task:
        with pytest.raises(SourceFailed, match="--video:"):
            await task
