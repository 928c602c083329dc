from pathlib import Path

import pytest

from calibration.bench import __main__ as bench
from calibration.bench.feature_file import FeatureSession, save_features
from calibration.mapping.geometry import POPULATION
from calibration.samples.sample import CalibrationSample
from calibration.screen import ScreenGeometry
from tests.support.calibration_eye import GRID
from tests.support.geometric_eye import TRUTHFUL, target_means

SCREEN = ScreenGeometry(1920, 1080, width_mm=TRUTHFUL.size_mm[0])


def moved(seed: int) -> FeatureSession:
    """A person with accurate angles whose head turns after the calibration: gains of 1 are right."""
    calibrated = target_means(TRUTHFUL, GRID, seed=seed, turns_rad=0.02)
    tested = target_means(
        TRUTHFUL, [(x, y) for x in (0.2, 0.5, 0.8) for y in (0.3, 0.7)], seed=seed + 50, turns_rad=0.3
    )
    calibrate, test = (
        tuple(CalibrationSample(2000.0 * mean.target_id, mean.target_id, mean.target, mean.blocks) for mean in means)
        for means in (calibrated, tested)
    )
    return FeatureSession(f"s{seed}", f"p{seed}", SCREEN, calibrate, test)


def test_gains_that_are_right_for_the_people_come_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_features(tmp_path / "exact.npz", [moved(seed) for seed in range(3)])
    command = [str(tmp_path / "exact.npz"), "--head", "0.5", "1", "--eyes", "0.2", "1", "--face", "0"]
    assert bench.main(["gains", *command]) == 0
    _, _, best, *others = capsys.readouterr().out.splitlines()
    assert best.startswith("| 1 | 1 | 0 | ")
    assert float(best.split("|")[4]) < 0.7
    (in_use,) = (line for line in others if line.endswith("in use"))
    assert in_use.startswith(f"| {POPULATION.head:g} | {POPULATION.eyes:g} | {POPULATION.face:g} | 1.000 | 1.000 |")


def test_files_without_a_usable_session_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["gains", str(tmp_path / "nowhere.npz")]) == 1
    assert "holds no features" in capsys.readouterr().err
    one = moved(0)
    save_features(tmp_path / "x.npz", [FeatureSession("s", "p", SCREEN, one.calibrate[:2], one.test)])
    assert bench.main(["gains", str(tmp_path / "x.npz")]) == 1
    assert "no session has 3 targets" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        bench.main(["gains", str(tmp_path / "x.npz"), "--targets", "1"])
