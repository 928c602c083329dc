import numpy as np
import pytest

from calibration.bench.disturbances import DISTURBANCES, LINE, MIDDLE, line, middle, tails, unlooked
from calibration.fit import fit_calibration
from tests.support.calibration_eye import GRID, session

RECORDED = session(0, n_frames=3)


def test_only_the_middle_keeps_the_targets_near_the_centre() -> None:
    kept = {sample.target for sample in middle(RECORDED, np.random.default_rng(0)).calibrate}
    assert kept == {place for place in GRID if max(abs(place[0] - 0.5), abs(place[1] - 0.5)) < MIDDLE}


def test_one_target_in_twenty_has_the_frames_of_another() -> None:
    looked = unlooked(RECORDED, np.random.default_rng(1))
    pairs = zip(RECORDED.calibrate, looked.calibrate, strict=True)
    assert len({before.target_id for before, after in pairs if before.blocks is not after.blocks}) == 1
    assert looked.test == RECORDED.test


def test_heavy_tails_are_in_the_frames_of_calibration_and_test() -> None:
    heavy = tails(RECORDED, np.random.default_rng(0))
    for before, after in ((RECORDED.calibrate, heavy.calibrate), (RECORDED.test, heavy.test)):
        steps = [np.linalg.norm(a.blocks["iris"] - b.blocks["iris"]) for a, b in zip(before, after, strict=True)]
        assert max(steps) > 3.0 * np.median(steps)
    single = session(0, n_frames=1)
    assert tails(single, np.random.default_rng(0)) is single


def test_dots_nearly_on_a_line_are_still_accepted_by_the_fit() -> None:
    person = line(3)
    assert {sample.target for sample in person.calibrate} == set(LINE)
    report = fit_calibration(person.calibrate, person.screen).report
    assert report.expected.radius_px > 0.0


@pytest.mark.parametrize("name", DISTURBANCES)
def test_a_disturbance_is_the_same_for_the_same_seed(name: str) -> None:
    one, two = (DISTURBANCES[name](RECORDED, np.random.default_rng(5)).calibrate for _ in range(2))
    assert all(np.array_equal(a.blocks["iris"], b.blocks["iris"]) for a, b in zip(one, two, strict=True))
