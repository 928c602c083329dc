from pathlib import Path

import cv2
import numpy as np
import pytest

from calibration.screen import ScreenGeometry
from server.evaluation.error_plot import MARGIN_PX, TITLE_PX, WIDTH_PX, draw_errors

SCREEN = ScreenGeometry(1920, 1080)
LEFT, RIGHT = (0.2, 0.5), (0.8, 0.5)


def brightness(picture: np.ndarray, place: tuple[float, float]) -> float:
    """Of the background a little below a place."""
    inner = WIDTH_PX - 2 * MARGIN_PX
    x, y = round(MARGIN_PX + place[0] * inner), round(TITLE_PX + MARGIN_PX + place[1] * inner * 9 / 16)
    return float(picture[y + 20 : y + 30, x - 5 : x + 5].mean())


def test_the_screen_has_its_shape_and_is_brighter_where_the_error_is_larger() -> None:
    picture = draw_errors([(LEFT, (0.21, 0.5)), (RIGHT, (0.8, 0.3))], [(0.5, 0.5)], SCREEN, "s1")
    assert picture.dtype == np.uint8
    assert picture.shape[1] == WIDTH_PX
    inner_height = picture.shape[0] - 2 * MARGIN_PX - TITLE_PX
    assert inner_height == pytest.approx((WIDTH_PX - 2 * MARGIN_PX) * 9 / 16, abs=1)
    assert brightness(picture, RIGHT) > 2.0 * brightness(picture, LEFT)


def test_answers_far_outside_and_no_answers_at_all_are_drawn_without_an_error() -> None:
    far = draw_errors([(LEFT, (50.0, -50.0))], [], SCREEN, "far")
    assert far.shape == draw_errors([], [LEFT], SCREEN, "nothing").shape


def test_a_tall_screen_is_drawn_tall(tmp_path: Path) -> None:
    picture = draw_errors([(LEFT, RIGHT)], [], ScreenGeometry(400, 800), "phone")
    assert picture.shape[0] > picture.shape[1]
    assert cv2.imwrite(str(tmp_path / "x.png"), picture)
