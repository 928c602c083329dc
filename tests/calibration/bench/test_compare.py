from pathlib import Path

import numpy as np
import pytest

from calibration.bench import __main__ as bench
from calibration.bench.compare import compare, table
from calibration.bench.feature_file import FeatureSession, save_features
from calibration.bench.methods import COMPARED
from calibration.screen import ScreenGeometry
from tests.support.calibration_eye import SCREEN, session

SOME = {name: COMPARED[name] for name in ("centre", "affine", "ridge", "mixture")}

SESSIONS = [session(seed) for seed in range(5)]


def test_the_centre_is_one_of_itself_and_the_ridge_better_than_the_affine_map() -> None:
    scores = compare(SESSIONS, None, SOME)
    assert scores["centre"].of_centre == pytest.approx(np.ones(5))
    assert scores["ridge"].of_centre.mean() < scores["affine"].of_centre.mean() < 1.0
    assert np.isnan(scores["ridge"].median_deg).all()  # the screen was not measured


def test_degrees_are_reported_if_the_screen_is_measured() -> None:
    measured = session(0, ScreenGeometry(1920, 1080, width_mm=480.0, distance_mm=600.0))
    assert 0.0 < compare([measured], None, SOME)["ridge"].median_deg[0] < 10.0


def test_a_person_with_two_sessions_counts_once() -> None:
    scores = compare([session(0, person="ada"), session(1, person="ada"), session(2)], None, SOME)
    assert len(scores["ridge"].of_centre) == 2


def test_more_targets_are_better() -> None:
    fewer, all_of_them = (compare(SESSIONS, n, SOME)["ridge"].of_centre.mean() for n in (4, None))
    assert fewer > all_of_them


def test_sessions_with_too_little_are_left_out() -> None:
    empty = FeatureSession("s", "p", SCREEN, SESSIONS[0].calibrate[:2], SESSIONS[0].test)
    assert len(compare([empty, SESSIONS[1]], None, SOME)["ridge"].of_centre) == 1


def test_equal_calibrators_have_a_paired_ratio_of_one() -> None:
    scores = compare(SESSIONS, None, {"copy": COMPARED["mixture"], "mixture": COMPARED["mixture"]})
    assert "| copy |" in table(scores)
    assert "1.00 [1.00, 1.00]" in table(scores)


def test_the_command_prints_a_table_for_each_file_and_number_of_targets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_features(tmp_path / "easy.npz", SESSIONS)
    assert bench.main([str(tmp_path / "easy.npz"), "--targets", "5", "--methods", "centre", "affine"]) == 0
    printed = capsys.readouterr().out
    assert "### easy, all targets, 5 people" in printed
    assert "### easy, 5 targets, 5 people" in printed
    assert printed.count("| **mixture** |") == 2


def test_with_more_noise_every_calibrator_is_worse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_features(tmp_path / "easy.npz", [session(seed, n_frames=2) for seed in range(5)])
    assert bench.main([str(tmp_path / "easy.npz"), "--methods", "affine", "--noise", "1", "4", "--brief"]) == 0
    once, four_times = capsys.readouterr().out.splitlines()[2:]
    assert once.startswith("| easy | all | x 1 | ")
    assert four_times.startswith("| easy | all | x 4 | ")
    for column in (4, 5):
        assert float(once.split("|")[column].split()[0]) < float(four_times.split("|")[column].split()[0])


def test_files_that_are_not_comparable_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main([str(tmp_path / "nowhere.npz")]) == 1
    assert "nowhere.npz holds no features" in capsys.readouterr().err
    save_features(tmp_path / "x.npz", [FeatureSession("s", "p", SCREEN, SESSIONS[0].calibrate[:2], ())])
    assert bench.main([str(tmp_path / "x.npz")]) == 1
    assert "no session has 3 targets" in capsys.readouterr().err
    for option in (["--targets", "2"], ["--noise", "0.5"], ["--slow", "1.5"], ["--methods", "palmistry"]):
        with pytest.raises(SystemExit):
            bench.main([str(tmp_path / "x.npz"), *option])
    save_features(tmp_path / "single.npz", SESSIONS)
    assert bench.main([str(tmp_path / "single.npz"), "--noise", "2"]) == 1  # single frames show no noise
    assert "no noise to draw from" in capsys.readouterr().err
