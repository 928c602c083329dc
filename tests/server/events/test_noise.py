from __future__ import annotations

import dataclasses
import random

import pytest

from calibration.fit import fit_calibration
from calibration.samples.selection import SETTLE_MS
from calibration.screen import ScreenPoint
from server.events.noise import LEAST, MOST, Noise, StepNoise, calibration_noise, limited
from tests.support.server import SCREEN, features, samples
from tests.support.simulated_gaze import simulate_gaze


def test_a_calibrations_noise_is_how_far_the_frames_of_a_dot_lie_from_each_other() -> None:
    rng = random.Random(1)
    shaken = []
    for sample in samples() * 3:
        x, y = sample.target[0] + rng.gauss(0, 0.02), sample.target[1] + rng.gauss(0, 0.01)
        shaken.append(dataclasses.replace(sample, blocks=features(x, y).blocks()))
    calibration = fit_calibration(samples(), SCREEN)
    noise = calibration_noise(calibration, shaken, SETTLE_MS)
    assert noise is not None
    assert noise.x == pytest.approx(0.02, rel=0.3)
    assert noise.y == pytest.approx(0.01, rel=0.3)


def test_frames_that_do_not_count_for_the_fit_do_not_count_here() -> None:
    calibration = fit_calibration(samples(), SCREEN)
    shut = [dataclasses.replace(sample, eyes_open=False) for sample in samples()]
    early = [dataclasses.replace(sample, captured_ms=(sample.arrived_ms or 0.0) + 10.0) for sample in samples()]
    assert calibration_noise(calibration, [*shut, *early], SETTLE_MS) is None


@pytest.mark.parametrize("sd", [0.01, 0.03])
@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.8])
def test_the_noise_is_estimated_from_gaze_with_saccades(sd: float, correlation: float) -> None:
    steps = StepNoise()
    assert steps.estimate() is None
    for time_ms, point in simulate_gaze(noise=sd, correlation=correlation).frames:
        steps.add(point, time_ms)
    estimate = steps.estimate()
    assert estimate is not None
    assert 0.7 * sd <= min(estimate.x, estimate.y)
    assert max(estimate.x, estimate.y) <= 2.2 * sd
    steps.reset()
    assert steps.estimate() is None


def test_steps_over_a_gap_do_not_count() -> None:
    steps = StepNoise()
    for i in range(100):
        steps.add(ScreenPoint(0.1 * (i % 9), 0.5), i * 400.0)
    assert steps.estimate() is None


def test_worse_light_raises_the_noise_of_a_good_calibration() -> None:
    calm = Noise(0.01, 0.01)
    assert calm.raised_to(None) == calm
    assert calm.raised_to(Noise(0.014, 0.06)) == Noise(0.01, pytest.approx(0.04))


def test_the_noise_has_a_lower_and_an_upper_limit() -> None:
    assert limited(Noise(0.0, 1.0)) == Noise(LEAST, MOST)
