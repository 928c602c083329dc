"""The tracking of one face as values: a stream hands the track of its last picture to the next one.

Landmarks are found faster and more precisely where the face was in the picture before. A `LandmarkFinder` keeps nothing
between pictures, so any worker can take any picture, and a batch can hold pictures of several people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.face.camera import CameraIntrinsics
from models.face.landmarks import Landmarks, Points

MAX_GAP_MS = 400.0  # in this time a head moves too far for the region of the picture before


@dataclass(frozen=True, slots=True, eq=False)
class FaceTrack:
    """The landmarks of a stream's last picture. Can be pickled; 4 kB.

    points_px: (478, 2) float32, x right and y down in pixels of the picture, whose intrinsics are `intrinsics`.
    """

    points_px: Points
    image_px: tuple[int, int]  # width, height
    intrinsics: CameraIntrinsics
    captured_ms: float

    @property
    def landmarks(self) -> Landmarks:
        return Landmarks(self.points_px)


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One picture of a stream.

    image: (H, W, 3) uint8 RGB. intrinsics: those of this image (see `CameraIntrinsics.for_region`). before: the track
    of the stream's last picture, if that showed a face.
    """

    image: npt.NDArray[np.uint8]
    intrinsics: CameraIntrinsics
    captured_ms: float
    before: FaceTrack | None = None

    def track(self, points_px: Points) -> FaceTrack:
        """The track for the stream's next picture. points_px: (478, 2), the landmarks found in this one."""
        height, width = self.image.shape[:2]
        return FaceTrack(points_px, (width, height), self.intrinsics, self.captured_ms)

    def points_before(self) -> Points | None:
        """(478, 2) px: where the face was in the picture before, if that one was recent and had the same view."""
        before = self.before
        if before is None or not 0.0 < self.captured_ms - before.captured_ms <= MAX_GAP_MS:
            return None
        height, width = self.image.shape[:2]
        same_view = before.image_px == (width, height) and before.intrinsics == self.intrinsics
        return before.points_px if same_view else None


class LandmarkFinder(Protocol):
    """Finds the landmarks of the most prominent face of each picture. Not thread-safe."""

    def find(self, pictures: Sequence[Picture]) -> list[FaceTrack | None]:
        """One track for each picture, in their order. None: no face."""
        ...


def find_alone(finder: LandmarkFinder, image: npt.NDArray[np.uint8]) -> Landmarks | None:
    """The landmarks of a single picture, (H, W, 3) uint8 RGB. None: no face."""
    camera = CameraIntrinsics.from_field_of_view(image.shape[1], image.shape[0])
    (track,) = finder.find([Picture(image, camera, captured_ms=0.0)])
    return None if track is None else track.landmarks
