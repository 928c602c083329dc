import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calibration import honesty
from calibration.expected import MEASURED, Constants, Evidence, median_error
from calibration.feature_sets import FeatureSession, save_features
from calibration.honesty import (
    Told,
    fit_constants,
    limit_of_frames,
    limit_of_targets,
    told_by,
    without_the_person,
)
from tests.calibration_eye import PLACES, SCREEN, session

TRUE = Constants(a=1.4, b=2.5, usual=0.01, noise_times=2.0, radius=1.3)


def people(n: int, *, seed: int = 0, n_frames: int = 400) -> list[Told]:
    """Calibrations whose errors are what TRUE announces, but for chance."""
    rng = np.random.default_rng(seed)
    told = []
    for i in range(n):
        evidence = Evidence(
            int(rng.choice([5, 9, 13, 25])), float(rng.lognormal(-3, 0.6)), float(rng.lognormal(-4, 0.6)), 2.0
        )
        median = median_error(evidence, TRUE)
        radii = rng.lognormal(0.0, 0.3, n_frames)
        # |e| = median sqrt(-ln u / ln 2): half of it above the median; 1.3 times the median holds 68.9 %.
        errors = median * np.sqrt(-np.log(rng.uniform(size=n_frames)) / math.log(2.0))
        told.append(Told(f"p{i}", "all", False, evidence, errors * radii / np.median(radii), radii, 0.0))
    return told


def test_the_constants_that_made_the_errors_are_found_again() -> None:
    found = fit_constants(people(150))
    ratios = [median_error(one.evidence, found) / median_error(one.evidence, TRUE) for one in people(50, seed=1)]
    assert np.exp(np.std(np.log(ratios))) < 1.06
    assert np.median(ratios) == pytest.approx(1.0, abs=0.06)
    assert np.mean([one.covered(found) for one in people(50, seed=1)]) == pytest.approx(0.68, abs=0.03)


def test_who_moved_the_head_afterwards_does_not_change_what_a_calibration_announces() -> None:
    told = people(40)
    worse = [replace(one, person=f"m{one.person}", errors=3.0 * one.errors, moved=True) for one in told]
    without, with_them = fit_constants(told), fit_constants([*told, *worse])
    assert median_error(told[0].evidence, with_them) == pytest.approx(median_error(told[0].evidence, without))
    assert with_them.radius > 1.2 * without.radius
    with pytest.raises(ValueError, match="no session"):
        fit_constants(worse)


def test_nobody_is_measured_with_constants_that_knew_them() -> None:
    told = people(20)
    odd = [*told[:-1], replace(told[-1], errors=50.0 * told[-1].errors)]
    changed = [a != b for a, b in zip(without_the_person(told), without_the_person(odd), strict=True)]
    assert not changed[-1]
    assert sum(changed) >= len(told) - 3  # all but those of the same tenth


def test_the_frames_limit_rises_with_test_frames_and_the_dots_limit_with_targets() -> None:
    assert limit_of_frames(people(20, n_frames=12)) < limit_of_frames(people(20, n_frames=100)) <= 1.0
    assert limit_of_targets(5, 24) < limit_of_targets(13, 24) < limit_of_targets(25, 24) < 0.95


def test_a_session_tells_its_errors_in_diagonals_and_its_radii_in_units_of_the_announced_one() -> None:
    recorded = session(0, n_frames=2)
    one = told_by(recorded, 5)
    assert one is not None
    assert one.evidence.n_targets == 5
    assert one.evidence.frames == 2.0
    assert len(one.errors) == len(PLACES)
    assert 0.0 < one.true_median < 0.3
    assert np.median(one.radii) == pytest.approx(1.0, abs=0.6)
    assert told_by(FeatureSession("s", "p", SCREEN, recorded.calibrate[:2], recorded.test), None) is None
    assert told_by(FeatureSession("s", "p", SCREEN, recorded.calibrate, ()), None) is None


def test_the_command_prints_what_held_and_the_constants(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_features(tmp_path / "easy.npz", [session(seed, n_frames=2) for seed in range(10)])
    save_features(tmp_path / "moved.npz", [session(seed, n_frames=2) for seed in range(20, 23)])
    command = [
        str(tmp_path / "easy.npz"),
        "--moved",
        str(tmp_path / "moved.npz"),
        "--targets",
        "5",
        "--noise",
        "1",
        "2",
    ]
    assert honesty.main(command) == 0
    printed = capsys.readouterr().out
    for line in ("| easy, all targets | 10 |", "| easy, 5 targets, noise x 2 | 10 |", "| moved, all targets | 3 |"):
        assert line in printed
    assert f"in use:              {MEASURED}" in printed
    assert "fitted to all these: Constants(a=" in printed


def test_what_cannot_be_measured_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert honesty.main([str(tmp_path / "nowhere.npz")]) == 1
    assert "nowhere.npz holds no features" in capsys.readouterr().err
    save_features(tmp_path / "few.npz", [session(seed, n_frames=2) for seed in range(3)])
    assert honesty.main([str(tmp_path / "few.npz")]) == 1
    assert "10 people are needed" in capsys.readouterr().err
    for option in (["--targets", "2"], ["--noise", "0.1"]):
        with pytest.raises(SystemExit):
            honesty.main([str(tmp_path / "few.npz"), *option])
