"""The pictures of a camera in the bench: a person who looks at one place after another and moves the head all the time.

1. A folder of pictures is the person; of a recorded session, each picture has the place that the person looks at.
2. `moving` shows a few of them in a loop. Each picture is shifted, scaled and turned a little further than the one
   before, as a head moves, so the server must follow the face.
3. `Shot`s are what a page sends of it: the whole frame, or the region around the face (web/core/region.js).
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from models.face.camera import Box, Region
from server.settings import OVERVIEW_SIDE_PX

Mode = Literal["whole", "region"]
Picture = npt.NDArray[np.uint8]  # (H, W, 3) BGR
Matrix = npt.NDArray[np.float64]  # (2, 3) from pixels of a picture of the person to pixels of the camera's frame

LOOP_FRAMES = 120
PLACES = 6  # that the person looks at in one loop
SHIFT = 0.04  # of the frame's sides, to each side
SCALE = 0.05
TURN_DEG = 4.0
QUALITY = 90  # of the page's JPEGs
MAX_SENT_PX = 640  # longer side of the page's JPEGs of a region
REGION_OVER_FACE = 2.2
INNER_MARGIN = 0.1


@dataclass(frozen=True, slots=True)
class Size:
    width_px: int
    height_px: int

    def __str__(self) -> str:
        return f"{self.width_px}x{self.height_px}"


@dataclass(frozen=True, slots=True)
class Shot:
    """A frame as it is sent. full: the size of the camera's frame, which the region `roi` is a part of.

    overview: the camera's frame, scaled down for counting faces.
    """

    jpeg: bytes
    roi: Region
    full: Size
    overview: bytes


@dataclass(frozen=True, slots=True)
class Person:
    """Pictures of one person. places: where the person looks, in 0..1 of the screen; empty when that is unknown."""

    pictures: tuple[Picture, ...]
    places: tuple[tuple[float, float], ...]
    hfov_deg: float


def load_person(folder: Path) -> Person:
    """A session folder's calibration, or all JPEGs of a folder. Raises ValueError if there is none."""
    session = folder.parent / "session.json"
    if folder.name == "frames" and session.is_file():
        about = json.loads(session.read_text(encoding="utf-8"))
        with (folder.parent / "frames.csv").open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["phase"] == "calibrate"]
        width_px, height_px = about["screen"]["width_px"], about["screen"]["height_px"]
        places = tuple((float(row["target_x_px"]) / width_px, float(row["target_y_px"]) / height_px) for row in rows)
        return Person(_read([folder / row["frame"] for row in rows]), places, about["camera"]["hfov_deg"])
    return Person(_read(sorted(folder.glob("*.jpg"))), (), 60.0)


def _read(paths: Sequence[Path]) -> tuple[Picture, ...]:
    if not paths:
        raise ValueError("there is no .jpg in the folder")
    pictures = []
    for path in paths:
        picture = cv2.imread(str(path))
        if picture is None:
            raise ValueError(f"{path} is not a readable picture")
        pictures.append(np.asarray(picture, np.uint8))
    return tuple(pictures)


def field_of_view_deg(person: Person, full: Size) -> float:
    """Of the camera whose frames are the person's pictures, scaled to the frame's height."""
    height_px, width_px = person.pictures[0].shape[:2]
    focal = width_px / 2 / math.tan(math.radians(person.hfov_deg) / 2) * full.height_px / height_px
    return math.degrees(2 * math.atan(full.width_px / 2 / focal))


def placed(person: Person, number: int, full: Size, motion: float | None = None) -> tuple[Picture, Matrix]:
    """Picture `number` in the camera's frame. motion: 0..1, how much of the loop has passed; None: unmoved."""
    picture = person.pictures[number]
    height_px, width_px = picture.shape[:2]
    turn = 0.0 if motion is None else 2 * math.pi * motion
    zoom = full.height_px / height_px * (1 + SCALE * math.sin(2 * turn))
    matrix = cv2.getRotationMatrix2D((width_px / 2, height_px / 2), TURN_DEG * math.sin(3 * turn), zoom)
    matrix[:, 2] += (full.width_px - width_px) / 2, (full.height_px - height_px) / 2
    matrix[:, 2] += SHIFT * full.width_px * math.sin(turn), SHIFT * full.height_px * math.sin(2 * turn)
    moved = cv2.warpAffine(picture, matrix, (full.width_px, full.height_px), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8), np.asarray(matrix, np.float64)


