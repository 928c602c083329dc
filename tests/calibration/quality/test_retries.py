from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from calibration.fit import fit_calibration
from calibration.quality.retries import EXTRA_APART, extra_places, poor_targets
from calibration.samples.sample import CalibrationSample
from tests.support.calibration_eye import GRID, SCREEN, LinearEye, game, visit


def with_arrivals(samples: list[CalibrationSample]) -> list[CalibrationSample]:
    """Samples as in a calibration: each has the time at which its target came to rest."""
    arrived = {s.target_id: s.captured_ms for s in reversed(samples)}
    return [replace(s, arrived_ms=arrived[s.target_id]) for s in samples]


def test_good_dots_are_not_asked_again() -> None:
    assert poor_targets(game(LinearEye(noise=0.1)), range(9)) == {}


def test_a_dot_without_enough_frames_is_asked_again_shown_or_not() -> None:
    eye = LinearEye()
    samples = [s for s in game(eye) if s.target_id not in (3, 5)] + visit(eye, 3, GRID[3], start_ms=90_000.0, n=3)
    assert poor_targets(samples, range(9)) == {3: "few", 5: "few"}


def test_frames_with_shut_eyes_or_from_the_settle_time_do_not_count() -> None:
    eye = LinearEye()
    shut = [
        CalibrationSample(s.captured_ms, 0, s.target, s.blocks, eyes_open=False)
        for s in visit(eye, 0, (0, 0), start_ms=0.0)
    ]
    early = [CalibrationSample(s.captured_ms, 1, s.target, s.blocks, arrived_ms=s.captured_ms) for s in shut]
    assert poor_targets([*shut, *early], [0, 1]) == {0: "few", 1: "few"}


def test_a_dot_that_the_eyes_left_is_unstable() -> None:
    eye = LinearEye(noise=0.02)
    samples = [s for s in game(eye) if s.target_id != 4]
    away = visit(eye, 4, (0.5, 0.5), start_ms=50_000.0, n=10)
    away += [
        CalibrationSample(s.captured_ms, 4, (0.5, 0.5), s.blocks)
        for s in visit(eye, 4, (0.9, 0.1), start_ms=51_000.0, n=10)
    ]
    assert poor_targets([*samples, *away], range(9)) == {4: "unstable"}


@pytest.mark.parametrize(("n_away", "asked"), [(1, {}), (3, {4: "unstable"}), (6, {4: "unstable"})])
def test_a_frame_with_a_moving_eyelid_is_not_a_glance_away(n_away: int, asked: dict[int, str]) -> None:
    eye = LinearEye(noise=0.02)
    samples = game(eye)
    settled = [i for i, s in enumerate(samples) if s.target_id == 4][-9:]  # of nine frames after the settle time
    for i in settled[2 : 2 + n_away]:
        samples[i] = replace(samples[i], blocks=eye.blocks(0.9, 0.1))
    assert poor_targets(with_arrivals(samples), range(9)) == asked


def test_a_dot_at_which_only_the_first_moments_were_looked_at_is_left_to_the_fit_which_doubts_it() -> None:
    eye = LinearEye(noise=0.02)
    samples = [replace(s, blocks=eye.blocks(0.9, 0.1)) if s.target_id == 4 else s for s in with_arrivals(game(eye))]
    assert poor_targets(samples, range(9)) == {}
    assert fit_calibration(samples, SCREEN).report.doubtful_target_ids == (4,)


def test_noise_alone_is_not_unstable_when_all_dots_have_it() -> None:
    assert poor_targets(game(LinearEye(noise=0.5)), range(9)) == {}


def test_samples_without_a_line_of_sight_are_judged_by_their_number_only() -> None:
    blocks = {"eye_patches": np.zeros(4, np.float32)}
    assert poor_targets([CalibrationSample(float(i), 0, (0, 0), blocks) for i in range(9)], [0]) == {}


def test_extra_dots_go_where_the_error_is_worst_and_away_from_the_others() -> None:
    samples = game(LinearEye(noise=0.05))
    rng = np.random.default_rng(0)
    spoiled = [
        CalibrationSample(
            s.captured_ms,
            s.target_id,
            s.target,
            {**s.blocks, "eye_patches": s.blocks["eye_patches"] + rng.normal(0, 0.5, 400).astype(np.float32)},
        )
        if s.target_id == 8
        else s
        for s in samples
    ]
    report = fit_calibration(spoiled, SCREEN).report
    worst = max(report.targets, key=lambda target: target.error_px)
    places = extra_places(report, SCREEN, 2)
    assert 1 <= len(places) <= 2
    assert math.dist(places[0], (worst.x, worst.y)) < 0.5
    assert all(math.dist(place, other) >= EXTRA_APART for place in places for other in GRID)


def test_an_even_error_needs_no_extra_dots() -> None:
    report = fit_calibration(game(LinearEye()), SCREEN).report
    assert extra_places(report, SCREEN, 0) == []
