"""The reference of the bench: a plain loop of MediaPipe's FaceMesh and the network `accurate`, one frame after another.

    python -m server.bench.plain --size 640x480 --seconds 3

The loop decodes the same whole frames as the server, runs FaceMesh once, cuts face and eyes, and runs the network. It
has no socket, no calibration and no second person to find. It prints one line of JSON: the CPU time of a frame, or null
when MediaPipe is not installed.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models.analyzer import FaceAnalyzer
from models.face.camera import CameraIntrinsics
from models.face.solutions import face_mesh
from models.face.tracking import FaceTrack, Picture
from models.predictor import load_predictor
from server.bench.load import DEMO_FRAMES, parse_size
from server.bench.video import Shot, Size, field_of_view_deg, load_person, moving

WARM_UP_FRAMES = 5


class FaceMeshOnce:
    """A `LandmarkFinder` that runs FaceMesh once for each picture, as its documentation shows."""

    def __init__(self) -> None:
        self._mesh: Any = face_mesh()(max_num_faces=1, refine_landmarks=True)

    def find(self, pictures: Sequence[Picture]) -> list[FaceTrack | None]:
        (picture,) = pictures
        found = self._mesh.process(picture.image).multi_face_landmarks
        if not found:
            return [None]
        height, width = picture.image.shape[:2]
        return [picture.track(np.array([(p.x * width, p.y * height) for p in found[0].landmark], np.float32))]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m server.bench.plain", description=__doc__.split("\n")[0])
    parser.add_argument("--frames", type=Path, default=DEMO_FRAMES, help="folder with the JPEGs of a person")
    parser.add_argument("--size", type=parse_size, default=Size(640, 480))
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args(argv)
    person = load_person(options.frames)
    shots = moving(person, options.size, "whole", [None] * len(person.pictures))
    try:
        analyzer = FaceAnalyzer(finder=FaceMeshOnce(), predictor=load_predictor("cpu", "accurate"))
    except ModuleNotFoundError:
        print(json.dumps(None))
        return 0
    print(json.dumps(cpu_ms_of_a_frame(analyzer, shots, field_of_view_deg(person, options.size), options.seconds)))
    return 0


def cpu_ms_of_a_frame(analyzer: FaceAnalyzer, shots: Sequence[Shot], hfov_deg: float, seconds: float) -> float:
    """CPU time of this process for one frame, mean over the frames of some seconds."""
    full = shots[0].full
    camera = CameraIntrinsics.from_field_of_view(full.width_px, full.height_px, hfov_deg)
    begin_s, used_s, frame = time.perf_counter(), time.process_time(), 0
    while frame < 2 * WARM_UP_FRAMES or time.perf_counter() - begin_s < seconds:
        if frame == WARM_UP_FRAMES:
            begin_s, used_s = time.perf_counter(), time.process_time()
        bgr = cv2.imdecode(np.frombuffer(shots[frame % len(shots)].jpeg, np.uint8), cv2.IMREAD_COLOR)
        image = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
        analyzer.analyze([Picture(image, camera, captured_ms=frame * 33.0)])
        frame += 1
    return 1000.0 * (time.process_time() - used_s) / (frame - WARM_UP_FRAMES)


if __name__ == "__main__":
    raise SystemExit(main())
