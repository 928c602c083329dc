"""Face landmarks from MediaPipe FaceMesh with iris refinement (478 points).

FaceMesh is fast because it crops the face by the landmarks of the previous image. Its points depend on the crop: when
the face has moved, they are off by up to a pixel. So an image passes through FaceMesh again until its points stay:
1. A still head in a stream needs one pass, a moving head two.
2. After a jump (a time gap, another image size, another region of the camera) at least two passes are needed.
3. If a pass finds no face, the next one searches the whole image. After two such passes there is no face.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from models.face.solutions import face_mesh

N_LANDMARKS = 478
RIGHT_EYE_CORNERS = (33, 133)  # the person's own right eye: outer, inner
LEFT_EYE_CORNERS = (263, 362)
RIGHT_LIDS = ((159, 145), (158, 153), (160, 144))  # pairs: upper, lower
LEFT_LIDS = ((386, 374), (385, 380), (387, 373))
RIGHT_IRIS = slice(468, 473)  # centre, then four on the rim
LEFT_IRIS = slice(473, 478)

_MAX_GAP_MS = 400.0  # in this time a head moves too far for the crop of the previous frame
_MAX_PASSES = 4  # after a jump, passes move the points by 0.7, 0.3, 0.16 px at 320 px, then by noise
_SETTLED = 0.003  # of the face's width, mean over the points; noise alone is about 0.001


Points = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Landmarks:
    """points_px: (478, 2) float32, x right and y down in pixels of their image."""

    points_px: Points


class LandmarkDetector(Protocol):
    """Finds the landmarks of the most prominent face, and keeps state between the frames of one stream."""

    def detect(
        self, image: npt.NDArray[np.uint8], captured_ms: float, *, view_changed: bool = False
    ) -> Landmarks | None:
        """image: (H, W, 3) uint8 RGB. view_changed: it shows another region than the previous image. None: no face."""
        ...

    def close(self) -> None: ...


class MediaPipeDetector:
    """`LandmarkDetector` on MediaPipe's FaceMesh, whose models are part of its wheel."""

    def __init__(self, *, min_confidence: float = 0.5) -> None:
        self._mesh: Any = face_mesh()(
            static_image_mode=False,
            max_num_faces=1,
            refine_landmarks=True,
            min_detection_confidence=min_confidence,
            min_tracking_confidence=min_confidence,
        )
        self._last: tuple[float, tuple[int, ...], Points] | None = None

    def detect(
        self, image: npt.NDArray[np.uint8], captured_ms: float, *, view_changed: bool = False
    ) -> Landmarks | None:
        before = self._points_before(image, captured_ms, view_changed)
        self._last = None
        missed = False
        for _ in range(_MAX_PASSES):
            points = self._one_pass(image)
            if points is None and missed:
                return None
            settled = points is not None and before is not None and _shift(points, before) < _SETTLED
            missed, before = points is None, points
            if settled:
                break
        if before is None:
            return None
        self._last = (captured_ms, image.shape, before)
        return Landmarks(before)

    def _points_before(self, image: npt.NDArray[np.uint8], captured_ms: float, view_changed: bool) -> Points | None:
        """The points by which FaceMesh crops, if they are valid for this image."""
        if self._last is None or view_changed:
            return None
        last_ms, shape, points = self._last
        return points if shape == image.shape and 0.0 < captured_ms - last_ms <= _MAX_GAP_MS else None

    def _one_pass(self, image: npt.NDArray[np.uint8]) -> Points | None:
        found = self._mesh.process(image).multi_face_landmarks
        if not found:
            return None
        height, width = image.shape[:2]
        return np.array([(p.x * width, p.y * height) for p in found[0].landmark], np.float32)  # (478, 2)

    def close(self) -> None:
        self._mesh.close()


def _shift(points: Points, before: Points) -> float:
    """Mean distance between two sets of points over the width of the face."""
    distance = float(np.linalg.norm(points - before, axis=1).mean())
    return distance / max(float(np.ptp(points[:, 0])), 1.0)
