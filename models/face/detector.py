"""Face detection: the boxes of all faces in a picture, by MediaPipe's detector (its model is part of the wheel).

It is for small pictures of the camera's whole frame. Of MediaPipe's two models, it uses the one for faces up to five
metres away. This model takes three times as long as the short-range model (3.4 ms against 1.1 ms on one core,
320 x 240), which does not matter once a second. The short-range model mistakes shoulders for faces (in 81 of 246
pictures of one rendered person; this model in none), and its boxes of small faces are too wide.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from models.face.camera import Box
from models.face.solutions import face_detection

_FAR_FACES = 1
_MIN_CONFIDENCE = 0.5


class FaceDetector:
    """Finds faces in single pictures, without state between them. Not thread-safe."""

    def __init__(self) -> None:
        self._detection: Any = face_detection()(model_selection=_FAR_FACES, min_detection_confidence=_MIN_CONFIDENCE)

    def find(self, image: npt.NDArray[np.uint8]) -> list[Box]:
        """image: (H, W, 3) uint8 RGB. Boxes reach from the brows to the chin. They may extend beyond the picture."""
        found = self._detection.process(image).detections or []
        boxes = (detection.location_data.relative_bounding_box for detection in found)
        return [(float(box.xmin), float(box.ymin), float(box.width), float(box.height)) for box in boxes]
