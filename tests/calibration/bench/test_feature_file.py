from pathlib import Path

import numpy as np
import pytest

from calibration.bench.feature_file import FeatureFileError, FeatureSession, load_features, save_features
from calibration.samples.sample import CalibrationSample
from calibration.screen import ScreenGeometry
from tests.support.calibration_eye import GRID, SCREEN, LinearEye, game

SAMPLES = tuple(game(LinearEye(noise=0.1), GRID[:3]))
CLOSED = CalibrationSample(1.5, 7, (0.25, 0.5), SAMPLES[0].blocks, eyes_open=False, arrived_ms=0.5)
SESSIONS = [
    FeatureSession("s1", "ada", SCREEN, (*SAMPLES, CLOSED), SAMPLES[:2]),
    FeatureSession("s2", "ben", ScreenGeometry(800, 600, 300.0, 225.0, 550.0), SAMPLES[5:9], SAMPLES[3:4]),
]


def same(a: CalibrationSample, b: CalibrationSample) -> bool:
    numbers = (a.captured_ms, a.target_id, a.target, a.eyes_open, a.arrived_ms)
    others = (b.captured_ms, b.target_id, b.target, b.eyes_open, b.arrived_ms)
    return numbers == others and all(np.array_equal(a.blocks[name], b.blocks[name]) for name in a.blocks)


def test_sessions_come_back_as_they_were_saved(tmp_path: Path) -> None:
    save_features(tmp_path / "x.npz", SESSIONS)
    loaded = load_features(tmp_path / "x.npz")
    for before, after in zip(SESSIONS, loaded, strict=True):
        assert (before.name, before.person, before.screen) == (after.name, after.person, after.screen)
        for ours, theirs in ((before.calibrate, after.calibrate), (before.test, after.test)):
            assert len(ours) == len(theirs)
            assert all(same(a, b) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no zip at all"])
def test_a_file_that_is_no_such_file_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(FeatureFileError, match=r"x\.npz holds no features"):
        load_features(tmp_path / "x.npz")
    with pytest.raises(FeatureFileError, match="nowhere"):
        load_features(tmp_path / "nowhere.npz")


def test_an_archive_of_other_arrays_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", numbers=np.arange(3))
    with pytest.raises(FeatureFileError, match="holds no features"):
        load_features(tmp_path / "x.npz")
