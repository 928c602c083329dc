import random

from calibration.targets import nine_targets


def test_the_middle_comes_first_and_the_corners_and_bottom_edge_are_covered() -> None:
    targets = nine_targets(random.Random(1))
    assert (targets[0].x, targets[0].y) == (0.5, 0.5)
    assert {(t.x, t.y) for t in targets} == {(x, y) for x in (0.08, 0.5, 0.92) for y in (0.08, 0.5, 0.95)}
    assert sorted(t.id for t in targets) == list(range(9))


def test_the_order_is_shuffled_but_repeatable_and_ids_stay_with_their_places() -> None:
    first, again, other = (nine_targets(random.Random(seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert sorted(first, key=lambda t: t.id) == sorted(other, key=lambda t: t.id)
