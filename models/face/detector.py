"""Face detection with MediaPipe's two networks: the boxes of all faces in a picture.

1. The picture is fitted into a square with black bars, as 128 x 128 or 192 x 192 pixels.
2. The network gives a score, a box and six points for each anchor. An anchor is a place of the square.
3. Boxes that overlap by more than 0.3 (intersection over union) with the best of them become one box: their mean,
   weighted by the scores (`_merged`).

All of this is as in MediaPipe's graphs. `FaceDetector` counts faces in small pictures of the camera's whole frame. It
uses the network for faces up to five metres away, which takes three times as long as the one for near faces. This does
not matter once a second. The network for near faces mistakes shoulders for faces (in 81 of 246 pictures of one rendered
person; the other one in none), and its boxes of small faces are too wide. It finds only the face mesh's first region.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from models.arrays import Array, FloatArray
from models.face.camera import Box
from models.face.mesh import REGION_SCALE, Image, square_region
from models.face.networks import NETWORKS_DIR
from models.runtime import load_network

MIN_CONFIDENCE = 0.5
FAR_MIN_CONFIDENCE = 0.6  # MediaPipe's class has 0.5 as well, but its graph of this network does not take the option
_SAME_FACE = 0.3  # intersection over union
_N_POINTS = 6  # the eyes come first, the person's right one before the left one


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """box_px: (4,) left, top, right, bottom; points_px: (6, 2); both in pixels of the picture."""

    score: float
    box_px: Array
    points_px: Array

    def region(self) -> Array:
        """(2, 3) map of the face mesh's first region (see `models.face.mesh`)."""
        low, high = self.box_px[:2], self.box_px[2:]
        side = float((high - low).max()) * REGION_SCALE
        return square_region((low + high) / 2, side, self.points_px[1] - self.points_px[0])


@dataclass(frozen=True, slots=True)
class _Grid:
    """A square grid of places with some anchors each."""

    size: int
    anchors: int


class DetectionNetwork:
    """One of the two networks. Not thread-safe."""

    def __init__(self, name: str, grids: Sequence[_Grid], min_confidence: float) -> None:
        self._network = load_network(NETWORKS_DIR / f"{name}.onnx")
        side = self._network.inputs["image"][1]
        assert side is not None
        self._side = side
        self._anchors = np.concatenate(list(_anchors(grids)))  # (A, 2)
        self._min_confidence = min_confidence

    def find(self, images: Sequence[Image]) -> list[list[Detection]]:
        """The faces of each picture, (H, W, 3) uint8 RGB; the one with the best score first."""
        inputs = np.zeros((len(images), self._side, self._side, 3), np.uint8)
        maps = [self._fitted(image, given) for image, given in zip(images, inputs, strict=True)]
        found = self._network.run({"image": inputs})
        return [
            self._detections(boxes, scores.ravel(), to_image)
            for boxes, scores, to_image in zip(found["boxes"], found["scores"], maps, strict=True)
        ]

    def _fitted(self, image: Image, given: Image) -> Array:
        """Draw the image into the network's input. Returns the (2, 3) map from the input's pixels to the image's."""
        height, width = image.shape[:2]
        to_image = square_region(np.array([width, height]) / 2, max(width, height), np.array([1.0, 0.0]), self._side)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cv2.warpAffine(image, to_image, (self._side, self._side), dst=given, flags=flags)  # zeros outside
        return to_image

    def _detections(self, boxes: FloatArray, logits: FloatArray, to_image: Array) -> list[Detection]:
        """boxes: (A, 16) in pixels relative to the anchors: centre, size, six points. logits: (A,)."""
        scores = 1.0 / (1.0 + np.exp(-np.clip(logits.astype(np.float64), -100.0, 100.0)))
        (good,) = np.nonzero(scores >= self._min_confidence)
        good = good[np.argsort(-scores[good], kind="stable")]
        values, centres = boxes[good].astype(np.float64), self._anchors[good] * self._side
        points = values[:, 4:].reshape(-1, _N_POINTS, 2) + centres[:, None]
        centres = values[:, :2] + centres
        corners = np.stack([centres - values[:, 2:4] / 2, centres + values[:, 2:4] / 2], axis=1)  # (G, 2, 2)
        scale, shift = float(to_image[0, 0]), to_image[:, 2]
        return [
            Detection(score, (corner * scale + shift).ravel(), point * scale + shift)
            for score, corner, point in _merged(scores[good], corners, points)
        ]


def _anchors(grids: Sequence[_Grid]) -> Iterator[Array]:
    """(size * size * anchors, 2) centres in 0..1 of each grid, row by row."""
    for grid in grids:
        y, x = (np.mgrid[: grid.size, : grid.size] + 0.5) / grid.size
        yield np.repeat(np.column_stack([x.ravel(), y.ravel()]), grid.anchors, axis=0)


def _merged(scores: Array, corners: Array, points: Array) -> Iterator[tuple[float, Array, Array]]:
    """Weighted non-maximum suppression. scores: (G,), falling; corners: (G, 2, 2); points: (G, 6, 2)."""
    while len(scores):
        overlap = _intersection_over_union(corners, corners[0]) > _SAME_FACE
        overlap[0] = True  # also a box without area
        weights = scores[overlap] / scores[overlap].sum()
        yield (
            float(scores[0]),
            np.tensordot(weights, corners[overlap], axes=1),
            np.tensordot(weights, points[overlap], axes=1),
        )
        scores, corners, points = scores[~overlap], corners[~overlap], points[~overlap]


def _intersection_over_union(corners: Array, one: Array) -> Array:
    low, high = np.maximum(corners[:, 0], one[0]), np.minimum(corners[:, 1], one[1])
    common = np.maximum(high - low, 0.0).prod(axis=1)
    both = np.abs(corners[:, 1] - corners[:, 0]).prod(axis=1) + np.abs(one[1] - one[0]).prod() - common
    shares: Array = np.divide(common, both, out=np.zeros_like(common), where=both > 0)
    return shares


def near_faces(min_confidence: float = MIN_CONFIDENCE) -> DetectionNetwork:
    """The network for faces up to two metres away."""
    return DetectionNetwork("face_detector_near", [_Grid(16, 2), _Grid(8, 6)], min_confidence)


def far_faces(min_confidence: float = FAR_MIN_CONFIDENCE) -> DetectionNetwork:
    """The network for faces up to five metres away."""
    return DetectionNetwork("face_detector_far", [_Grid(48, 1)], min_confidence)


class FaceDetector:
    """Finds faces in single pictures, without state between them. Not thread-safe."""

    def __init__(self) -> None:
        self._network = far_faces()

    def find(self, image: npt.NDArray[np.uint8]) -> list[Box]:
        """image: (H, W, 3) uint8 RGB. Boxes reach from the brows to the chin. They may extend beyond the picture."""
        (found,) = self._network.find([image])
        height, width = image.shape[:2]
        boxes = (detection.box_px / [width, height, width, height] for detection in found)
        return [(float(x), float(y), float(right - x), float(bottom - y)) for x, y, right, bottom in boxes]
