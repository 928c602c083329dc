"""The screen: its size, and distances on it in pixels and degrees."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

PLAUSIBLE_DISTANCE_MM = (150.0, 3000.0)  # a distance outside this range is a measurement error
CAMERA_ABOVE_SCREEN_MM = 8.0  # a webcam above the middle of the top edge; `models.face.camera` has the same value
MAX_ANGLE_RAD = math.radians(60.0)  # a line of sight with a larger angle meets no desktop screen
Point = tuple[float, float]  # screen units: 0..1, origin top left, x right, y down


@dataclass(frozen=True, slots=True)
class ScreenPoint:
    """A place on the screen in screen units. It may lie outside 0..1."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class ScreenGeometry:
    """The screen. Pixels are always known, millimetres and viewing distance only if they were measured."""

    width_px: float
    height_px: float
    width_mm: float | None = None
    height_mm: float | None = None
    distance_mm: float | None = None

    def __post_init__(self) -> None:
        for name in ("width_px", "height_px", "width_mm", "height_mm", "distance_mm"):
            value = getattr(self, name)
            if value is None and name.endswith("_mm"):
                continue
            if value is None or not (math.isfinite(value) and value > 0):
                raise ValueError(f"screen {name} must be a positive number, got {value!r}")

    @property
    def key(self) -> str:
        """The name of this screen in profiles, "1920x1080"."""
        return f"{round(self.width_px)}x{round(self.height_px)}"

    @property
    def diagonal_px(self) -> float:
        return math.hypot(self.width_px, self.height_px)

    @property
    def size_mm(self) -> tuple[float, float] | None:
        """Width and height. Pixels are square, so one gives the other. None if neither is known."""
        if self.width_mm is None and self.height_mm is None:
            return None
        width = self.width_mm if self.width_mm is not None else (self.height_mm or 0.0) * self.width_px / self.height_px
        height = self.height_mm if self.height_mm is not None else width * self.height_px / self.width_px
        return width, height

    def seen_from(self, distances_mm: Sequence[float]) -> ScreenGeometry:
        """The screen with a viewing distance: its own, else the median of the measured ones if that is plausible."""
        if self.distance_mm is not None or not distances_mm:
            return self
        median_mm = statistics.median(distances_mm)
        low, high = PLAUSIBLE_DISTANCE_MM
        return replace(self, distance_mm=median_mm) if low < median_mm < high else self

    def distance_px(self, a: Point, b: Point) -> float:
        return math.hypot((a[0] - b[0]) * self.width_px, (a[1] - b[1]) * self.height_px)

    def angle_deg(self, a: Point, b: Point) -> float | None:
        """Angle between the lines of sight to a and b, for an eye straight in front of the screen's middle.

        None unless the screen's size and the viewing distance are known: degrees are never guessed.
        """
        size = self.size_mm
        if size is None or self.distance_mm is None:
            return None
        ax, ay, bx, by = (a[0] - 0.5) * size[0], (a[1] - 0.5) * size[1], (b[0] - 0.5) * size[0], (b[1] - 0.5) * size[1]
        z = self.distance_mm
        # atan2 of |cross| and dot is accurate for small angles too, unlike acos.
        cross = math.hypot(ay * z - z * by, z * bx - ax * z, ax * by - ay * bx)
        return math.degrees(math.atan2(cross, ax * bx + ay * by + z * z))
