from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from server.analysis.shapes import Shape, certainty_in_middle, probability

RECTANGLE = Shape("rectangle", ((0.4, 0.6), (0.2, 0.2)))
ELLIPSE = Shape("ellipse", ((0.2, 0.2), (0.4, 0.6)))
ARROW = Shape("polygon", ((0.2, 0.2), (0.6, 0.4), (0.2, 0.6), (0.3, 0.4)))  # with a notch on its left


@pytest.mark.parametrize(
    ("shape", "inside", "outside"),
    [
        (RECTANGLE, [(0.2, 0.2), (0.3, 0.4), (0.39, 0.59)], [(0.4, 0.4), (0.3, 0.6), (0.19, 0.3)]),
        (ELLIPSE, [(0.3, 0.4), (0.3, 0.21), (0.39, 0.4)], [(0.21, 0.21), (0.39, 0.59), (0.4, 0.4)]),
        (ARROW, [(0.4, 0.4), (0.25, 0.25), (0.25, 0.55)], [(0.25, 0.4), (0.5, 0.25), (0.61, 0.4)]),
    ],
)
def test_a_shape_contains_the_points_within_its_outline(
    shape: Shape, inside: list[tuple[float, float]], outside: list[tuple[float, float]]
) -> None:
    x, y = np.array([*inside, *outside]).T
    assert shape.contains(x, y).tolist() == [True] * len(inside) + [False] * len(outside)


@pytest.mark.parametrize("point", [(0.3, 0.4), (0.2, 0.4), (0.2, 0.2), (0.45, 0.4), (0.1, 0.7)])
@pytest.mark.parametrize("sigma", [(0.02, 0.03), (0.1, 0.1), (0.4, 0.3)])
def test_the_probability_in_a_rectangle_is_that_of_two_normal_errors(
    point: tuple[float, float], sigma: tuple[float, float]
) -> None:
    left, top, right, bottom = RECTANGLE.box
    across, down = NormalDist(point[0], sigma[0]), NormalDist(point[1], sigma[1])
    expected = (across.cdf(right) - across.cdf(left)) * (down.cdf(bottom) - down.cdf(top))
    found = probability([RECTANGLE], np.array([point[0]]), np.array([point[1]]), sigma)
    assert found[0] == pytest.approx(expected, abs=0.015)


def test_without_an_error_the_probability_says_whether_the_point_is_inside() -> None:
    x, y = np.array([0.3, 0.5, 5.0]), np.array([0.4, 0.4, 5.0])
    assert probability([RECTANGLE], x, y, (0.0, 0.0)).tolist() == [1.0, 0.0, 0.0]


def test_an_area_of_several_rectangles_adds_them_up_and_counts_overlaps_once() -> None:
    halves = [Shape("rectangle", ((0.2, 0.2), (0.35, 0.6))), Shape("rectangle", ((0.3, 0.2), (0.4, 0.6)))]
    x, y = np.array([0.3]), np.array([0.4])
    assert probability(halves, x, y, (0.1, 0.1)) == pytest.approx(probability([RECTANGLE], x, y, (0.1, 0.1)))


def test_the_largest_certainty_of_an_area_falls_with_its_size() -> None:
    tiny = Shape("rectangle", ((0.29, 0.39), (0.31, 0.41)))
    assert certainty_in_middle([Shape("rectangle", ((0.0, 0.0), (1.0, 1.0)))], (0.05, 0.05)) == 1.0
    assert certainty_in_middle([tiny], (0.05, 0.05)) < 0.05
    assert 0.5 < certainty_in_middle([ARROW], (0.05, 0.05)) < 1.0
    assert certainty_in_middle([], (0.05, 0.05)) == 0.0
