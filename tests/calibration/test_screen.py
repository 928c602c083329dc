import math

import pytest

import calibration.screen
import models.face.camera
from calibration.screen import ScreenGeometry

PHYSICAL = ScreenGeometry(1920, 1080, width_mm=480.0, height_mm=270.0, distance_mm=600.0)


def test_distances_are_in_pixels_of_each_axis() -> None:
    assert PHYSICAL.distance_px((0.5, 0.5), (0.6, 0.5)) == pytest.approx(192.0)
    assert PHYSICAL.distance_px((0.5, 0.5), (0.5, 0.6)) == pytest.approx(108.0)
    assert PHYSICAL.diagonal_px == pytest.approx(math.hypot(1920, 1080))


def test_the_angle_from_the_middle_is_the_arc_tangent_of_offset_over_distance() -> None:
    assert PHYSICAL.angle_deg((0.5, 0.5), (1.0, 0.5)) == pytest.approx(math.degrees(math.atan(240 / 600)))
    assert PHYSICAL.angle_deg((0.0, 0.5), (1.0, 0.5)) == pytest.approx(2 * math.degrees(math.atan(240 / 600)))
    assert PHYSICAL.angle_deg((0.3, 0.2), (0.3, 0.2)) == 0.0


def test_degrees_are_not_guessed_without_size_or_distance() -> None:
    assert ScreenGeometry(1920, 1080, distance_mm=600.0).angle_deg((0, 0), (1, 1)) is None
    assert ScreenGeometry(1920, 1080, width_mm=480.0).angle_deg((0, 0), (1, 1)) is None


def test_one_physical_side_gives_the_other_because_pixels_are_square() -> None:
    assert ScreenGeometry(1920, 1080, width_mm=480.0).size_mm == pytest.approx((480.0, 270.0))
    assert ScreenGeometry(1920, 1080, height_mm=270.0).size_mm == pytest.approx((480.0, 270.0))
    assert ScreenGeometry(1920, 1080).size_mm is None


def test_the_given_distance_wins_over_measured_ones_and_implausible_ones_are_ignored() -> None:
    assert PHYSICAL.seen_from([500.0, 900.0, 700.0]).distance_mm == 600.0
    unknown = ScreenGeometry(1920, 1080, width_mm=480.0)
    assert unknown.seen_from([500.0, 900.0, 700.0]).distance_mm == 700.0
    assert unknown.seen_from([]) == unknown.seen_from([2.0, 3.0]) == unknown


@pytest.mark.parametrize(
    "bad", [{"width_px": 0}, {"height_px": float("nan")}, {"width_mm": -1.0}, {"distance_mm": 0.0}]
)
def test_sizes_that_are_not_positive_numbers_are_refused_by_name(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        ScreenGeometry(**{"width_px": 1920, "height_px": 1080, **bad})


def test_the_key_names_the_size() -> None:
    assert ScreenGeometry(1920.2, 1080).key == "1920x1080"


def test_models_and_calibration_place_the_camera_alike() -> None:
    assert calibration.screen.CAMERA_ABOVE_SCREEN_MM == models.face.camera.CAMERA_ABOVE_SCREEN_MM
