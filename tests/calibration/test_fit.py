from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

import calibration
from calibration.errors import CalibrationError
from calibration.fit import CollectedSamples, fit, fit_calibration
from calibration.samples.sample import CalibrationSample
from tests.support.calibration_eye import SCREEN, LinearEye, game, pursue
from tests.support.turned_head import turning


def test_all_rounds_together_make_one_calibration_that_knows_the_lag() -> None:
    dots = game(LinearEye(seed=3, noise=0.05))
    fitted = fit(CollectedSamples(tuple(dots), tuple(turning()), pursue(140.0)), SCREEN)
    assert fitted.lag_ms == pytest.approx(140.0, abs=12.0)
    assert fitted.head_directions == 5
    assert len(fitted.calibration.report.targets) > 9 + 5
    x, y = 0.3, 0.7
    point = fitted.calibration.predict(LinearEye(seed=3).blocks(x, y))
    assert (point.x, point.y) == pytest.approx((x, y), abs=0.04)


def test_a_pursuit_that_was_not_followed_is_not_used() -> None:
    dots = tuple(game(LinearEye(seed=3, noise=0.05)))
    ignored = pursue(0.0, away=(0.0, 20_000.0))
    with_it, without = fit(CollectedSamples(dots, pursuit=ignored), SCREEN), fit(CollectedSamples(dots), SCREEN)
    assert with_it.lag_ms is None
    assert with_it.calibration.calibration_id == without.calibration.calibration_id


def test_rounds_without_dots_are_too_little() -> None:
    with pytest.raises(CalibrationError):
        fit(CollectedSamples(()), SCREEN)


def test_frames_of_the_rounds_that_lack_a_block_or_are_no_numbers_are_passed_over() -> None:
    dots, turned, followed = game(LinearEye(seed=3, noise=0.05)), turning(), pursue(140.0)

    def spoiled(samples: Sequence[CalibrationSample]) -> tuple[CalibrationSample, ...]:
        broken = [
            lambda blocks: {name: values for name, values in blocks.items() if "angles" not in name},
            lambda blocks: {name: values for name, values in blocks.items() if "head" not in name},
            lambda blocks: {**blocks, "head_rotation": np.full(3, np.nan, np.float32)},
            lambda blocks: {},
        ]
        return tuple(replace(s, blocks=broken[i % 4](s.blocks)) if i % 3 == 0 else s for i, s in enumerate(samples))

    rounds = CollectedSamples(spoiled(dots), spoiled(turned), replace(followed, samples=spoiled(followed.samples)))
    fitted = fit(rounds, SCREEN)
    assert fitted.lag_ms == pytest.approx(140.0, abs=15.0)
    assert fitted.head_directions == 5
    assert fitted.calibration.poses is not None
    assert np.isfinite(fitted.calibration.poses.rotation_rad).all()


def test_dots_alone_are_fitted_as_a_plain_calibration() -> None:
    dots = game(LinearEye(seed=3, noise=0.05))
    whole, plain = fit(CollectedSamples(tuple(dots)), SCREEN), fit_calibration(dots, SCREEN)
    assert whole.calibration.report == plain.report
    assert whole.calibration.calibration_id == plain.calibration_id
    assert (whole.lag_ms, whole.head_directions) == (None, 0)


def test_the_package_offers_what_a_program_needs() -> None:
    fitted = calibration.fit_calibration(game(LinearEye(seed=3, noise=0.05)), calibration.ScreenGeometry(1920, 1080))
    assert isinstance(fitted, calibration.Calibration)
    assert all(hasattr(calibration, name) for name in calibration.__all__)
