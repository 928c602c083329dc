"""Landmarks from MediaPipe's networks, without its graph and without state: any picture, any order, in batches.

For each picture:
1. The first region is where the face should be after its last motion (`Picture.predicted_points`). If that is not
   known, the face detector looks at the whole picture.
2. The face mesh finds points in the region. They depend on the region a little: when it is off, so are they. So if the
   region around the new points differs from the used one by more than a limit, the mesh looks again there. The limit is
   smaller for a region of the detector, which is off by more than a predicted one.
3. If the region shows no face, the detector looks at the whole picture. If that finds none either, there is no face.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.arrays import Array
from models.face.detector import MIN_CONFIDENCE, near_faces
from models.face.landmarks import Points
from models.face.mesh import FaceMesh, region_around, region_change
from models.face.tracking import FaceTrack, Picture
from models.runtime import DeviceName

# Limits of `region_change`, measured by the calibrated error of ten rendered sessions (models/README.md): lower ones
# change nothing but the number of passes. The noise of still pictures is about 0.001.
FOLLOWING_LIMIT = 0.02
DETECTED_LIMIT = 0.005
MAX_PASSES = 4  # after a jump, passes move the points by 0.7, 0.3, 0.16 px at 320 px, then by noise


@dataclass(slots=True)
class _Search:
    """The search in one picture, during `find`. region: where the mesh looks next, None: the detector looks."""

    picture: Picture
    region: Array | None
    points: Points | None = None
    detected: bool = False  # the detector has looked
    done: bool = False


class MeshLandmarks:
    """`LandmarkFinder` on the converted networks. Not thread-safe.

    device: of the face mesh. The detector, which seldom looks, is on the CPU.
    """

    def __init__(self, device: DeviceName = "cpu", *, min_confidence: float = MIN_CONFIDENCE) -> None:
        self._mesh = FaceMesh(device)
        self._detector = near_faces(min_confidence)
        self._min_confidence = min_confidence

    def find(self, pictures: Sequence[Picture]) -> list[FaceTrack | None]:
        searches = []
        for picture in pictures:
            expected = picture.predicted_points()
            searches.append(_Search(picture, None if expected is None else region_around(expected)))
        for _ in range(MAX_PASSES):
            self._detect([search for search in searches if search.region is None and not search.done])
            self._look([search for search in searches if not search.done])
        return [None if search.points is None else search.picture.track(search.points) for search in searches]

    def _detect(self, searches: Sequence[_Search]) -> None:
        """Find the first region. A search that has none ends."""
        found = self._detector.find([search.picture.image for search in searches]) if searches else []
        for search, faces in zip(searches, found, strict=True):
            search.region = faces[0].region() if faces else None
            search.detected, search.done = True, not faces

    def _look(self, searches: Sequence[_Search]) -> None:
        """One pass of the mesh. A search whose points stay, or that finds no face where the detector did, ends."""
        regions = [search.region for search in searches if search.region is not None]
        if not searches:
            return
        found, presence = self._mesh.find([search.picture.image for search in searches], regions)
        for search, region, points, present in zip(searches, regions, found, presence, strict=True):
            if present < self._min_confidence:
                search.points, search.region, search.done = None, None, search.detected
                continue
            search.points, search.region = points, region_around(points)
            limit = DETECTED_LIMIT if search.detected else FOLLOWING_LIMIT
            search.done = region_change(region, search.region) < limit
