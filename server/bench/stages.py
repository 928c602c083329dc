"""CPU time of each stage of a frame's analysis, as a worker does it: `python -m server.bench.stages --size 640x480`.

The pictures are those of the bench's cameras, one after another, so the face is followed as in a stream. What follows
in the main process (session, gaze, events, sockets) is the column "main process" of the bench's table.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from models.analyzer import FaceAnalyzer
from models.arrays import FloatArray
from models.face.camera import Box, CameraIntrinsics
from models.face.jpeg import decode_jpeg
from models.face.mesh_landmarks import MeshLandmarks
from models.face.tracking import FaceTrack, LandmarkFinder, Picture
from models.predictor import DEFAULT_NETWORK, NETWORK_NAMES, GazePredictor, NetworkOutput, load_predictor
from server.bench.load import DEMO_FRAMES, parse_size
from server.bench.video import Mode, Person, Shot, Size, field_of_view_deg, load_person, moving, still

WARM_UP_FRAMES = 10
REST = "pose, crops and features"
STAGES = ("decoding", "landmarks", REST, "network")


class Stopwatch:
    """CPU time of this thread by stage. A stage that runs inside another one is taken off that one."""

    def __init__(self) -> None:
        self.used_s: dict[str, float] = defaultdict(float)

    def run(self, stage: str, work: Any, *arguments: Any, inside: str | None = None) -> Any:
        begin_s = time.thread_time()
        result = work(*arguments)
        used_s = time.thread_time() - begin_s
        self.used_s[stage] += used_s
        if inside is not None:
            self.used_s[inside] -= used_s
        return result


class TimedFinder:
    """A `LandmarkFinder` whose time is measured."""

    def __init__(self, finder: LandmarkFinder, watch: Stopwatch) -> None:
        self._finder, self._watch = finder, watch

    def find(self, pictures: Sequence[Picture]) -> list[FaceTrack | None]:
        found: list[FaceTrack | None] = self._watch.run("landmarks", self._finder.find, pictures, inside=REST)
        return found


class TimedPredictor:
    """A `GazePredictor` whose time is measured."""

    def __init__(self, predictor: GazePredictor, watch: Stopwatch) -> None:
        self._predictor, self._watch = predictor, watch

    @property
    def face_px(self) -> int:
        return self._predictor.face_px

    def predict(
        self, faces: npt.NDArray[np.uint8], eyes: npt.NDArray[np.uint8], head_rotations_rad: FloatArray
    ) -> NetworkOutput:
        inputs = (faces, eyes, head_rotations_rad)
        output: NetworkOutput = self._watch.run("network", self._predictor.predict, *inputs, inside=REST)
        return output


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m server.bench.stages", description=__doc__.split("\n")[0])
    parser.add_argument("--frames", type=Path, default=DEMO_FRAMES, help="folder with the JPEGs of a person")
    parser.add_argument("--size", type=parse_size, default=Size(640, 480))
    parser.add_argument("--mode", choices=get_args(Mode), default="region")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--network", choices=NETWORK_NAMES, default=DEFAULT_NETWORK)
    options = parser.parse_args(argv)
    person, watch = load_person(options.frames), Stopwatch()
    predictor = load_predictor("cpu", options.network)
    analyzer = FaceAnalyzer(finder=TimedFinder(MeshLandmarks(), watch), predictor=TimedPredictor(predictor, watch))
    shots = moving(person, options.size, options.mode, face_boxes(analyzer, person, options.size))
    print(json.dumps(stage_ms(analyzer, shots, camera_of(person, options.size), watch, options.seconds)))
    return 0


def camera_of(person: Person, size: Size) -> CameraIntrinsics:
    """The camera whose frames of this size show the person."""
    return CameraIntrinsics.from_field_of_view(size.width_px, size.height_px, field_of_view_deg(person, size))


def face_boxes(analyzer: FaceAnalyzer, person: Person, size: Size) -> list[Box | None]:
    """The face in each picture of the person, in 0..1 of the camera's frame."""
    camera, boxes = camera_of(person, size), []
    for number in range(len(person.pictures)):
        image = decode_jpeg(still(person, number, size).jpeg)
        (found,) = analyzer.analyze([Picture(image, camera, captured_ms=0.0)])
        boxes.append(found.analysis.face_box)
    return boxes


def stage_ms(
    analyzer: FaceAnalyzer, shots: Sequence[Shot], camera: CameraIntrinsics, watch: Stopwatch, seconds: float
) -> dict[str, float]:
    """CPU time of each of STAGES for one frame, ms."""
    track, begin_s, frame = None, time.perf_counter(), 0
    while frame < 2 * WARM_UP_FRAMES or time.perf_counter() - begin_s < seconds:
        if frame == WARM_UP_FRAMES:
            watch.used_s.clear()
        shot = shots[frame % len(shots)]
        image = watch.run("decoding", decode_jpeg, shot.jpeg)
        view = camera.for_region(shot.roi, image_width_px=image.shape[1], image_height_px=image.shape[0])
        picture = Picture(image, view, captured_ms=frame * 33.0, before=track)
        (found,) = watch.run(REST, analyzer.analyze, [picture])
        track = found.track
        frame += 1
    return {stage: round(1000.0 * watch.used_s[stage] / (frame - WARM_UP_FRAMES), 2) for stage in STAGES}


if __name__ == "__main__":
    raise SystemExit(main())
