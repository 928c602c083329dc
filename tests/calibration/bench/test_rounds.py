from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calibration.bench import __main__ as bench
from calibration.bench import rounds
from calibration.bench.feature_file import save_features
from calibration.bench.rounds import PLANS, Plan, collected_by, error_of, pursuit_of, table
from calibration.bench.simulated import MOVED, SimulatedPerson, simulated_session
from calibration.fit import fit
from calibration.targets.pursuit import follow

SESSION = simulated_session(0)


def test_the_lag_of_a_simulated_person_follows_from_the_path_of_the_samples() -> None:
    pursuit = pursuit_of(SESSION)
    assert pursuit is not None
    assert follow(pursuit).lag_ms == pytest.approx(SimulatedPerson(0).lag_ms, abs=35.0)
    assert pursuit_of(replace(SESSION, calibrate=SESSION.calibrate[:30])) is None


def test_a_plan_takes_its_own_dots_and_rounds_only() -> None:
    alone, whole = collected_by(SESSION, Plan(5)), collected_by(SESSION, Plan(9, pursuit=True, head=True))
    assert len({sample.target_id for sample in alone.dots}) == 5
    assert not alone.head
    assert alone.pursuit is None
    assert len({sample.target_id for sample in whole.dots}) == 9
    assert whole.head
    fitted = fit(whole, SESSION.screen)
    assert fitted.lag_ms is not None
    assert fitted.head_directions == 5
    assert Plan(9, pursuit=True, head=True).seconds > 1.5 * Plan(9).seconds


def test_a_simulated_person_errs_as_a_rendered_one_does_and_more_after_a_move() -> None:
    sessions = [SESSION, *(simulated_session(seed) for seed in (1, 2, 3))]
    before, after = (
        np.mean([error_of(collected_by(session, Plan(9)), session, moved=moved) for session in sessions])
        for moved in (False, True)
    )
    assert 0.08 < before < 0.25
    assert before < after < 0.6


def test_what_was_not_tested_is_left_empty_and_what_cannot_be_fitted_is_left_out() -> None:
    still = replace(SESSION, test=tuple(sample for sample in SESSION.test if sample.target_id < MOVED))
    lines = table([still, replace(still, calibrate=())]).splitlines()
    assert len(lines) == 2 + len(PLANS)
    assert all(line.endswith("| – | – |") for line in lines[2:])
    assert "nan" not in "".join(lines)


def test_the_command_prints_a_table_for_each_file_and_for_simulated_people(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "PLANS", (Plan(5), Plan(5, head=True)))
    save_features(tmp_path / "mine.npz", [SESSION])
    assert bench.main(["rounds", str(tmp_path / "mine.npz"), "--people", "1"]) == 0
    printed = capsys.readouterr().out
    assert "### mine, 1 people" in printed
    assert "### simulated, 1 people" in printed
    assert printed.count("| 5 dots, head turned | 20 |") == 2


def test_files_without_features_and_a_negative_number_of_people_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.main(["rounds", str(tmp_path / "nowhere.npz")]) == 1
    assert "holds no features" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        bench.main(["rounds", "--people", "-1"])
