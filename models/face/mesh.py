"""MediaPipe's face mesh: 478 points of a face in the region where it is known to be.

1. The region is a square around the points of the pass before, turned so that the line between the outer eye corners is
   level. Its side is 1.5 times the longer side of the box around all points.
2. The network gets this square as 192 x 192 pixels. Pixel (u, v) shows the image at centre + R (u - 96, v - 96) side /
   192, without half a pixel's shift, as in MediaPipe's graph.
3. Its points go back through the same map. The presence says whether the square shows a face.

`models.face.convert` makes the file of the network. The points are those of MediaPipe's graph, except those of the
lips: nothing here uses them, and without their refinement the network takes 10 % less time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from models.arrays import Array
from models.face.landmarks import LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS, Points, corners_around
from models.face.networks import NETWORKS_DIR
from models.runtime import DeviceName, load_network

CROP_PX = 192
REGION_SCALE = 1.5  # of the box around the points

Image = npt.NDArray[np.uint8]


def square_region(centre_px: Array, side_px: float, along_px: Array, size_px: int = CROP_PX) -> Array:
    """(2, 3) map from the pixels of a square crop to those of the image.

    centre_px: (2,) of the square. along_px: (2,) the direction of its upper side, of any length.
    """
    (x, y), (right, down) = centre_px.tolist(), along_px.tolist()
    scale = side_px / size_px / max(math.hypot(right, down), 1e-6)
    a, b, middle = right * scale, down * scale, size_px / 2
    return np.array([[a, -b, x - (a - b) * middle], [b, a, y - (b + a) * middle]])


def region_around(points_px: Points) -> Array:
    """(2, 3) map of the region around the landmarks, (478, 2)."""
    low, high = corners_around(points_px)
    along = points_px[LEFT_EYE_CORNERS[0]] - points_px[RIGHT_EYE_CORNERS[0]]
    centre = (low + high).astype(np.float64) / 2
    return square_region(centre, float((high - low).max()) * REGION_SCALE, along.astype(np.float64))


def region_change(region: Array, other: Array) -> float:
    """Mean distance between the corners of two regions over the side of the first: 0 for equal ones."""
    (a, b, x), (c, d, y) = (region - other).tolist()
    corners = ((0, 0), (CROP_PX, 0), (0, CROP_PX), (CROP_PX, CROP_PX))
    distances = [math.hypot(a * u + b * v + x, c * u + d * v + y) for u, v in corners]
    side_px = math.hypot(*region[:, 0].tolist()) * CROP_PX
    return sum(distances) / len(distances) / max(side_px, 1e-6)


class FaceMesh:
    """The network. Not thread-safe."""

    def __init__(self, device: DeviceName = "cpu") -> None:
        self._network = load_network(NETWORKS_DIR / "face_mesh.onnx", device=device, direct=True)

    def find(self, images: Sequence[Image], regions: Sequence[Array]) -> tuple[list[Points], list[float]]:
        """N times (478, 2) points in pixels of their image, and N times the presence, 0 to 1.

        images: N pictures, (H, W, 3) uint8 RGB each; regions: N maps, (2, 3) each, as from `region_around`.
        """
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        size = (CROP_PX, CROP_PX)
        crops = np.empty((len(images), CROP_PX, CROP_PX, 3), np.uint8)
        for crop, image, region in zip(crops, images, regions, strict=True):
            cv2.warpAffine(image, region, size, dst=crop, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        found = self._network.run({"image": crops})
        points = [cv2.transform(one[None], region)[0] for one, region in zip(found["points"], regions, strict=True)]
        presence = [1.0 / (1.0 + math.exp(-logit)) for logit in found["presence"].ravel().tolist()]
        return points, presence
