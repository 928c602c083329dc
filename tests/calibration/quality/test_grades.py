from __future__ import annotations

import itertools

import pytest

from calibration.quality.grades import FAIR_DIAGONALS, GOOD_DIAGONALS, GRADES, grade_of, grade_of_all
from calibration.screen import ScreenGeometry

SCREEN = ScreenGeometry(600, 800)  # diagonal 1000 px
GOOD, FAIR, POOR = 20.0, 80.0, 200.0


@pytest.mark.parametrize(
    ("error_px", "grade"),
    [
        (0.0, "good"),
        (50.0, "good"),
        (50.1, "fair"),
        (100.0, "fair"),
        (100.1, "poor"),
        (None, "poor"),
        (float("nan"), "poor"),
    ],
)
def test_an_error_is_graded_by_its_share_of_the_diagonal(error_px: float | None, grade: str) -> None:
    assert (GOOD_DIAGONALS, FAIR_DIAGONALS) == (0.05, 0.1)
    assert grade_of(error_px, SCREEN) == grade


@pytest.mark.parametrize(
    ("errors_px", "grade"),
    [
        ([GOOD] * 9, "good"),
        ([GOOD] * 8 + [FAIR], "good"),
        ([GOOD] * 8 + [POOR], "fair"),
        ([GOOD] * 4 + [FAIR] * 5, "fair"),
        ([GOOD] * 2 + [FAIR] * 2, "fair"),
        ([GOOD] + [POOR] * 4, "poor"),
        ([GOOD] * 3 + [3000.0], "poor"),  # the mean
        ([GOOD] * 8 + [None], "poor"),
        ([], "poor"),
    ],
)
def test_the_grade_of_all_follows_the_targets(errors_px: list[float | None], grade: str) -> None:
    assert grade_of_all(errors_px, SCREEN) == grade


@pytest.mark.parametrize("n", range(1, 6))
def test_the_grade_of_all_is_never_better_than_the_targets(n: int) -> None:
    for errors_px in itertools.product((GOOD, FAIR, POOR), repeat=n):
        worse = GRADES.index(grade_of_all(errors_px, SCREEN))
        steps = [GRADES.index(grade_of(error, SCREEN)) for error in errors_px]
        assert sum(step > worse for step in steps) < max(n / 2, 1)
        assert max(steps) <= worse + 1
        assert worse >= GRADES.index(grade_of(sum(errors_px) / n, SCREEN))
