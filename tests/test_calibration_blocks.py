from calibration.blocks import NETWORK_BLOCKS, WEIGHTINGS, Weighting, usable

ALL = {name for weighting in WEIGHTINGS for name in weighting.blocks}


def test_the_default_weighting_comes_first_and_is_always_usable() -> None:
    assert usable(WEIGHTINGS, ALL)[0] == WEIGHTINGS[0]


def test_weightings_lose_the_blocks_that_are_not_there() -> None:
    found = usable(WEIGHTINGS, {"iris", "head_rotation"})
    assert all(weighting.blocks <= {"iris", "head_rotation"} for weighting in found)


def test_a_weighting_left_with_the_head_only_falls_away() -> None:
    assert usable([Weighting("a", (("eye_angles", 20.0), ("head_rotation", 14.0)))], {"head_rotation"}) == []


def test_weightings_that_become_empty_or_equal_fall_away() -> None:
    a, b = Weighting("a", (("iris", 2.0), ("eye_angles", 1.0))), Weighting("b", (("iris", 2.0),))
    assert [w.name for w in usable([a, b, Weighting("c", (("embedding", 1.0),))], {"iris"})] == ["a"]


def test_without_the_network_pixels_and_rotation_remain() -> None:
    assert WEIGHTINGS[0].without(NETWORK_BLOCKS).blocks == {"eye_patches", "head_rotation"}
