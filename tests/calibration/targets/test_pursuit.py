from __future__ import annotations

import numpy as np
import pytest

from calibration.samples.sample import CalibrationSample
from calibration.samples.selection import select
from calibration.targets.pursuit import HOLD_MS, PursuitRound, follow, place_at
from tests.support.calibration_eye import PURSUIT_PATH, LinearEye, pursue


def test_the_path_rests_then_reaches_all_edges_and_comes_back() -> None:
    assert place_at(PURSUIT_PATH, 0.0) == place_at(PURSUIT_PATH, HOLD_MS) == (0.5, 0.5)
    _, xs, ys = zip(*PURSUIT_PATH, strict=True)
    assert (min(xs), max(xs)) == (pytest.approx(0.08, abs=0.01), pytest.approx(0.92, abs=0.01))
    assert (min(ys), max(ys)) == (pytest.approx(0.08, abs=0.01), pytest.approx(0.92, abs=0.01))
    assert PURSUIT_PATH[-1] == (11_000.0, pytest.approx(0.5), pytest.approx(0.5))


def test_the_path_never_outruns_the_eyes() -> None:
    t, x, y = (np.array(column) for column in zip(*PURSUIT_PATH, strict=True))
    speed = np.hypot(np.diff(x), np.diff(y)) / np.diff(t) * 1000.0  # screens a second
    assert speed.max() < 0.9  # on a desk a screen is about 30 degrees wide: 27 deg/s
    assert speed[:4].max() < speed.max() / 2


@pytest.mark.parametrize("lag_ms", [0.0, 85.0, 180.0, 320.0])
@pytest.mark.parametrize("step_ms", [33.0, 80.0])
def test_the_lag_is_found_not_assumed(lag_ms: float, step_ms: float) -> None:
    found = follow(pursue(lag_ms, step_ms=step_ms))
    assert found.lag_ms == pytest.approx(lag_ms, abs=12.0)
    assert found.unexplained < 0.1


def test_each_cell_becomes_a_target_where_the_eyes_were_not_where_the_dot_was() -> None:
    eye = LinearEye(seed=3)
    targets = select(follow(pursue(200.0, noise=0.02)).samples).means
    assert len(targets) >= 10
    for mean in targets:
        expected = np.asarray(eye.blocks(*mean.target)["eye_patches"])
        wrong = np.asarray(eye.blocks(mean.target[0] + 0.05, mean.target[1])["eye_patches"])
        seen = np.asarray(mean.blocks["eye_patches"])
        assert np.linalg.norm(seen - expected) < 0.5 * np.linalg.norm(wrong - expected)


def test_a_glance_away_is_left_out() -> None:
    found = follow(pursue(150.0, away=(5_000.0, 6_000.0)))
    assert found.lag_ms == pytest.approx(150.0, abs=12.0)
    assert not [sample for sample in found.samples if 10_050.0 <= sample.captured_ms < 10_950.0]


def test_a_target_that_was_not_followed_gives_no_samples() -> None:
    found = follow(pursue(0.0, away=(0.0, 20_000.0)))
    assert (found.lag_ms, found.samples) == (None, ())


def test_too_few_frames_or_shut_eyes_give_no_samples() -> None:
    whole = pursue(100.0)
    assert follow(PursuitRound(PURSUIT_PATH, 5_000.0, whole.samples[:20])).lag_ms is None
    shut = tuple(
        CalibrationSample(s.captured_ms, s.target_id, s.target, s.blocks, eyes_open=False) for s in whole.samples
    )
    assert follow(PursuitRound(PURSUIT_PATH, 5_000.0, shut)).samples == ()
