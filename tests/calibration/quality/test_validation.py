from __future__ import annotations

import math
from dataclasses import replace

import pytest

from calibration.quality.validation import GazePoint, common_shift, validate
from calibration.screen import ScreenGeometry

SCREEN = ScreenGeometry(1000, 500, width_mm=400, height_mm=200)
Seen = dict[tuple[int, tuple[float, float]], list[GazePoint]]


def looked(
    target: tuple[float, float], dx_px: float = 0.0, dy_px: float = 0.0, *, n: int = 20, start_ms: float = 0.0
) -> list[GazePoint]:
    """Points that alternate by 4 px around the target plus an offset."""
    return [
        GazePoint(
            start_ms + 50.0 * i,
            (target[0] + (dx_px + (4 if i % 2 else -4)) / 1000, target[1] + dy_px / 500),
            distance_mm=600.0 + i % 3,
            brightness=100.0,
        )
        for i in range(n)
    ]


def test_the_error_is_the_median_of_single_frames_and_so_larger_than_the_offset_of_their_mean() -> None:
    target = (0.5, 0.5)
    noisy = [  # 20 px to four sides of a mean that is 30 px beside the target; the filter has left the mean
        GazePoint(50.0 * i, (0.53, 0.5), distance_mm=600.0, raw=(0.5 + (30 + dx) / 1000, 0.5 + dy / 500))
        for i, (dx, dy) in enumerate([(20, 0), (0, 20), (0, -20), (-20, 0), (0, 20)] * 4)
    ]
    result = validate({(0, target): noisy}, SCREEN, "c_1").to_json()
    assert result["accuracy"]["px"] == pytest.approx(30.0)
    assert result["error"]["px"] == result["points"][0]["error_px"] == pytest.approx(math.hypot(30, 20), abs=0.06)
    assert result["error"]["cm"] == pytest.approx(result["error"]["px"] * 0.04, abs=0.01)
    assert result["error"]["deg"] == pytest.approx(math.degrees(math.atan(0.4 * math.hypot(30, 20) / 600)), rel=0.02)


def test_each_target_has_the_same_weight_in_the_error_and_one_alone_has_no_likely_range() -> None:
    seen = {(0, (0.5, 0.5)): looked((0.5, 0.5), 100, n=60), (1, (0.2, 0.2)): looked((0.2, 0.2), 20)}
    error = validate({**seen, (2, (0.8, 0.8)): looked((0.8, 0.8), 40)}, SCREEN, "c_1").to_json()["error"]
    assert error["px"] == pytest.approx(40.0, abs=4.1)
    assert (error["low_px"], error["high_px"]) == pytest.approx((20.0, 100.0), abs=4.1)
    alone = validate({(2, (0.8, 0.8)): looked((0.8, 0.8), 40)}, SCREEN, "c_1").to_json()["error"]
    assert (alone["low_px"], alone["high_px"]) == (None, None)


def test_a_known_offset_is_the_accuracy_in_px_cm_and_degrees() -> None:
    seen = {(0, (0.5, 0.5)): looked((0.5, 0.5), 30, 40), (1, (0.2, 0.2)): looked((0.2, 0.2), -30, -40)}
    result = validate(seen, SCREEN, "c_1").to_json()
    assert result["accuracy"]["px"] == pytest.approx(50.0)
    assert result["accuracy"]["cm"] == pytest.approx(2.0)
    assert result["accuracy"]["percent_width"] == pytest.approx(5.0)
    straight_ahead = math.degrees(math.atan(20 / 601))
    assert result["accuracy"]["deg"] == pytest.approx(straight_ahead, rel=0.15)  # smaller beside the middle
    assert result["points"][0]["offset_px"] == {"dx": 30.0, "dy": 40.0}
    assert (result["distance_mm"], result["screen_mm"]) == (601.0, {"width": 400, "height": 200})
    assert (result["held_out"], result["calibration"]) == (True, "c_1")


