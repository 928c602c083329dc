"""Turns rendered faces with labels into arrays for the training loop.

    python -m models.training.prepare --renders var/synth --out var/prepared

Each `labels_*.json` in the folder becomes one folder of `.npy` files (see `ARRAYS`). Existing folders are skipped, so
the command can be stopped, and run again while more people are rendered. The networks' input is computed as at run
time: FaceMesh finds landmarks, and the head pose is estimated from them. Only the labels are the renderer's truth.
Crops are wider than the networks' input, to leave room for augmentation.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from models.face.camera import CameraIntrinsics, vector_to_angles
from models.face.eyes import CROP_EYE_WIDTHS, CROP_SIZE, eye_crop
from models.face.face_model import FACE_CENTRE_MM
from models.face.mesh_landmarks import MeshLandmarks
from models.face.normalize import WINDOW_MM, NormalizedFace, normalize_face
from models.face.pose import HeadPose, estimate_pose
from models.face.tracking import LandmarkFinder, find_alone
from models.training.data_licence import RENDERS, DataLicence, write_licence

log = logging.getLogger(__name__)

FACE_MARGIN = 1.25  # crops show this much more than the networks' input
EYE_MARGIN = 1.5
FACE_PX = 280  # FACE_MARGIN * 224
_RENDERER_AXES = np.diag([1.0, -1.0, -1.0])  # its head frame has y up and z out of the face

ARRAYS = {
    "face": "(280, 280, 3) uint8 RGB, normalised, FACE_MARGIN wider than the network's window",
    "eyes": "(2, 48, 96) uint8 grey, left and right, EYE_MARGIN wider than the network's crop",
    "head": "(3,) rad, estimated head rotation in the normalised camera",
    "centre": "(3,) m, estimated face centre in the real camera",
    "gaze": "(2,) rad, true pitch and yaw of the gaze from the face centre, normalised camera",
    "eye_in_head": "(2,) rad, true pitch and yaw of the eyes relative to the head, mean of both",
    "target": "(2,) dm, the gaze target on the plane z = 0 of the real camera",
    "normalisation": "(3, 3) rotation from the real to the normalised camera",
    "head_angles": "(2,) deg, true head yaw and pitch",
    "person": "int, number of the person",
    "set_up": "int, number of the head pose of the person",
    "glasses": "bool",
    "blink": "0..1, how far a blink has shut the eyelids",
    "skin": "0..1, luminance of the skin's reflectance",
}


class FaceInputs(NamedTuple):
    """The networks' input from an image, and the estimated pose. crops: `face`, `eyes` and `head` of `ARRAYS`."""

    crops: dict[str, Any]
    face: NormalizedFace
    pose: HeadPose


def face_inputs(
    image: npt.NDArray[np.uint8], intrinsics: CameraIntrinsics, finder: LandmarkFinder
) -> FaceInputs | None:
    """image: (H, W, 3) uint8 RGB. None: no face."""
    landmarks = find_alone(finder, image)
    pose = None if landmarks is None else estimate_pose(landmarks, intrinsics)
    if landmarks is None or pose is None:
        return None
    face = normalize_face(image, pose, intrinsics, FACE_PX, WINDOW_MM * FACE_MARGIN)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    size = (round(CROP_SIZE[0] * EYE_MARGIN), round(CROP_SIZE[1] * EYE_MARGIN))
    eyes = [eye_crop(grey, landmarks, left, size, CROP_EYE_WIDTHS * EYE_MARGIN) for left in (True, False)]
    return FaceInputs({"face": face.patch, "eyes": np.stack(eyes), "head": face.head_rotation_vector(pose)}, face, pose)


def prepare_image(image: npt.NDArray[np.uint8], label: dict[str, Any], finder: LandmarkFinder) -> dict[str, Any] | None:
    """One training row (`ARRAYS`) of a render and its label; None if no face is found. image: (H, W, 3) uint8 RGB."""
    k = label["K_crop"]
    intrinsics = CameraIntrinsics(fx=k[0][0], fy=k[1][1], cx=k[0][2], cy=k[1][2])
    inputs = face_inputs(image, intrinsics, finder)
    if inputs is None:
        return None
    head_rotation = np.array(label["R_head"]) @ _RENDERER_AXES
    centre = np.mean(label["eye_centre_m"], axis=0) + head_rotation @ FACE_CENTRE_MM / 1000
    target = np.array(label["target_m"])
    toward = target - centre
    on_plane = centre - toward * centre[2] / toward[2]  # the renderer's targets are a few millimetres off the plane
    return {
        **inputs.crops,
        "centre": inputs.pose.face_centre_mm() / 1000.0,
        "gaze": vector_to_angles(inputs.face.rotation @ toward),
        "eye_in_head": np.radians(label["eye_in_head_deg"]).mean(axis=0)[::-1],
        "target": on_plane[:2] * 10.0,
        "normalisation": inputs.face.rotation,
        "head_angles": np.array(label["head_ypr_deg"][:2]),
        "person": int(label["person"]),
        "set_up": int(label["head_setup"]),
        "glasses": bool(label["glasses"]),
        "blink": float(label["blink"]),
        "skin": float(label["skin_albedo"]),
    }


def prepare_chunk(labels_path: Path, out: Path, finder: LandmarkFinder) -> int:
    """Write all images of one label file to one folder. -> the number of rows."""
    rows = []
    for label in json.loads(labels_path.read_text()):
        encoded = cv2.imread(str(labels_path.parent / label["file"]))
        if encoded is None:
            log.warning("%s: not readable, skipped", label["file"])
            continue
        row = prepare_image(cv2.cvtColor(encoded, cv2.COLOR_BGR2RGB), label, finder)
        if row is not None:
            rows.append(row)
    return write_rows(rows, out, RENDERS)


def write_rows(rows: Iterable[dict[str, Any]], out: Path, licence: DataLicence) -> int:
    """Write a chunk of rows (`ARRAYS`) as a folder, completely or not at all. -> the number of rows."""
    listed = list(rows)
    partial = out.with_name(out.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for name in ARRAYS if listed else ():
        array = np.array([row[name] for row in listed])
        np.save(partial / f"{name}.npy", array.astype(np.float32) if array.dtype == np.float64 else array)
    write_licence(partial, licence)
    partial.rename(out)
    return len(listed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--renders", type=Path, required=True, help="folder with images and labels_*.json")
    parser.add_argument("--out", type=Path, required=True, help="folder for the arrays")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    finder = MeshLandmarks()
    for labels_path in sorted(args.renders.glob("labels*.json")):
        out = args.out / labels_path.stem
        if not out.exists():
            log.info("%s: %d faces", out, prepare_chunk(labels_path, out, finder))


if __name__ == "__main__":
    main()