def still(person: Person, number: int, full: Size) -> Shot:
    """The whole frame with the unmoved person, for the calibration."""
    return whole(placed(person, number, full)[0])


def moving(person: Person, full: Size, mode: Mode, boxes: Sequence[Box | None]) -> tuple[Shot, ...]:
    """The frames of one loop.

    boxes: the face in `still` of each picture, or None. A picture without it is left out of regions.
    """
    shots, roi = [], None
    for picture, matrix, number in _loop(person, full, [box is not None or mode == "whole" for box in boxes]):
        box = boxes[number]
        if mode == "whole" or box is None:
            shots.append(whole(picture))
            continue
        face = _moved_box(box, placed(person, number, full)[1], matrix, full)
        if roi is None or not _fits(roi, face, full):
            roi = _around(face, full)
        shots.append(_cut(picture, roi))
    return tuple(shots)


def _loop(person: Person, full: Size, usable: Sequence[bool]) -> Iterator[tuple[Picture, Matrix, int]]:
    numbers = [number for number, is_usable in enumerate(usable) if is_usable]
    if not numbers:
        raise ValueError("the server found no face in the pictures")
    shown = [numbers[len(numbers) * place // PLACES] for place in range(PLACES)]
    for frame in range(LOOP_FRAMES):
        number = shown[frame * PLACES // LOOP_FRAMES]
        yield *placed(person, number, full, frame / LOOP_FRAMES), number


def whole(picture: Picture) -> Shot:
    height_px, width_px = picture.shape[:2]
    full = Size(width_px, height_px)
    return Shot(_encoded(picture), Region(0, 0, width_px, height_px), full, _encoded(picture, OVERVIEW_SIDE_PX))


def _cut(picture: Picture, roi: Region) -> Shot:
    part = picture[roi.y : roi.y + roi.height, roi.x : roi.x + roi.width]
    full = Size(picture.shape[1], picture.shape[0])
    return Shot(_encoded(part, MAX_SENT_PX), roi, full, _encoded(picture, OVERVIEW_SIDE_PX))


def _encoded(picture: Picture, side_px: int | None = None) -> bytes:
    """A JPEG, scaled so that its longer side has at most `side_px`."""
    scale = 1.0 if side_px is None else min(1.0, side_px / max(picture.shape[:2]))
    if scale < 1.0:
        picture = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return bytes(data.tobytes())


def _moved_box(box: Box, before: Matrix, after: Matrix, full: Size) -> Box:
    """A box in 0..1 of the frame that `before` made, in the frame that `after` makes."""
    zoom = math.sqrt(abs(np.linalg.det(after[:, :2]) / np.linalg.det(before[:, :2])))
    centre = np.array([(box[0] + box[2] / 2) * full.width_px, (box[1] + box[3] / 2) * full.height_px])
    in_picture = np.linalg.solve(before[:, :2], centre - before[:, 2])
    x, y = after[:, :2] @ in_picture + after[:, 2]
    width, height = box[2] * zoom, box[3] * zoom
    return float(x / full.width_px - width / 2), float(y / full.height_px - height / 2), width, height


def _around(box: Box, full: Size) -> Region:
    """`regionAround` of web/core/region.js."""
    side = REGION_OVER_FACE * max(box[2] * full.width_px, box[3] * full.height_px)
    width, height = (max(16, min(most, round(side))) for most in (full.width_px, full.height_px))
    x = round((box[0] + box[2] / 2) * full.width_px - width / 2)
    y = round((box[1] + box[3] / 2) * full.height_px - height / 2)
    return Region(max(0, min(full.width_px - width, x)), max(0, min(full.height_px - height, y)), width, height)


def _fits(roi: Region, box: Box, full: Size) -> bool:
    """`stillFits` of web/core/region.js, without the size: the person stays at one distance."""
    left, top = box[0] * full.width_px - roi.x, box[1] * full.height_px - roi.y
    right = roi.width - left - box[2] * full.width_px
    bottom = roi.height - top - box[3] * full.height_px
    wide, high = INNER_MARGIN * roi.width, INNER_MARGIN * roi.height
    return (
        (left >= wide or roi.x == 0)
        and (top >= high or roi.y == 0)
        and (right >= wide or roi.x + roi.width == full.width_px)
        and (bottom >= high or roi.y + roi.height == full.height_px)
    )
