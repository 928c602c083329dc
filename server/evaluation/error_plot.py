"""Where on the screen the default calibration was off: one picture for a session.

Each test frame is a line from its target (dot) to the answer (end of the line). Behind, the error expected nearby: a
Gaussian average over the frames around each place, from dark (none) to bright (a tenth of the diagonal and more).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from calibration.screen import Point, ScreenGeometry
from server.evaluation.accuracy import SessionResult

WIDTH_PX, MARGIN_PX, TITLE_PX = 960, 60, 40
BRIGHT_DIAGONALS = 0.1
SMOOTHING_DIAGONALS = 0.12
_CELL_PX = 12  # the background is computed on a grid of such cells
_INK, _TARGET, _CALIBRATED = (235, 235, 235), (255, 255, 255), (120, 220, 120)  # BGR

Picture = npt.NDArray[np.uint8]


def draw_errors(
    pairs: Sequence[tuple[Point, Point]], calibrated: Sequence[Point], screen: ScreenGeometry, title: str
) -> Picture:
    """(H, W, 3) uint8 BGR. pairs: (target, answer), screen units; calibrated: the calibration's targets."""
    inner_w = WIDTH_PX - 2 * MARGIN_PX
    inner_h = max(round(inner_w * screen.height_px / screen.width_px), 1)
    picture: Picture = np.full((inner_h + 2 * MARGIN_PX + TITLE_PX, WIDTH_PX, 3), 24, np.uint8)

    def at(point: Point) -> tuple[int, int]:
        x, y = np.clip(point, -0.5, 1.5).tolist()
        return round(MARGIN_PX + x * inner_w), round(TITLE_PX + MARGIN_PX + y * inner_h)

    (left, top), (right, bottom) = at((0.0, 0.0)), at((1.0, 1.0))
    if pairs:
        heat = (255.0 * np.clip(_expected(pairs, screen) / BRIGHT_DIAGONALS, 0.0, 1.0)).astype(np.uint8)
        coloured = cv2.applyColorMap(
            cv2.resize(heat, (right - left, bottom - top), interpolation=cv2.INTER_CUBIC), cv2.COLORMAP_INFERNO
        )
        picture[top:bottom, left:right] = coloured * np.float32(0.7)  # so that the lines stand out
    cv2.rectangle(picture, (left, top), (right, bottom), _INK, 1)
    for place in calibrated:
        cv2.circle(picture, at(place), 9, _CALIBRATED, 1, cv2.LINE_AA)
    for target, answer in pairs:
        cv2.line(picture, at(target), at(answer), _INK, 1, cv2.LINE_AA)
        cv2.circle(picture, at(target), 4, _TARGET, -1, cv2.LINE_AA)
    cv2.putText(picture, title, (MARGIN_PX, TITLE_PX), cv2.FONT_HERSHEY_SIMPLEX, 0.5, _INK, 1, cv2.LINE_AA)
    legend = "ring: calibration dot; dot: test target, line: to the answer; bright: off by 10 % of the diagonal"
    place = (MARGIN_PX, picture.shape[0] - MARGIN_PX // 3)
    cv2.putText(picture, legend, place, cv2.FONT_HERSHEY_SIMPLEX, 0.42, _INK, 1, cv2.LINE_AA)
    return picture


def _expected(pairs: Sequence[tuple[Point, Point]], screen: ScreenGeometry) -> npt.NDArray[np.float64]:
    """(rows, columns) averaged error over the screen in diagonals."""
    diagonal = screen.diagonal_px
    size = np.array([screen.width_px, screen.height_px]) / diagonal  # (2,)
    targets = np.array([target for target, _ in pairs]) * size  # (N, 2)
    errors = np.array([screen.distance_px(*pair) / diagonal for pair in pairs])  # (N,)
    columns = WIDTH_PX // _CELL_PX
    rows = max(round(columns * size[1] / size[0]), 1)
    grid = np.stack(np.meshgrid(np.linspace(0, size[0], columns), np.linspace(0, size[1], rows)), axis=-1)  # (r, c, 2)
    distance_sq = ((grid[:, :, None] - targets) ** 2).sum(axis=-1)  # (r, c, N)
    # The nearest frame always counts, however far it is: no place is without a value.
    relative = distance_sq - distance_sq.min(axis=-1, keepdims=True)
    weights = np.exp(-0.5 * relative / SMOOTHING_DIAGONALS**2)
    averaged: npt.NDArray[np.float64] = (weights * errors).sum(axis=-1) / weights.sum(axis=-1)
    return averaged


def plot_names(results: Sequence[SessionResult]) -> list[str]:
    """A file name for each: the session's, with its parent folder's before it where several sessions share it."""
    alike = Counter(result.session for result in results)
    parents = [Path(result.folder).resolve().parent.name for result in results]
    return [
        f"{result.session}.png" if alike[result.session] == 1 else f"{parent}-{result.session}.png"
        for result, parent in zip(results, parents, strict=True)
    ]


def write_plot(result: SessionResult, screen: ScreenGeometry, path: Path) -> None:
    """Raises OSError when it can't be written."""
    pairs = [(point.target, point.predicted) for point in result.points]
    median_px = float(np.median([screen.distance_px(*pair) for pair in pairs])) if pairs else 0.0
    calibrated = result.calibrated
    title = (
        f"{result.session}: {len(calibrated)} calibration dots, {len(pairs)} frames, median error {median_px:.0f} px"
    )
    ok, data = cv2.imencode(".png", draw_errors(pairs, calibrated, screen, title.encode("ascii", "replace").decode()))
    if not ok:
        raise OSError("OpenCV could not encode the picture")
    path.write_bytes(data.tobytes())
