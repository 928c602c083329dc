from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from calibration.screen import ScreenGeometry
from server.evaluation.error_plot import draw_errors

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCREEN = ScreenGeometry(1920, 1080)
LEFT, RIGHT = (0.2, 0.5), (0.8, 0.5)


def drawn(figure: "Figure") -> np.ndarray:
    """(H, W, 3) uint8 RGB."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3]


def pixel(figure: "Figure", picture: np.ndarray, place: tuple[float, float], screen: ScreenGeometry) -> tuple[int, int]:
    """Column and row of a place on the screen."""
    x, y = figure.axes[0].transData.transform((place[0] * screen.width_px, place[1] * screen.height_px))
    return round(x), round(picture.shape[0] - y)


def brightness(figure: "Figure", place: tuple[float, float]) -> float:
    """The brightness of the background slightly below a place."""
    picture = drawn(figure)
    x, y = pixel(figure, picture, place, SCREEN)
    return float(picture[y + 20 : y + 30, x - 5 : x + 5].mean())


@pytest.mark.parametrize("screen", [SCREEN, ScreenGeometry(400, 800)])
def test_the_screen_has_its_shape(screen: ScreenGeometry) -> None:
    figure = draw_errors([(LEFT, RIGHT)], [], screen, "s1")
    picture = drawn(figure)
    (left, top), (right, bottom) = (pixel(figure, picture, place, screen) for place in ((0.0, 0.0), (1.0, 1.0)))
    assert 0 < left < right < picture.shape[1]
    assert 0 < top < bottom < picture.shape[0]
    assert (bottom - top) / (right - left) == pytest.approx(screen.height_px / screen.width_px, abs=0.01)
    assert max(bottom - top, right - left) > 500, "large enough to see single frames"


def test_a_place_with_a_larger_error_is_brighter() -> None:
    figure = draw_errors([(LEFT, (0.21, 0.5)), (RIGHT, (0.8, 0.3))], [(0.5, 0.5)], SCREEN, "s1")
    assert brightness(figure, RIGHT) > 2.0 * brightness(figure, LEFT)


def test_a_prediction_far_outside_and_a_session_without_frames_are_drawn_without_an_error(tmp_path: Path) -> None:
    for name, pairs, calibrated in (("far", [(LEFT, (50.0, -50.0))], []), ("nothing", [], [LEFT])):
        draw_errors(pairs, calibrated, SCREEN, name).savefig(tmp_path / name, format="png")
        picture = cv2.imread(str(tmp_path / name))
        assert picture is not None
        assert picture.shape[1] > 800
