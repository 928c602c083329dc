import itertools
import math
import random

import pytest

from calibration.targets.patterns import PATTERNS, check_targets, held_out_targets, in_order, pattern_targets


@pytest.mark.parametrize("name", PATTERNS)
def test_each_pattern_has_as_many_dots_as_its_name_says_and_covers_corners_and_bottom_edge(name: str) -> None:
    targets = pattern_targets(name, random.Random(1))
    assert len({target.place for target in targets}) == int(name)
    if name == "3":  # earlier sessions know the corners
        (ax, ay), (bx, by), (cx, cy) = (target.place for target in targets)
        assert abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) > 0.4  # twice the triangle's area
    else:
        assert {(0.08, 0.08), (0.92, 0.08), (0.08, 0.95), (0.92, 0.95)} <= {target.place for target in targets}
    assert sorted(target.id for target in targets) == list(range(int(name)))


@pytest.mark.parametrize("name", PATTERNS)
def test_the_dot_nearest_to_the_middle_comes_first(name: str) -> None:
    first, *rest = (math.dist(target.place, (0.5, 0.5)) for target in pattern_targets(name, random.Random(2)))
    assert first <= min(rest)


def test_the_order_is_shuffled_but_repeatable_and_ids_stay_with_their_places() -> None:
    first, again, other = (pattern_targets("9", random.Random(seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert sorted(first, key=lambda t: t.id) == sorted(other, key=lambda t: t.id)


def test_the_nine_are_the_grid_in_reading_order() -> None:
    targets = {target.id: target.place for target in pattern_targets("9", random.Random(1))}
    assert [targets[i] for i in range(9)] == [(x, y) for y in (0.08, 0.5, 0.95) for x in (0.08, 0.5, 0.92)]


@pytest.mark.parametrize("name", PATTERNS)
def test_validation_dots_keep_away_from_the_calibrations_dots_and_cover_the_screen(name: str) -> None:
    for seed in range(20):
        targets = held_out_targets(PATTERNS[name], random.Random(seed))
        assert len(targets) == 9
        assert min(math.dist(t.place, other) for t in targets for other in PATTERNS[name]) >= 0.09
        assert min(math.dist(a.place, b.place) for a, b in itertools.combinations(targets, 2)) >= 0.18
        assert {(int(t.x * 3), int(t.y * 3)) for t in targets} == set(itertools.product(range(3), repeat=2))


def test_where_everything_is_taken_the_emptiest_places_are_used() -> None:
    everywhere = [(x / 20, y / 20) for x in range(21) for y in range(21)]
    assert len(held_out_targets(everywhere, random.Random(0))) == 9


def test_custom_places_are_ordered_like_any_others() -> None:
    targets = in_order([(0.9, 0.9), (0.1, 0.1), (0.5, 0.6)], random.Random(0))
    assert targets[0].place == (0.5, 0.6)
    assert {target.id: target.place for target in targets} == {0: (0.1, 0.1), 1: (0.5, 0.6), 2: (0.9, 0.9)}


def test_a_check_has_three_dots_that_do_not_lie_in_a_line() -> None:
    (ax, ay), (bx, by), (cx, cy) = (target.place for target in check_targets(random.Random(0)))
    assert abs((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) > 0.03
