"""Landmarks from MediaPipe's own graph, FaceMesh with iris refinement: the reference.

FaceMesh is fast because it crops the face by the landmarks of the previous image. Its points depend on the crop: when
the face has moved, they are off by up to a pixel. So an image passes through FaceMesh again until its points stay:
1. A still head in a stream needs one pass, a moving head two.
2. After a jump (a time gap, another image size, another region of the camera) at least two passes are needed.
3. If a pass finds no face, the next one searches the whole image. After two such passes there is no face.

A graph has the state of one stream. `MediaPipeLandmarks` gives a picture to the graph that found the track of the
picture before. If there is none, a new graph or the one that waits longest takes the picture, as a jump.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from models.face.landmarks import Points
from models.face.solutions import face_mesh
from models.face.tracking import FaceTrack, Picture

_MAX_PASSES = 4  # after a jump, passes move the points by 0.7, 0.3, 0.16 px at 320 px, then by noise
_SETTLED = 0.003  # of the face's width, mean over the points; noise alone is about 0.001


class MediaPipeLandmarks:
    """`LandmarkFinder` on MediaPipe's FaceMesh, whose models are part of its wheel."""

    def __init__(self, *, streams: int = 1, min_confidence: float = 0.5) -> None:
        """streams: how many graphs are kept, 30 MB each. With more streams than that, frames become jumps.

        Raises ModuleNotFoundError without MediaPipe.
        """
        self._create_mesh = face_mesh()
        self._streams = streams
        self._min_confidence = min_confidence
        self._graphs: list[_Graph] = []  # the one that waits longest is first

    def find(self, pictures: Sequence[Picture]) -> list[FaceTrack | None]:
        return [self._find(picture) for picture in pictures]

    def _find(self, picture: Picture) -> FaceTrack | None:
        before = _same_view(picture)
        graph = next((graph for graph in self._graphs if before is not None and graph.has_found(before)), None)
        if graph is None:
            before = None
            graph = self._new_graph() if len(self._graphs) < self._streams else self._graphs[0]
        self._graphs = [other for other in self._graphs if other is not graph] + [graph]
        points = graph.settle(picture.image, before)
        return None if points is None else picture.track(points)

    def _new_graph(self) -> _Graph:
        mesh = self._create_mesh(
            static_image_mode=False,
            max_num_faces=1,
            refine_landmarks=True,
            min_detection_confidence=self._min_confidence,
            min_tracking_confidence=self._min_confidence,
        )
        return _Graph(mesh)


class _Graph:
    """One FaceMesh and the points that it found last."""

    def __init__(self, mesh: Any) -> None:
        self._mesh = mesh
        self._found: Points | None = None

    def has_found(self, points: Points) -> bool:
        return self._found is not None and np.array_equal(self._found, points)

    def settle(self, image: npt.NDArray[np.uint8], before: Points | None) -> Points | None:
        """The points after as many passes as it takes. before: the last points, None after a jump."""
        self._found = None
        missed = False
        for _ in range(_MAX_PASSES):
            points = self._one_pass(image)
            if points is None and missed:
                return None
            settled = points is not None and before is not None and _shift(points, before) < _SETTLED
            missed, before = points is None, points
            if settled:
                break
        self._found = before
        return before

    def _one_pass(self, image: npt.NDArray[np.uint8]) -> Points | None:
        found = self._mesh.process(image).multi_face_landmarks
        if not found:
            return None
        height, width = image.shape[:2]
        return np.array([(p.x * width, p.y * height) for p in found[0].landmark], np.float32)  # (478, 2)


def _same_view(picture: Picture) -> Points | None:
    """The points of the picture before, if it was recent and showed the same region of the camera in the same size."""
    track, (height, width) = picture.recent(), picture.image.shape[:2]
    same = track is not None and track.intrinsics == picture.intrinsics and track.image_px == (width, height)
    return track.points_px if track is not None and same else None


def _shift(points: Points, before: Points) -> float:
    """Mean distance between two sets of points over the width of the face."""
    distance = float(np.linalg.norm(points - before, axis=1).mean())
    return distance / max(float(np.ptp(points[:, 0])), 1.0)
