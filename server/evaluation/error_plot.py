"""Draws the errors of the default calibration over the screen: one picture for each session.

For each test frame, a line goes from its target (a dot) to the prediction. The background shows the error expected at
each place: a Gaussian average over the frames near it, from dark (no error) to bright (10 % of the diagonal or more).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from calibration.screen import Point, ScreenGeometry
from server.evaluation.accuracy import SessionResult
from server.settings import user_data_folder

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BRIGHTEST_PERCENT = 10.0  # of the diagonal
SMOOTHING_DIAGONALS = 0.12
MARGIN_SCREENS = 0.06  # around the screen, for predictions slightly outside; the plot cuts off those beyond
SCREEN_INCHES, DPI = 8.0, 100  # of the longer side
_COLUMNS = 80  # of the grid on which the background is computed
_LINE, _CALIBRATED = "#e8e8e8", "#5ee08a"


def draw_errors(
    pairs: Sequence[tuple[Point, Point]], calibrated: Sequence[Point], screen: ScreenGeometry, title: str
) -> Figure:
    """pairs: (target, prediction), screen units; calibrated: the calibration's targets. Axes are in CSS pixels."""
    # Matplotlib writes a list of the machine's fonts. We write files only into our data folder.
    os.environ.setdefault("MPLCONFIGDIR", str(user_data_folder() / "matplotlib"))
    # Imported here, because only --plots needs it. Without pyplot there is no display and no global state.
    from matplotlib.figure import Figure

    width_px, height_px = screen.width_px, screen.height_px
    scale = SCREEN_INCHES / max(width_px, height_px)
    figure = Figure(figsize=(width_px * scale + 2.0, height_px * scale + 1.6), dpi=DPI, layout="constrained")
    axes: Axes = figure.subplots()
    axes.set_title(title, fontsize="medium")
    axes.set(
        xlabel="x, CSS px",
        ylabel="y, CSS px",
        xlim=(-MARGIN_SCREENS * width_px, (1.0 + MARGIN_SCREENS) * width_px),
        ylim=((1.0 + MARGIN_SCREENS) * height_px, -MARGIN_SCREENS * height_px),  # y down, as on the screen
        aspect="equal",
        facecolor="#1c1c22",
    )
    if pairs:
        heat = axes.imshow(
            100.0 * _expected(pairs, screen),
            extent=(0.0, width_px, height_px, 0.0),
            cmap="inferno",
            vmin=0.0,
            vmax=BRIGHTEST_PERCENT,
            interpolation="bilinear",
        )
        figure.colorbar(heat, ax=axes, label="error expected nearby, % of the diagonal", extend="max", shrink=0.9)
    _draw_frames(axes, pairs, calibrated, np.array([width_px, height_px]))
    figure.legend(
        loc="outside lower center", ncols=3, facecolor="#3a3a44", framealpha=1.0, labelcolor="white", fontsize="small"
    )
    return figure


def _draw_frames(
    axes: Axes, pairs: Sequence[tuple[Point, Point]], calibrated: Sequence[Point], size_px: npt.NDArray[np.float64]
) -> None:
    from matplotlib.collections import LineCollection
    from matplotlib.patches import Rectangle

    lines = np.array(pairs, np.float64).reshape(-1, 2, 2) * size_px  # (N, 2, 2): frame, end, x and y
    dots = np.array(calibrated, np.float64).reshape(-1, 2) * size_px  # (M, 2)
    axes.add_patch(Rectangle((0.0, 0.0), *size_px, fill=False, edgecolor=_LINE, linewidth=1.0))
    axes.add_collection(
        LineCollection(list(lines), colors=_LINE, linewidths=0.9, alpha=0.8, label="test frame: to the prediction")
    )
    axes.scatter(
        lines[:, 0, 0], lines[:, 0, 1], s=14, color="white", edgecolor="black", lw=0.5, zorder=3, label="test target"
    )
    axes.scatter(
        dots[:, 0], dots[:, 1], s=90, facecolor="none", edgecolor=_CALIBRATED, zorder=3, label="calibration target"
    )


def _expected(pairs: Sequence[tuple[Point, Point]], screen: ScreenGeometry) -> npt.NDArray[np.float64]:
    """(rows, columns) averaged error over the screen in diagonals."""
    diagonal = screen.diagonal_px
    size = np.array([screen.width_px, screen.height_px]) / diagonal  # (2,)
    targets = np.array([target for target, _ in pairs]) * size  # (N, 2)
    errors = np.array([screen.distance_px(*pair) / diagonal for pair in pairs])  # (N,)
    rows = max(round(_COLUMNS * size[1] / size[0]), 1)
    # Cell centres: the picture's cells fill the screen.
    x, y = ((np.arange(n) + 0.5) / n * side for n, side in zip((_COLUMNS, rows), size, strict=True))
    grid = np.stack(np.meshgrid(x, y), axis=-1)  # (rows, columns, 2)
    distance_sq = ((grid[:, :, None] - targets) ** 2).sum(axis=-1)  # (rows, columns, N)
    # Relative to the nearest frame, so that every place has a value.
    relative = distance_sq - distance_sq.min(axis=-1, keepdims=True)
    weights = np.exp(-0.5 * relative / SMOOTHING_DIAGONALS**2)
    averaged: npt.NDArray[np.float64] = (weights * errors).sum(axis=-1) / weights.sum(axis=-1)
    return averaged


def plot_names(results: Sequence[SessionResult]) -> list[str]:
    """A file name for each session: its name, after that of the parent folder when several sessions share it."""
    alike = Counter(result.session for result in results)
    parents = [Path(result.folder).resolve().parent.name for result in results]
    return [
        f"{result.session}.png" if alike[result.session] == 1 else f"{parent}-{result.session}.png"
        for result, parent in zip(results, parents, strict=True)
    ]


def write_plot(result: SessionResult, screen: ScreenGeometry, path: Path) -> None:
    """Writes a session's picture as PNG. Raises OSError when it can't be written."""
    pairs = [(point.target, point.predicted) for point in result.points]
    median_px = float(np.median([screen.distance_px(*pair) for pair in pairs])) if pairs else 0.0
    calibrated = result.calibrated
    name = result.session.replace("$", r"\$")  # matplotlib reads text between two $ as a formula
    title = f"{name}\n{len(calibrated)} calibration targets, {len(pairs)} frames, median error {median_px:.0f} px"
    draw_errors(pairs, calibrated, screen, title).savefig(path, format="png")
