"""MPIIFaceGaze (Zhang et al. 2017) as training rows.

    python -m models.datasets.mpiifacegaze --root MPIIFaceGaze --out var/mpiifacegaze

The published layout: pNN/pNN.txt, pNN/Calibration/Camera.mat, pNN/dayMM/*.jpg. A line of pNN.txt holds the picture;
gaze on the screen in pixels (2); six facial landmarks (12); head rotation and translation (6); face centre (3) and gaze
target (3) in the camera frame, mm; and the eye that the evaluation subset uses. Only picture, face centre and target
are read, because this project normalises with its own landmarks. Directions are vectors, so the opposite sign of yaw in
the data set's papers does not matter. The data set's licence allows non-commercial use only. The same holds for weights
trained on it, and their header says so.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import scipy.io

from models.datasets.rows import DatasetError, row_of
from models.datasets.text import read_text
from models.face.camera import CameraIntrinsics
from models.face.mesh_landmarks import MeshLandmarks
from models.face.tracking import LandmarkFinder
from models.training.data_licence import MPIIFACEGAZE
from models.training.prepare import write_rows

_FIELDS = 28
_CENTRE, _TARGET = slice(21, 24), slice(24, 27)


def camera_of(person: Path) -> CameraIntrinsics:
    """The camera of one person. Distortion is ignored: on these faces it is below a pixel. Raises DatasetError."""
    path = person / "Calibration" / "Camera.mat"
    try:
        matrix = scipy.io.loadmat(path)["cameraMatrix"]
    except (OSError, KeyError, ValueError) as error:
        raise DatasetError(f"{path}: no camera matrix ({error})") from error
    return CameraIntrinsics(fx=matrix[0, 0], fy=matrix[1, 1], cx=matrix[0, 2], cy=matrix[1, 2])


def rows_of(person: Path, number: int, finder: LandmarkFinder) -> Iterator[dict[str, Any]]:
    """All usable pictures of one person. Raises DatasetError for a file that differs from the published layout."""
    intrinsics = camera_of(person)
    listing = person / f"{person.name}.txt"
    if not listing.is_file():
        raise DatasetError(f"{listing}: no such file")
    for line_number, line in enumerate(read_text(listing).splitlines(), start=1):
        fields = line.split()
        if not fields:
            continue
        if len(fields) < _FIELDS - 1:
            raise DatasetError(f"{listing}, line {line_number}: {len(fields)} fields, expected {_FIELDS}")
        try:
            centre, target = (np.array([float(v) for v in fields[part]]) for part in (_CENTRE, _TARGET))
        except ValueError as error:
            raise DatasetError(f"{listing}, line {line_number}: {error}") from error
        bgr = cv2.imread(str(person / fields[0]))
        if bgr is None:
            raise DatasetError(f"{person / fields[0]}: not a picture (line {line_number} of {listing.name})")
        image = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
        row = row_of(image, intrinsics, finder, target, number, centre_mm=centre)
        if row is not None:
            yield row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    people = sorted(path for path in args.root.glob("p[0-9][0-9]") if path.is_dir())
    if not people:
        raise SystemExit(f"error: {args.root} has no folders p00, p01, ...")
    finder = MeshLandmarks()
    for number, person in enumerate(people):
        out = args.out / person.name
        if out.exists():
            continue
        try:
            written = write_rows(rows_of(person, number, finder), out, MPIIFACEGAZE)
            print(f"{person.name}: {written} pictures", flush=True)
        except DatasetError as error:
            raise SystemExit(f"error: {error}") from error


if __name__ == "__main__":
    main()
