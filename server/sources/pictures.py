"""The pictures of a video file, a folder or a recording, one after the other, with the time at which each is due.

A picture is read when it is due and encoded only if it is sent. OpenCV is imported here, because the main process does
not need it otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from models.datasets.session_layout import FRAMES_FILE, FRAMES_FOLDER
from models.face.camera import Region
from server.errors import StartupError
from server.recordings.reader import Recording, RecordingError, read_pictures

PICTURES = frozenset({".jpg", ".jpeg", ".png"})
FOLDER_FPS = 30.0
MIN_FPS, MAX_FPS = 1.0, 240.0  # of files that name another rate, it is taken as FOLDER_FPS
MAX_SIDE_PX = 1920  # more gains nothing (server.settings)
QUALITY = 90  # of the page's JPEGs


@dataclass(frozen=True, slots=True)
class Encoded:
    """roi, full_px: the part that the JPEG shows of a frame of this width and height; None: it shows all."""

    jpeg: bytes
    roi: Region | None = None
    full_px: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """encode: with the longest side that the JPEG may have, px; None when the picture can't be read."""

    due_s: float
    encode: Callable[[int], Encoded | None]


@dataclass(frozen=True, slots=True)
class Pictures:
    """open: begins at the first picture. recording: known if they are those of a recording. fps: None in that case."""

    open: Callable[[], Iterator[Picture]]
    fps: float | None
    recording: Recording | None = None


def open_pictures(path: Path) -> Pictures:
    """Raises StartupError: there is no such file, it is no video, the folder has no pictures."""
    if not path.exists():
        raise StartupError(f"--video: there is no file or folder {path}")
    if path.is_file():
        video = cv2.VideoCapture(str(path))
        fps, opened = video.get(cv2.CAP_PROP_FPS), video.isOpened() and video.grab()
        video.release()
        if not opened:
            raise StartupError(f"--video: {path} can't be read as a video; OpenCV reads mp4, mkv, webm, avi and mov")
        fps = fps if MIN_FPS <= fps <= MAX_FPS else FOLDER_FPS
        return Pictures(lambda: _of_file(path, fps), fps)
    folder = path.parent if path.name == FRAMES_FOLDER and (path.parent / FRAMES_FILE).is_file() else path
    if (folder / FRAMES_FILE).is_file():
        try:
            recording = read_pictures(folder)
        except RecordingError as problem:
            raise StartupError(f"--video: {problem}") from problem
        if recording.frames:
            return Pictures(lambda: _of_recording(recording), None, recording)
    paths = sorted(file for file in path.iterdir() if file.suffix.lower() in PICTURES)
    if not paths:
        raise StartupError(f"--video: {path} has no pictures (.jpg, .png)")
    return Pictures(lambda: _of_folder(paths), FOLDER_FPS)


def _of_file(path: Path, fps: float) -> Iterator[Picture]:
    video = cv2.VideoCapture(str(path))

    def encode(side_px: int) -> Encoded | None:
        read, picture = video.retrieve()
        return _encoded(np.asarray(picture, np.uint8), side_px) if read else None

    try:
        number = 0
        while video.grab():
            yield Picture(number / fps, encode)
            number += 1
    finally:
        video.release()


def _of_folder(paths: list[Path]) -> Iterator[Picture]:
    for number, path in enumerate(paths):

        def encode(side_px: int, path: Path = path) -> Encoded | None:
            picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
            return None if picture is None else _encoded(np.asarray(picture, np.uint8), side_px)

        yield Picture(number / FOLDER_FPS, encode)


def _of_recording(recording: Recording) -> Iterator[Picture]:
    """Pictures as the camera's page has sent them: each is a region of the camera's frame, and stays as it is."""
    first_ms = recording.frames[0].captured_ms
    for frame in recording.frames:

        def encode(_side_px: int, frame_path: Path = frame.path, roi: Region | None = frame.region,
                   full_px: tuple[int, int] | None = frame.full_px) -> Encoded | None:  # fmt: skip
            try:
                return Encoded(frame_path.read_bytes(), roi, full_px)
            except OSError:
                return None

        yield Picture(max(0.0, (frame.captured_ms - first_ms) / 1000.0), encode)


def _encoded(picture: npt.NDArray[np.uint8], side_px: int) -> Encoded:
    scale = min(1.0, side_px / max(picture.shape[:2]))
    if scale < 1.0:
        size = tuple(max(1, math.floor(side * scale)) for side in (picture.shape[1], picture.shape[0]))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return Encoded(bytes(data.tobytes()))
