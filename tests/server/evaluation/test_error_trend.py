import numpy as np
import pytest

from calibration.screen import ScreenGeometry
from server.evaluation.error_trend import MIN_FRAMES, error_trend

SCREEN = ScreenGeometry(1000, 500)
RNG = np.random.default_rng(0)
TARGETS = [(float(x), float(y)) for x, y in RNG.uniform(size=(60, 2))]
MINUTES = np.linspace(1.0, 4.0, 60).tolist()


def predictions(px_per_minute: tuple[float, float], noise_px: float = 0.0) -> list[tuple[float, float]]:
    dx, dy = px_per_minute
    return [
        (x + (dx * m + noise_px * RNG.normal()) / 1000, y + (dy * m + noise_px * RNG.normal()) / 500)
        for (x, y), m in zip(TARGETS, MINUTES, strict=True)
    ]


def test_a_steady_movement_is_given_in_pixels_a_minute() -> None:
    drift = error_trend(MINUTES, predictions((12.0, -5.0)), TARGETS, SCREEN)
    assert drift is not None
    assert (drift.dx_px_per_minute, drift.dy_px_per_minute) == pytest.approx((12.0, -5.0))
    assert drift.minutes == pytest.approx(3.0)
    assert drift.thirds_px[0] < drift.thirds_px[1] < drift.thirds_px[2]


def test_noise_alone_stays_within_three_of_the_uncertainty() -> None:
    drift = error_trend(MINUTES, predictions((0.0, 0.0), noise_px=40.0), TARGETS, SCREEN)
    assert drift is not None
    assert abs(drift.dx_px_per_minute) < 3.0 * drift.uncertainty_px_per_minute
    assert drift.uncertainty_px_per_minute == pytest.approx(40.0 / (np.std(MINUTES) * np.sqrt(60)), rel=0.3)


def test_the_order_of_the_frames_does_not_matter() -> None:
    points = predictions((12.0, -5.0), noise_px=10.0)
    order = RNG.permutation(60)
    shuffled = [[values[i] for i in order] for values in (MINUTES, points, TARGETS)]
    ours, theirs = error_trend(MINUTES, points, TARGETS, SCREEN), error_trend(*shuffled, SCREEN)
    assert ours is not None
    assert theirs is not None
    assert theirs.thirds_px == pytest.approx(ours.thirds_px)


def test_a_test_that_is_too_short_has_no_drift() -> None:
    assert error_trend(MINUTES[: MIN_FRAMES - 1], TARGETS[: MIN_FRAMES - 1], TARGETS[: MIN_FRAMES - 1], SCREEN) is None
    assert error_trend([2.0] * 60, TARGETS, TARGETS, SCREEN) is None
    assert error_trend([], [], [], SCREEN) is None
