from calibration.mapping.features import CLIP, DEFAULT_WEIGHTS, HEAD_BLOCKS, NETWORK_BLOCKS, usable, without
from tests.support.calibration_eye import LinearEye

KNOWN = set(LinearEye().blocks(0.5, 0.5))


def test_all_named_blocks_exist() -> None:
    assert set(DEFAULT_WEIGHTS) | NETWORK_BLOCKS | HEAD_BLOCKS | set(CLIP) <= KNOWN


def test_the_eye_patches_are_the_reference_that_the_others_are_relative_to() -> None:
    assert next(iter(DEFAULT_WEIGHTS.items())) == ("eye_patches", 1.0)


def test_blocks_that_are_not_there_have_no_weight() -> None:
    assert usable({"iris": 2.0, "eye_angles": 1.0}, {"iris", "openness"}) == {"iris": 2.0}


def test_a_head_alone_is_not_usable() -> None:
    assert usable({"eye_angles": 20.0, "head_rotation": 14.0}, {"head_rotation"}) == {}


def test_without_the_network_pixels_iris_and_rotation_remain() -> None:
    assert set(without(DEFAULT_WEIGHTS, NETWORK_BLOCKS)) == {"eye_patches", "iris", "head_rotation"}
