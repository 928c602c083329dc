"""Face landmarks from MediaPipe FaceMesh with iris refinement (478 points).

FaceMesh crops the face by the landmarks of the frame before, which is what makes it fast. The price: on the first
frame after a jump the crop comes from the coarse face detector, or from where the face was, and the points lie about
a pixel off. So after a jump (a time gap, another image size, another region of the camera) the same image goes
through a few times; the first pass may also lose the old place, which makes the next one search the whole image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

N_LANDMARKS = 478
RIGHT_EYE_CORNERS = (33, 133)  # the person's own right eye: outer, inner
LEFT_EYE_CORNERS = (263, 362)
RIGHT_LIDS = ((159, 145), (158, 153), (160, 144))  # pairs: upper, lower
LEFT_LIDS = ((386, 374), (385, 380), (387, 373))
RIGHT_IRIS = slice(468, 473)  # centre, then four on the rim
LEFT_IRIS = slice(473, 478)

_MAX_GAP_MS = 400.0  # a head moves too far in this time for the crop of the frame before to be of use
_PASSES_AFTER_JUMP = 4  # the points move by 0.7, 0.3, 0.16 px from pass to pass at 320 px; then by noise


@dataclass(frozen=True, slots=True)
class Landmarks:
    """points_px: (478, 2) float32, x right and y down in pixels of the image they were found in."""

    points_px: npt.NDArray[np.float32]


class LandmarkDetector(Protocol):
    """Finds the landmarks of the most prominent face; keeps state from frame to frame of one stream."""

    def detect(
        self, image: npt.NDArray[np.uint8], captured_ms: float, *, view_changed: bool = False
    ) -> Landmarks | None:
        """image: (H, W, 3) uint8 RGB. view_changed: it shows another region than the image before. None: no face."""
        ...

    def close(self) -> None: ...


class MediaPipeDetector:
    """`LandmarkDetector` on MediaPipe's FaceMesh, whose models are part of its wheel."""

    def __init__(self, *, min_confidence: float = 0.5) -> None:
        from mediapipe.python.solutions.face_mesh import FaceMesh  # takes a second: only when needed

        self._mesh: Any = FaceMesh(
            static_image_mode=False,
            max_num_faces=1,
            refine_landmarks=True,
            min_detection_confidence=min_confidence,
            min_tracking_confidence=min_confidence,
        )
        self._last: tuple[float, tuple[int, ...]] | None = None

    def detect(
        self, image: npt.NDArray[np.uint8], captured_ms: float, *, view_changed: bool = False
    ) -> Landmarks | None:
        jumped = (
            view_changed
            or self._last is None
            or self._last[1] != image.shape
            or not 0.0 <= captured_ms - self._last[0] <= _MAX_GAP_MS
        )
        self._last = None
        found = None
        for _ in range(_PASSES_AFTER_JUMP if jumped else 1):
            found = self._mesh.process(image).multi_face_landmarks
        if not found:
            return None
        self._last = (captured_ms, image.shape)
        height, width = image.shape[:2]
        points = np.array([(p.x * width, p.y * height) for p in found[0].landmark], np.float32)
        return Landmarks(points)  # (478, 2)

    def close(self) -> None:
        self._mesh.close()
