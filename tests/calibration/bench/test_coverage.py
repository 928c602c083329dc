import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calibration.bench import __main__ as bench
from calibration.bench.coverage import Outcome, limit_of_frames, limit_of_targets, outcome_of
from calibration.bench.feature_file import FeatureSession, save_features
from calibration.bench.simulated import simulated_visits
from calibration.fit import fit_calibration
from calibration.quality.error_model import ExpectedError
from tests.support.calibration_eye import PLACES, SCREEN, session

RADIUS_OF_MEDIAN = math.sqrt(math.log(0.32) / math.log(0.5))  # 68 % and 50 % of normal errors in two dimensions


def people(n: int, *, seed: int = 0, n_frames: int = 400) -> list[Outcome]:
    """Calibrations whose errors are the announced ones, except for chance."""
    rng = np.random.default_rng(seed)
    outcomes = []
    for _ in range(n):
        median_px = float(rng.lognormal(4.0, 0.6))
        expected = ExpectedError(median_px, RADIUS_OF_MEDIAN * median_px, 1.0, 1.0, 1.0)
        growth = rng.lognormal(0.0, 0.25, n_frames)
        # |e| = median sqrt(-ln u / ln 2): half of it above the median.
        errors = growth * median_px * np.sqrt(-np.log(rng.uniform(size=n_frames)) / math.log(2.0))
        outcomes.append(Outcome("all", 9, expected, errors, growth * expected.radius_px))
    return outcomes


def test_errors_as_announced_are_reported_as_announced() -> None:
    outcomes = people(60)
    assert np.median([one.ratio for one in outcomes]) == pytest.approx(1.0, abs=0.06)
    assert np.mean([one.covered for one in outcomes]) == pytest.approx(0.68, abs=0.02)
    assert np.median([one.over_radius for one in outcomes]) == pytest.approx(0.78, abs=0.04)


def test_errors_twice_as_large_are_no_longer_within_their_radius() -> None:
    outcomes = [replace(one, errors_px=2.0 * one.errors_px) for one in people(20)]
    assert np.median([one.ratio for one in outcomes]) == pytest.approx(2.0, rel=0.1)
    assert np.mean([one.covered for one in outcomes]) < 0.35


def test_the_frames_limit_rises_with_test_frames_and_the_dots_limit_with_targets() -> None:
    assert limit_of_frames(people(20, n_frames=12)) < limit_of_frames(people(20, n_frames=100)) <= 1.0
    assert limit_of_targets(5, 24) < limit_of_targets(13, 24) < limit_of_targets(25, 24) < 0.95


def test_an_outcome_has_the_announced_and_the_true_error() -> None:
    recorded = session(0, n_frames=2)
    one = outcome_of(recorded, 5)
    assert one is not None
    assert one.n_targets == 5
    assert len(one.errors_px) == len(one.radii_px) == len(PLACES)
    assert 0.3 < one.ratio < 3.0
    assert outcome_of(FeatureSession("s", "p", SCREEN, recorded.calibrate[:2], recorded.test), None) is None
    assert outcome_of(FeatureSession("s", "p", SCREEN, recorded.calibrate, ()), None) is None


def test_three_dots_of_a_returning_person_announce_what_earlier_sessions_make_of_them() -> None:
    alone, returning = [], []
    for seed in range(8):
        *before, today = simulated_visits(seed, 3)
        earlier = [session for visit in before for session in fit_calibration(visit.calibrate, visit.screen).sessions]
        for outcomes, known in ((alone, ()), (returning, earlier)):
            one = outcome_of(today, 3, earlier=known)
            assert one is not None
            outcomes.append(one)
    assert 0.8 < np.median([one.ratio for one in returning]) < 1.25
    assert 0.58 < np.mean([one.covered for one in returning]) < 0.85
    announced = [[one.expected.median_px for one in outcomes] for outcomes in (alone, returning)]
    assert np.std(announced[0]) == pytest.approx(0.0), "that of people in general"
    assert max(announced[1]) > 1.3 * min(announced[1])


def test_the_command_compares_returning_people_with_and_without_their_earlier_sessions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_features(tmp_path / "visits.npz", [visit for seed in range(2) for visit in simulated_visits(seed, 2)])
    assert bench.main(["coverage", str(tmp_path / "visits.npz"), "--targets", "3", "--earlier"]) == 0
    printed = capsys.readouterr().out
    for shown in ("all targets", "3 targets"):
        for ways in ("", ", with earlier sessions"):
            assert f"| visits, {shown} of a person who returns{ways} | 2 |" in printed


def test_the_command_prints_what_held(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_features(tmp_path / "easy.npz", [session(seed, n_frames=2) for seed in range(4)])
    command = [str(tmp_path / "easy.npz"), "--targets", "5", "--noise", "1", "2"]
    disturbed = ["--disturb", "unlooked", "tails", "--people", "2"]
    assert bench.main(["coverage", *command, *disturbed]) == 0
    printed = capsys.readouterr().out
    lines = ("easy, all targets | 4", "easy, 5 targets, noise x 2 | 4", "easy, unlooked | 4", "easy, tails | 4")
    for line in (*(f"| {line} |" for line in lines), "| simulated, dots near a line | 2 |"):
        assert line in printed


def test_several_files_have_rows_of_all_their_sessions_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(tmp_path / f"{name}.npz") for name in "ab"]
    for i, file in enumerate(files):
        save_features(Path(file), [session(2 * i + seed, n_frames=2) for seed in range(2)])
    assert bench.main(["coverage", *files, "--targets", "5"]) == 0
    printed = capsys.readouterr().out
    for line in ("a, 5 targets | 2", "b, all targets | 2", "all files, all targets | 4", "all files, 5 targets | 4"):
        assert f"| {line} |" in printed


def test_files_that_are_not_measurable_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["coverage", str(tmp_path / "nowhere.npz")]) == 1
    assert "nowhere.npz holds no features" in capsys.readouterr().err
    recorded = session(0, n_frames=2)
    save_features(tmp_path / "none.npz", [FeatureSession("s", "p", SCREEN, recorded.calibrate, ())])
    assert bench.main(["coverage", str(tmp_path / "none.npz")]) == 1
    assert "no session could be" in capsys.readouterr().err
    for option in (["--targets", "2"], ["--noise", "0.1"]):
        with pytest.raises(SystemExit):
            bench.main(["coverage", str(tmp_path / "none.npz"), *option])
