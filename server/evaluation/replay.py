"""Analyses the frames of a recorded session with the analyzer of the live pipeline."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from models.analysis import GLARE
from models.face.camera import DEFAULT_HFOV_DEG, CameraIntrinsics
from models.face.jpeg import DamagedJpeg, decode_jpeg
from models.face.tracking import FaceTrack, Picture
from server.evaluation.observations import Observation
from server.gaze.openness import PersonOpenness
from server.protocol.frames import NotAJpeg, check_scans, jpeg_size
from server.recordings.reader import Recording
from server.settings import MAX_FRAME_SIDE_PX

if TYPE_CHECKING:
    from server.inference.engine import Analyzer

_JPEG_START = b"\xff\xd8"
_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_SIZE = struct.Struct(">II")  # at byte 16: width and height


def analyse_session(
    recording: Recording,
    analyzer: Analyzer,
    *,
    hfov_deg: float = DEFAULT_HFOV_DEG,
    on_frame: Callable[[int], None] = lambda _: None,
) -> list[Observation]:
    """One observation for each frame, in order. hfov_deg: used when the recording has none."""
    observations = []
    track: FaceTrack | None = None
    openness = PersonOpenness()
    for number, frame in enumerate(recording.frames, start=1):
        image = read_image(frame.path)
        if image is None:
            observations.append(Observation(frame, "broken"))
        else:
            width, height = frame.full_px or (image.shape[1], image.shape[0])
            intrinsics = CameraIntrinsics.from_field_of_view(width, height, recording.hfov_deg or hfov_deg)
            if frame.region is not None:  # the page sends only the region of the face
                intrinsics = intrinsics.for_region(
                    frame.region, image_width_px=image.shape[1], image_height_px=image.shape[0]
                )
            (analyzed,) = analyzer.analyze([Picture(image, intrinsics, frame.captured_ms, before=track)])
            analysis, shut = openness.judged(analyzed.analysis, frame.captured_ms)
            track = analyzed.track
            blocks = analysis.features.blocks() if analysis.features is not None else None
            status = "eyes_closed" if shut.one else analysis.status
            glare = analysis.glare >= GLARE
            observations.append(Observation(frame, status, blocks, analysis.distance_mm, glare, (width, height)))
        on_frame(number)
    return observations


def read_image(path: Path) -> npt.NDArray[np.uint8] | None:
    """(H, W, 3) uint8 RGB, rotated by its EXIF data. None when it is damaged, can't be decoded or is too large."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    try:
        if max(_size(data)) > MAX_FRAME_SIDE_PX:
            return None
        if data.startswith(_JPEG_START):
            check_scans(data)
            decode_jpeg(data)  # OpenCV, which turns the picture by its EXIF data, does not report damage
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except (NotAJpeg, DamagedJpeg, cv2.error):
        return None
    if image is None:
        return None
    rgb: npt.NDArray[np.uint8] = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    return rgb


def _size(data: bytes) -> tuple[int, int]:
    """Width and height, from the header. Raises NotAJpeg for all but JPEG and PNG.

    A recording may come from another machine, and OpenCV decodes twenty formats, whatever the name says.
    """
    if data.startswith(_PNG_START) and len(data) >= 16 + _PNG_SIZE.size:
        width, height = _PNG_SIZE.unpack_from(data, 16)
        return int(width), int(height)
    size = jpeg_size(data)
    return size.width_px, size.height_px
