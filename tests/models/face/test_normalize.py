"""Normalisation against geometry with known answers (Zhang et al. 2018)."""

import cv2
import numpy as np
import pytest

from models.face.camera import Region
from models.face.normalize import WINDOW_MM, normalize_face, normalizing_homography, normalizing_rotation
from tests.support.posed_head import CAMERA, head

SIZE = 112
TURNED = head((8, -15, 20), (60, 40, 520))


def apply(w: np.ndarray, pixel: np.ndarray) -> np.ndarray:
    x = w @ [*pixel, 1.0]
    return x[:2] / x[2]


def pixel_of(point_mm: np.ndarray) -> np.ndarray:
    x = CAMERA.matrix() @ point_mm
    return x[:2] / x[2]


def test_the_rotation_is_a_rotation() -> None:
    r = normalizing_rotation(TURNED)
    np.testing.assert_allclose(r @ r.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(r) == pytest.approx(1.0)


def test_the_virtual_camera_looks_at_the_face_centre() -> None:
    r = normalizing_rotation(TURNED)
    centre = TURNED.face_centre_mm()
    np.testing.assert_allclose(r @ centre, [0, 0, np.linalg.norm(centre)], atol=1e-9)
    pixel = apply(normalizing_homography(TURNED, CAMERA, SIZE), pixel_of(centre))
    np.testing.assert_allclose(pixel, [SIZE / 2, SIZE / 2], atol=1e-9)


def test_the_heads_x_axis_is_level_after_normalisation() -> None:
    x_axis = normalizing_rotation(TURNED) @ TURNED.rotation[:, 0]
    assert x_axis[1] == pytest.approx(0.0, abs=1e-12)
    assert x_axis[0] > 0


@pytest.mark.parametrize("distance_mm", [350.0, 600.0, 900.0])
def test_the_patch_always_shows_140_mm_at_the_distance_of_the_face(distance_mm: float) -> None:
    pose = head((0, 0, 0), (0, 0, distance_mm))
    centre = pose.face_centre_mm()
    side = normalizing_rotation(pose).T[:, 0] * WINDOW_MM / 2  # half the window, to the side, in the camera frame
    edge = apply(normalizing_homography(pose, CAMERA, SIZE), pixel_of(centre + side))
    np.testing.assert_allclose(edge, [SIZE, SIZE / 2], atol=1e-6)


def test_image_and_direction_are_turned_by_the_same_rotation() -> None:
    """A point that the face looks at, seen from the face centre, moves in the patch as the turned direction says."""
    centre = TURNED.face_centre_mm()
    r = normalizing_rotation(TURNED)
    direction = np.array([0.3, -0.2, 0.1])
    w = normalizing_homography(TURNED, CAMERA, SIZE)
    step = apply(w, pixel_of(centre + direction)) - apply(w, pixel_of(centre - direction))
    turned = r @ direction
    np.testing.assert_allclose(step / np.linalg.norm(step), turned[:2] / np.linalg.norm(turned[:2]), atol=1e-3)


def test_a_region_of_the_frame_normalises_to_the_same_patch() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    image = cv2.resize(noise, (640, 480), interpolation=cv2.INTER_CUBIC)
    region = Region(x=220, y=150, width=320, height=320)
    part = np.ascontiguousarray(image[150:470, 220:540])
    pose = head((5, 5, 5), (40, 20, 600))
    whole = normalize_face(image, pose, CAMERA, SIZE).patch
    cut = normalize_face(part, pose, CAMERA.for_region(region, 320, 320), SIZE).patch
    assert np.abs(whole.astype(int) - cut.astype(int)).max() <= 1


def test_a_big_face_is_averaged_not_sampled_with_gaps() -> None:
    """A fine chequerboard, with fields far smaller than a patch pixel, becomes grey."""
    camera = CAMERA.for_region(Region(0, 0, 640, 480), 2560, 1920)
    y, x = np.mgrid[:1920, :2560]
    board = ((x + y) % 2 * 255).astype(np.uint8)[..., None].repeat(3, axis=2)
    patch = normalize_face(board, head(at_mm=(0, 0, 400)), camera, SIZE).patch
    assert 100 < patch.mean() < 155
    assert patch.std() < 5