def test_precision_is_sample_to_sample_and_spread() -> None:
    result = validate({(0, (0.5, 0.5)): looked((0.5, 0.5))}, SCREEN, "c_1").to_json()
    assert result["precision"]["rms_s2s_px"] == pytest.approx(8.0)
    assert result["precision"]["sd_px"] == pytest.approx(4.0)
    assert result["precision"]["deg"] == pytest.approx(math.degrees(math.atan(1.6 / 601)), abs=0.01)
    assert result["sample_rate_hz"] == pytest.approx(20.0)


def test_a_gap_ends_a_pair_and_is_not_jumped_over() -> None:
    points = [GazePoint(50.0 * i, (0.5, 0.5)) for i in range(5)]
    points += [GazePoint(250.0, None)]
    points += [GazePoint(300.0 + 50.0 * i, (0.6, 0.5)) for i in range(5)]
    result = validate({(0, (0.5, 0.5)): points}, SCREEN, "c_1").to_json()
    assert result["precision"]["rms_s2s_px"] == 0.0
    assert result["data_loss"] == pytest.approx(1 / 11, abs=1e-3)
    assert (result["points"][0]["n_valid"], result["points"][0]["n_total"]) == (10, 11)


def test_there_is_no_average_when_a_point_failed() -> None:
    seen = {(0, (0.5, 0.5)): looked((0.5, 0.5), 30), (7, (0.2, 0.2)): looked((0.2, 0.2), n=4), (8, (0.9, 0.9)): []}
    result = validate(seen, SCREEN, "c_1").to_json()
    assert (result["error"], result["accuracy"]) == (None, None)
    assert result["precision"] == {"rms_s2s_px": None, "sd_px": None, "deg": None}
    assert result["failed_points"] == [7, 8]
    assert result["points"][0]["accuracy_px"] == pytest.approx(30.0)
    assert result["points"][1]["accuracy_px"] is None


def test_without_a_size_there_are_pixels_only() -> None:
    seen = {(0, (0.5, 0.5)): looked((0.5, 0.5), 30)}
    result = validate(seen, ScreenGeometry(1000, 500), "c_1").to_json()
    assert result["accuracy"] == {"px": 30.0, "cm": None, "deg": None, "percent_width": 3.0}
    assert result["screen_mm"] is None
    assert result["precision"]["deg"] is None


def test_without_any_frame_everything_is_lost_and_nothing_breaks() -> None:
    result = validate({(0, (0.5, 0.5)): []}, SCREEN, "c_1").to_json()
    assert (result["accuracy"], result["data_loss"], result["sample_rate_hz"]) == (None, 1.0, None)


def three(*offsets: tuple[float, float]) -> Seen:
    places = [(0.5, 0.4), (0.2, 0.7), (0.8, 0.3)]
    return {(i, p): looked(p, dx, dy) for i, (p, (dx, dy)) in enumerate(zip(places, offsets, strict=True))}


def test_what_all_dots_have_in_common_is_a_shift() -> None:
    shift = common_shift(validate(three((60, 20), (64, 20), (56, 20)), SCREEN, "c_1"))
    assert shift == pytest.approx((-60.0, -20.0, 4.0))


def test_what_remains_after_a_shift_is_an_error_of_single_frames() -> None:
    places = [(0.5, 0.4), (0.2, 0.7), (0.8, 0.3)]
    seen = {
        (i, p): [replace(point, raw=(p[0] + 0.06, p[1] + 0.06 * (-1) ** n)) for n, point in enumerate(looked(p, 60, 0))]
        for i, p in enumerate(places)
    }
    assert common_shift(validate(seen, SCREEN, "c_1")) == pytest.approx((-60.0, 0.0, 30.0))


def test_errors_in_all_directions_are_no_shift_and_neither_is_a_check_with_a_lost_dot() -> None:
    assert common_shift(validate(three((60, 0), (-60, 10), (0, -60)), SCREEN, "c_1")) is None
    seen = three((60, 20), (60, 20), (60, 20))
    seen[0, (0.5, 0.4)] = []
    assert common_shift(validate(seen, SCREEN, "c_1")) is None
