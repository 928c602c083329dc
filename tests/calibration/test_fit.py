from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from calibration.errors import CalibrationError
from calibration.fit import GameSamples, fit_game, head_directions
from calibration.samples.sample import CalibrationSample
from tests.calibration.targets.test_pursuit import pursued
from tests.support.calibration_eye import SCREEN, LinearEye, game

TURNS = {"straight": (0.0, 0.0), "left": (0.0, 0.2), "right": (0.0, -0.2), "down": (0.2, 0.0), "up": (-0.2, 0.0)}


def turning(n: int = 10) -> list[CalibrationSample]:
    eye = LinearEye(seed=3)
    samples = []
    for pitch, yaw in TURNS.values():
        for _ in range(n):
            at_ms = 60_000.0 + 33.0 * len(samples)
            blocks = {**eye.blocks(0.5, 0.5), "head_rotation": np.array([pitch, yaw, 0.0], np.float32)}
            samples.append(CalibrationSample(at_ms, 1001, (0.5, 0.5), blocks, arrived_ms=50_000.0))
    return samples


def test_a_turning_head_becomes_one_target_for_each_direction() -> None:
    samples = head_directions(turning())
    assert len({sample.target_id for sample in samples}) == 5
    assert {sample.target for sample in samples} == {(0.5, 0.5)}
    for target_id in {sample.target_id for sample in samples}:
        turns = {tuple(s.blocks["head_rotation"].tolist()) for s in samples if s.target_id == target_id}
        assert len(turns) == 1


def test_a_direction_that_was_hardly_seen_and_unsettled_frames_are_left_out() -> None:
    assert head_directions(turning(n=4)) == ()
    early = [
        CalibrationSample(s.captured_ms, s.target_id, s.target, s.blocks, arrived_ms=s.captured_ms) for s in turning()
    ]
    assert head_directions(early) == ()
    assert head_directions([]) == ()


def test_all_rounds_together_make_one_calibration_that_knows_the_lag() -> None:
    dots = game(LinearEye(seed=3, noise=0.05))
    fit = fit_game(GameSamples(tuple(dots), tuple(turning()), pursued(140.0)), SCREEN)
    assert fit.lag_ms == pytest.approx(140.0, abs=12.0)
    assert (fit.pursuit_used, fit.head_directions) == (True, 5)
    assert len(fit.calibration.report.targets) > 9 + 5
    x, y = 0.3, 0.7
    point = fit.calibration.predict(LinearEye(seed=3).blocks(x, y))
    assert (point.x, point.y) == pytest.approx((x, y), abs=0.04)


def test_a_pursuit_that_was_not_followed_spoils_nothing() -> None:
    dots = tuple(game(LinearEye(seed=3, noise=0.05)))
    ignored = pursued(0.0, away=(0.0, 20_000.0))
    with_it, without = fit_game(GameSamples(dots, pursuit=ignored), SCREEN), fit_game(GameSamples(dots), SCREEN)
    assert (with_it.lag_ms, with_it.pursuit_used) == (None, False)
    assert with_it.calibration.calibration_id == without.calibration.calibration_id


def test_rounds_without_dots_are_too_little() -> None:
    with pytest.raises(CalibrationError):
        fit_game(GameSamples(()), SCREEN)


def test_frames_of_the_rounds_that_lack_a_block_or_are_no_numbers_are_passed_over() -> None:
    dots, turned, followed = game(LinearEye(seed=3, noise=0.05)), turning(), pursued(140.0)

    def spoiled(samples: Sequence[CalibrationSample]) -> tuple[CalibrationSample, ...]:
        broken = [
            lambda blocks: {name: values for name, values in blocks.items() if "angles" not in name},
            lambda blocks: {name: values for name, values in blocks.items() if "head" not in name},
            lambda blocks: {**blocks, "head_rotation": np.full(3, np.nan, np.float32)},
            lambda blocks: {},
        ]
        return tuple(replace(s, blocks=broken[i % 4](s.blocks)) if i % 3 == 0 else s for i, s in enumerate(samples))

    rounds = GameSamples(spoiled(dots), spoiled(turned), replace(followed, samples=spoiled(followed.samples)))
    fit = fit_game(rounds, SCREEN)
    assert fit.lag_ms == pytest.approx(140.0, abs=15.0)
    assert fit.head_directions == 5
    assert fit.calibration.poses is not None
    assert np.isfinite(fit.calibration.poses.rotation_rad).all()
