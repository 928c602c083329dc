"""The heat map: time of gaze on a grid, and its picture.

1. Each valid point on the screen adds the time since the previous point to its cell. With counts instead of time, a
   slow camera would count less. The time has a maximum, so that a blink adds little.
2. For the picture, the grid is blurred by about the error of a calibrated webcam and scaled to a peak of 1. A table of
   256 colours, whose opacity grows with heat, colours it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

GRID_WIDTH, GRID_HEIGHT = 192, 108  # a cell is half a percent of the width, a tenth of a webcam's error
BLUR_SCREENS = 0.03  # sigma in screen widths: 58 px on a 1920 px screen
FIRST_POINT_MS = 33.0  # one frame, because the first point has no previous one
LONGEST_STEP_MS = 250.0
FOCUS_DARK = 0.88
OPACITY = 0.8  # of the hottest place; the page below must stay readable

# Share of the peak, then red, green, blue.
STOPS = ((0.0, 40, 60, 190), (0.3, 30, 160, 220), (0.5, 60, 200, 90), (0.7, 245, 220, 50), (1.0, 230, 45, 30))

FloatGrid = npt.NDArray[np.float32]


class HeatGrid:
    """Milliseconds of gaze per cell, (GRID_HEIGHT, GRID_WIDTH)."""

    def __init__(self) -> None:
        self._grid = np.zeros((GRID_HEIGHT, GRID_WIDTH), np.float32)
        self._last_ms: float | None = None

    def add(self, x: float, y: float, captured_ms: float) -> None:
        """Adds a valid gaze point in screen units. A point outside the screen adds no heat."""
        last_ms, self._last_ms = self._last_ms, captured_ms
        if not (0.0 <= x <= 1.0 and 0.0 <= y <= 1.0):
            return
        step_ms = FIRST_POINT_MS if last_ms is None else min(max(captured_ms - last_ms, 0.0), LONGEST_STEP_MS)
        self._grid[min(int(y * GRID_HEIGHT), GRID_HEIGHT - 1), min(int(x * GRID_WIDTH), GRID_WIDTH - 1)] += step_ms

    def clear(self) -> None:
        self._grid[:] = 0.0
        self._last_ms = None

    def snapshot(self) -> FloatGrid:
        """A copy for a thread that draws it."""
        copied: FloatGrid = self._grid.copy()
        return copied


def render_png(grid: FloatGrid, width_px: int, height_px: int) -> bytes:
    """A PNG with alpha of the blurred grid, transparent where it is empty."""
    import cv2  # 17 MB, which the server needs for nothing else

    sigma = BLUR_SCREENS * GRID_WIDTH
    # Zero outside the grid; with reflection, gaze at the edge would count twice.
    blurred = cv2.GaussianBlur(grid, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT)
    peak = float(blurred.max())
    return coloured_png(blurred / peak if peak > 0.0 else blurred, width_px, height_px)


def coloured_png(heat: FloatGrid, width_px: int, height_px: int) -> bytes:
    """A PNG with alpha of values from 0 to 1."""
    import cv2

    large = cv2.resize(heat, (width_px, height_px), interpolation=cv2.INTER_LINEAR)
    np.clip(large, 0.0, 1.0, out=large)  # in place, because a picture has up to 64 MB
    large *= 255.0
    levels = large.astype(np.uint8)
    del large
    # Four bytes are taken as one number, which is ten times as fast.
    picture = _COLOURS.view(np.uint32).take(levels).view(np.uint8).reshape(height_px, width_px, 4)  # BGRA
    return _png(picture)


def focus_png(heat: FloatGrid, width_px: int, height_px: int) -> bytes:
    """A black PNG that covers where no gaze was, for values from 0 to 1."""
    import cv2

    large = np.clip(cv2.resize(heat, (width_px, height_px), interpolation=cv2.INTER_LINEAR), 0.0, 1.0)
    veil = np.zeros((height_px, width_px, 4), np.uint8)
    veil[..., 3] = 255.0 * FOCUS_DARK * (1.0 - np.sqrt(large))  # the root, so that short looks can be seen
    return _png(veil)


def _png(picture: npt.NDArray[np.uint8]) -> bytes:
    import cv2

    done, encoded = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    if not done:
        raise RuntimeError("the picture could not be encoded as PNG")
    return bytes(encoded.tobytes())


def _colour_table() -> npt.NDArray[np.uint8]:
    """(256, 4) uint8 BGRA."""
    share = np.linspace(0.0, 1.0, 256)
    stops = np.array(STOPS)  # (5, 4)
    red, green, blue = (np.interp(share, stops[:, 0], stops[:, channel]) for channel in (1, 2, 3))
    # Below 2 % of the peak it is transparent. Above, opacity grows up to the peak, so heat can be read from the alpha.
    alpha = 255.0 * OPACITY * np.sqrt(np.clip((share - 0.02) / 0.98, 0.0, 1.0))
    table: npt.NDArray[np.uint8] = np.stack([blue, green, red, alpha], axis=1).round().astype(np.uint8)
    return table


_COLOURS = _colour_table()
