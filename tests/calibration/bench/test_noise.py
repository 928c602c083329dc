import numpy as np
import pytest

from calibration.bench.feature_file import FeatureSession
from calibration.bench.noise import differences, with_noise
from calibration.samples.sample import CalibrationSample
from tests.support.calibration_eye import GRID, SCREEN, LinearEye


def person(seed: int, noise: float = 0.2, n_frames: int = 6) -> FeatureSession:
    eye = LinearEye(seed=seed, noise=noise)
    calibrate = [
        CalibrationSample(2000.0 * i + 33.0 * k, i, place, eye.blocks(*place))
        for i, place in enumerate(GRID)
        for k in range(n_frames)
    ]
    return FeatureSession(f"s{seed}", f"p{seed}", SCREEN, tuple(calibrate), tuple(calibrate[:4]))


PEOPLE = [person(seed) for seed in range(4)]


def spread(sessions: list[FeatureSession]) -> float:
    """Standard deviation of the eyes' pitch between frames of one dot."""
    return float(np.std([delta["eye_angles"][0] for _, delta in differences(sessions)]))


@pytest.mark.parametrize("level", [2.0, 4.0])
def test_noise_that_changes_with_each_frame_is_as_many_times_as_large(level: float) -> None:
    assert spread(with_noise(PEOPLE, level, slow=0.0)) == pytest.approx(level * spread(PEOPLE), rel=0.12)


def test_noise_that_stays_while_a_dot_is_shown_is_not_seen_between_its_frames_but_moves_them_all() -> None:
    moved = with_noise(PEOPLE, 4.0, slow=1.0)
    assert spread(moved) == pytest.approx(spread(PEOPLE), rel=1e-3)
    for before, after in zip(PEOPLE, moved, strict=True):
        shifts = [a.blocks["iris"] - b.blocks["iris"] for a, b in zip(after.calibrate, before.calibrate, strict=True)]
        for first in range(0, len(shifts), 6):
            assert np.ptp(shifts[first : first + 6], axis=0).max() < 1e-5
            assert np.linalg.norm(shifts[first]) > 1e-3


def test_one_draw_is_a_whole_frame_s_so_that_features_err_together() -> None:
    (delta, *_rest), before = with_noise(PEOPLE, 2.0, slow=0.0)[0].calibrate, PEOPLE[0].calibrate[0]
    change = {name: delta.blocks[name] - before.blocks[name] for name in ("gaze_angles", "eye_patches")}
    donors = [draw for person, draw in differences(PEOPLE) if person != "p0"]
    scales = [change["gaze_angles"] / draw["gaze_angles"] for draw in donors]
    of_one = [
        np.allclose(scale, scale[0], rtol=1e-2)
        and np.allclose(change["eye_patches"], scale[0] * draw["eye_patches"], atol=1e-3)
        for scale, draw in zip(scales, donors, strict=True)
    ]
    assert any(of_one)


def test_the_same_seed_gives_the_same_noise_and_level_one_none() -> None:
    again = [with_noise(PEOPLE, 2.0, seed=5)[0].test[0].blocks["iris"] for _ in range(2)]
    np.testing.assert_array_equal(*again)
    assert with_noise(PEOPLE, 1.0) == PEOPLE


def test_noise_without_recorded_noise_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        with_noise(PEOPLE, 0.5)
    with pytest.raises(ValueError, match="no noise to draw from"):
        with_noise([PEOPLE[0]], 2.0)  # no other person to draw from
    with pytest.raises(ValueError, match="no noise to draw from"):
        with_noise([person(seed, n_frames=1) for seed in range(2)], 2.0)
