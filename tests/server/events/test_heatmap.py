from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from server.events.heatmap import FIRST_POINT_MS, LONGEST_STEP_MS, HeatGrid, render_png


def picture(grid: HeatGrid, width: int = 320, height: int = 180) -> npt.NDArray[np.uint8]:
    """(height, width, 4) uint8 BGRA."""
    return np.asarray(cv2.imdecode(np.frombuffer(render_png(grid.snapshot(), width, height), np.uint8), -1), np.uint8)


def test_an_empty_map_is_wholly_transparent_and_has_the_size_asked_for() -> None:
    image = picture(HeatGrid(), 123, 45)
    assert image.shape == (45, 123, 4)
    assert image[..., 3].max() == 0


def test_the_hottest_place_is_where_most_time_was_spent() -> None:
    grid = HeatGrid()
    for i in range(60):
        grid.add(0.8, 0.25, 33.0 * i)
    for i in range(60, 80):
        grid.add(0.2, 0.75, 33.0 * i)
    alpha = picture(grid)[..., 3]
    y, x = np.argwhere(alpha == alpha.max()).mean(axis=0)
    assert (x / 320, y / 180) == (pytest.approx(0.8, abs=0.02), pytest.approx(0.25, abs=0.02))
    assert picture(grid)[135, 64, 3] > 0
    assert picture(grid)[10, 10, 3] == 0


def test_time_counts_and_not_the_number_of_frames() -> None:
    fast, slow = HeatGrid(), HeatGrid()
    for i in range(31):
        fast.add(0.5, 0.5, 33.0 * i)
    for i in range(6):
        slow.add(0.5, 0.5, 198.0 * i)
    assert fast.snapshot().sum() == pytest.approx(slow.snapshot().sum(), rel=0.01)


def test_a_pause_is_not_credited_to_one_place() -> None:
    grid = HeatGrid()
    grid.add(0.5, 0.5, 0.0)
    grid.add(0.5, 0.5, 60_000.0)
    assert grid.snapshot().sum() == FIRST_POINT_MS + LONGEST_STEP_MS


def test_a_clock_that_is_set_back_takes_nothing_away() -> None:
    grid = HeatGrid()
    grid.add(0.5, 0.5, 1000.0)
    grid.add(0.5, 0.5, 0.0)
    assert grid.snapshot().min() >= 0.0
    assert grid.snapshot().sum() == FIRST_POINT_MS


@pytest.mark.parametrize(("x", "y"), [(-0.01, 0.5), (1.01, 0.5), (0.5, -0.01), (0.5, 1.01)])
def test_a_point_outside_the_screen_leaves_no_trace(x: float, y: float) -> None:
    grid = HeatGrid()
    grid.add(x, y, 0.0)
    assert grid.snapshot().sum() == 0.0


@pytest.mark.parametrize(("x", "y"), [(0.0, 0.0), (1.0, 1.0)])
def test_the_very_corners_belong_to_the_screen(x: float, y: float) -> None:
    grid = HeatGrid()
    grid.add(x, y, 0.0)
    assert grid.snapshot().sum() == FIRST_POINT_MS


def test_a_cleared_map_is_empty() -> None:
    grid = HeatGrid()
    grid.add(0.5, 0.5, 0.0)
    grid.clear()
    assert grid.snapshot().sum() == 0.0
