"""The tracking of one face as values: a stream hands the track of its last picture to the next one.

Landmarks are found faster and more precisely where the face was in the picture before. A `LandmarkFinder` keeps nothing
between pictures, so any worker can take any picture, and a batch can hold pictures of several people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from models.arrays import FloatArray
from models.face.camera import CameraIntrinsics
from models.face.landmarks import Landmarks, Points, corners_around, middle_of

LandmarksName = Literal["networks", "mediapipe"]

MAX_GAP_MS = 400.0  # in this time a head moves too far for the region of the picture before
MAX_OFF_MIDDLE = 0.2  # of the picture's sides: the page's regions have at least half a face around the face
MAX_MOTION_MS = 100.0  # a head does not move on for longer in one direction at one speed


@dataclass(frozen=True, slots=True, eq=False)
class FaceTrack:
    """The landmarks of a stream's last picture. Can be pickled; 4 kB.

    points_px: (478, 2) float32, x right and y down in pixels of the picture, whose intrinsics are `intrinsics`.
    velocity_px_ms: (2,) how far the middle of the points moved in each millisecond since the picture before.
    """

    points_px: Points
    velocity_px_ms: FloatArray
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
        velocity = np.zeros(2, np.float32)
        recent = self.recent()
        if recent is not None:
            moved = middle_of(points_px) - middle_of(self._seen_here(recent))
            velocity = moved / np.float32(self.captured_ms - recent.captured_ms)
        height, width = self.image.shape[:2]
        return FaceTrack(points_px, velocity, (width, height), self.intrinsics, self.captured_ms)

    def recent(self) -> FaceTrack | None:
        """The track of the picture before, if that is not too long ago."""
        before = self.before
        if before is None or not 0.0 < self.captured_ms - before.captured_ms <= MAX_GAP_MS:
            return None
        return before

    def predicted_points(self) -> Points | None:
        """(478, 2) px: where the face should be in this picture, after the motion that it had. None: not known.

        A new region of the camera shows the face to follow in its middle, and may be meant for another face.
        """
        recent = self.recent()
        if recent is None:
            return None
        scale = self.intrinsics.fx / recent.intrinsics.fx
        elapsed_ms = min(self.captured_ms - recent.captured_ms, MAX_MOTION_MS)
        points: Points = self._seen_here(recent) + recent.velocity_px_ms * np.float32(scale * elapsed_ms)
        if recent.intrinsics != self.intrinsics:
            height, width = self.image.shape[:2]
            middle = np.add(*corners_around(points)) / 2 / [width, height]
            if np.abs(middle - 0.5).max() > MAX_OFF_MIDDLE:
                return None
        return points

    def _seen_here(self, track: FaceTrack) -> Points:
        """(478, 2) px: the track's points in the view of this picture, which may be another region of the camera."""
        if track.intrinsics == self.intrinsics:
            return track.points_px
        there, here = track.intrinsics, self.intrinsics
        scale = np.array([here.fx / there.fx, here.fy / there.fy], np.float32)
        principal = np.array([there.cx, there.cy], np.float32)
        return (track.points_px - principal) * scale + np.array([here.cx, here.cy], np.float32)


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
