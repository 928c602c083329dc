"""The project's own session folders as training rows: the input of `python -m server evaluate`.

    python -m models.datasets.recordings SESSION ... --out var/recorded

A direction needs the screen's size in millimetres (screen.width_mm in session.json). The camera is assumed to be above
the middle of the screen's top edge and to point along the screen's normal, as everywhere in this project.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

import cv2
import numpy as np

from models.datasets.rows import DatasetError, row_of
from models.datasets.session_layout import FRAMES_FILE, FRAMES_FOLDER, REGION_COLUMNS, SESSION_FILE
from models.datasets.text import read_text, table
from models.face.camera import CAMERA_ABOVE_SCREEN_MM, DEFAULT_HFOV_DEG, CameraIntrinsics, Region
from models.face.mesh_landmarks import MeshLandmarks
from models.face.tracking import LandmarkFinder
from models.training.data_licence import RECORDINGS
from models.training.prepare import write_rows


def rows_of(session: Path, finder: LandmarkFinder) -> Iterator[dict[str, Any]]:
    """All frames with a target and a face. Raises DatasetError for a folder that is not usable."""
    try:
        about = json.loads(read_text(session / SESSION_FILE))
        screen = about["screen"]
        width_px = float(screen["width_px"])
        width_mm = screen.get("width_mm")
        hfov_deg = (about.get("camera") or {}).get("hfov_deg") or DEFAULT_HFOV_DEG
        person = crc32(str(about["person"]).encode()) % 1_000_000
        frames = list(table(read_text(session / FRAMES_FILE)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{session}: not a session folder ({type(error).__name__}: {error})") from error
    if not width_mm:
        raise DatasetError(f"{session}/{SESSION_FILE}: screen.width_mm is needed to place targets in space")
    mm = float(width_mm) / width_px
    for frame in frames:
        if not frame.get("target_x_px") or not frame.get("target_y_px"):
            continue
        path = session / frame["frame"]
        bgr = cv2.imread(str(path if path.is_file() else session / FRAMES_FOLDER / frame["frame"]))
        if bgr is None:
            continue
        x, y = float(frame["target_x_px"]), float(frame["target_y_px"])
        # The camera's x axis points to the screen's left.
        target = np.array([(width_px / 2 - x) * mm, y * mm + CAMERA_ABOVE_SCREEN_MM, 0.0])
        intrinsics = _intrinsics(frame, bgr.shape[1], bgr.shape[0], hfov_deg)
        row = row_of(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), intrinsics, finder, target, person)
        if row is not None:
            yield row


def _intrinsics(frame: Mapping[str, str], width: int, height: int, hfov_deg: float) -> CameraIntrinsics:
    """Intrinsics of the image, which may be a part of the camera's full picture."""
    if not any(frame.get(name) for name in REGION_COLUMNS):
        return CameraIntrinsics.from_field_of_view(width, height, hfov_deg)
    *region, full_width, full_height = (int(frame[name]) for name in REGION_COLUMNS)
    full = CameraIntrinsics.from_field_of_view(full_width, full_height, hfov_deg)
    return full.for_region(Region(*region), image_width_px=width, image_height_px=height)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sessions", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    for session in args.sessions:
        out = args.out / session.resolve().name
        if out.exists():
            continue
        finder = MeshLandmarks()
        try:
            print(f"{session}: {write_rows(rows_of(session, finder), out, RECORDINGS)} frames", flush=True)
        except DatasetError as error:
            raise SystemExit(f"error: {error}") from error


if __name__ == "__main__":
    main()
