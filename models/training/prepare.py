"""Rendered faces with labels -> arrays that the training loop reads.

    python -m models.training.prepare --renders var/renders --out var/prepared

Each `labels*.json` in the folder becomes one `.npz`; those that exist already are skipped, so the command resumes.
What the networks see at run time is made here in the same way: landmarks are FaceMesh's, head pose is estimated from
them. Only the labels are the renderer's truth. Crops are wider than the networks' input, room for augmentation.
"""

from __future__ import annotations

import argparse
import json
import logging
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from models.angles import vector_to_angles
from models.camera import CameraIntrinsics
from models.eyes import CROP_EYE_WIDTHS, CROP_SIZE, eye_crop
from models.face_model import FACE_CENTRE_MM
from models.landmarks import MediaPipeDetector
from models.normalize import WINDOW_MM, normalize_face
from models.pose import estimate_pose

log = logging.getLogger(__name__)

FACE_MARGIN = 1.25  # crops show this much more than the networks' input
EYE_MARGIN = 1.5
FACE_PX = 140  # FACE_MARGIN * 112
_RENDERER_AXES = np.diag([1.0, -1.0, -1.0])  # its head frame has y up and z out of the face


def prepare_image(
    image: npt.NDArray[np.uint8], label: dict[str, Any], detector: MediaPipeDetector
) -> dict[str, Any] | None:
    """One training row, or None when no face is found. image: (H, W, 3) uint8 RGB."""
    k = label["K_crop"]
    intrinsics = CameraIntrinsics(fx=k[0][0], fy=k[1][1], cx=k[0][2], cy=k[1][2])
    landmarks = detector.detect(image, 0.0, view_changed=True)  # every render is somebody else
    pose = None if landmarks is None else estimate_pose(landmarks, intrinsics)
    if landmarks is None or pose is None:
        return None
    face = normalize_face(image, pose, intrinsics, FACE_PX, WINDOW_MM * FACE_MARGIN)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    size = (round(CROP_SIZE[0] * EYE_MARGIN), round(CROP_SIZE[1] * EYE_MARGIN))
    eyes = [eye_crop(grey, landmarks, left, size, CROP_EYE_WIDTHS * EYE_MARGIN) for left in (True, False)]
    head_rotation = np.array(label["R_head"]) @ _RENDERER_AXES
    centre = np.mean(label["eye_centre_m"], axis=0) + head_rotation @ FACE_CENTRE_MM / 1000
    gaze = np.array(label["target_m"]) - centre
    eye_in_head = np.radians(label["eye_in_head_deg"])  # (2, 2): left, right; yaw, pitch
    return {
        "face": face.patch,
        "face_angles": vector_to_angles(face.rotation @ gaze),
        "eyes": np.stack(eyes),
        "eye_angles": eye_in_head.mean(axis=0)[::-1],
        "head_rotation": pose.rotation_vector(),
        "head_angles": np.radians(label["head_ypr_deg"]),
        "glasses": bool(label["glasses"]),
        "blink": float(label["blink"]),
        "person": [int(v) for v in label["seed"]],
    }


def prepare_chunk(labels_path: Path, out_path: Path, detector: MediaPipeDetector) -> int:
    """All images of one label file -> one `.npz`. Returns the number of rows written."""
    rows = []
    for label in json.loads(labels_path.read_text()):
        encoded = cv2.imread(str(labels_path.parent / label["file"]))
        if encoded is None:
            log.warning("%s: not readable, skipped", label["file"])
            continue
        row = prepare_image(cv2.cvtColor(encoded, cv2.COLOR_BGR2RGB), label, detector)
        if row is not None:
            rows.append(row)
    arrays = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    with out_path.with_suffix(".tmp").open("wb") as file:
        np.savez(file, **{n: a.astype(np.float32) if a.dtype == np.float64 else a for n, a in arrays.items()})
    out_path.with_suffix(".tmp").rename(out_path)
    return len(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--renders", type=Path, required=True, help="folder with images and labels*.json")
    parser.add_argument("--out", type=Path, required=True, help="folder for the .npz files")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    args.out.mkdir(parents=True, exist_ok=True)
    detector = MediaPipeDetector()
    for labels_path in sorted(args.renders.glob("labels*.json")):
        out_path = args.out / f"{labels_path.stem}.npz"
        if not out_path.exists():
            log.info("%s: %d faces", out_path, prepare_chunk(labels_path, out_path, detector))
    detector.close()


if __name__ == "__main__":
    main()
