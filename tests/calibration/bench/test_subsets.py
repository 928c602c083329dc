import pytest

from calibration.bench.subsets import pattern_subset, some_means, spread_subset
from tests.support.calibration_eye import GRID, LinearEye, means

THIRTEEN = [*GRID, (0.29, 0.27), (0.71, 0.27), (0.29, 0.73), (0.71, 0.73)]
CORNERS = {(0.08, 0.08), (0.92, 0.08), (0.08, 0.95), (0.92, 0.95)}


def test_five_spread_places_are_the_middle_and_the_corners() -> None:
    assert {THIRTEEN[i] for i in spread_subset(THIRTEEN, 5)} == {(0.5, 0.5), *CORNERS}


@pytest.mark.parametrize("n", [0, 1, 4, 13])
def test_a_subset_has_the_requested_number_of_places_in_ascending_order(n: int) -> None:
    chosen = spread_subset(THIRTEEN, n)
    assert len(chosen) == n
    assert chosen == sorted(set(chosen))


def test_more_places_than_there_are_give_all_of_them() -> None:
    assert spread_subset(GRID, 40) == list(range(9))
    assert spread_subset([], 3) == []


def test_a_pattern_takes_the_nearest_places_each_once() -> None:
    assert {THIRTEEN[i] for i in pattern_subset(THIRTEEN, GRID)} == set(GRID)
    twice = [(0.5, 0.5), (0.52, 0.5)]
    assert len(pattern_subset(THIRTEEN, twice)) == 2


def test_a_pattern_of_more_places_than_there_are_takes_all() -> None:
    assert pattern_subset(GRID[:4], THIRTEEN) == [0, 1, 2, 3]


def test_fewer_means_are_those_spread_over_the_screen() -> None:
    all_means = means(LinearEye())
    assert {mean.target for mean in some_means(all_means, 5)} == {GRID[i] for i in (0, 2, 4, 6, 8)}
    assert some_means(all_means, None) == all_means
