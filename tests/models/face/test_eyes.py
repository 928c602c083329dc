import cv2
import numpy as np
import pytest

from models.face.eyes import eye_crop, eye_openness, eye_patches, iris_positions, steady_frames
from models.face.landmarks import (
    LEFT_EYE_CORNERS,
    LEFT_IRIS,
    LEFT_LIDS,
    N_LANDMARKS,
    RIGHT_EYE_CORNERS,
    RIGHT_IRIS,
    RIGHT_LIDS,
    Landmarks,
)


def drawn_eyes(iris=(0.1, -0.05), openness=0.3, turn_deg=0.0, scale=1.0) -> Landmarks:
    """Two eyes 40 px wide, the iris at a place given in eye widths; all turned and scaled about (100, 100)."""
    points = np.zeros((N_LANDMARKS, 2))
    for corners, irises, lids, x, outer_side in (
        (RIGHT_EYE_CORNERS, RIGHT_IRIS, RIGHT_LIDS, 60, -1),
        (LEFT_EYE_CORNERS, LEFT_IRIS, LEFT_LIDS, 140, 1),
    ):
        centre = np.array([x, 100.0])
        points[corners[0]] = centre + [20 * outer_side, 0]
        points[corners[1]] = centre - [20 * outer_side, 0]
        points[irises] = centre + np.array(iris) * 40
        for upper, lower in lids:
            points[upper], points[lower] = centre - [0, openness * 20], centre + [0, openness * 20]
    turn = cv2.getRotationMatrix2D((100, 100), -turn_deg, scale)
    return Landmarks((points @ turn[:, :2].T + turn[:, 2]).astype(np.float32))


def corners_of(landmarks: Landmarks) -> np.ndarray:
    """The corners as a perfect pose would give them, (4, 2)."""
    return landmarks.points_px[[*RIGHT_EYE_CORNERS, *LEFT_EYE_CORNERS[::-1]]]


@pytest.mark.parametrize(("turn_deg", "scale"), [(0, 1), (25, 1), (-10, 0.5), (5, 3)])
def test_iris_and_openness_do_not_depend_on_roll_and_size(turn_deg: float, scale: float) -> None:
    landmarks = drawn_eyes(turn_deg=turn_deg, scale=scale)
    np.testing.assert_allclose(iris_positions(landmarks), [0.1, -0.05, 0.1, -0.05], atol=1e-5)
    np.testing.assert_allclose(eye_openness(landmarks), [0.3, 0.3], atol=1e-5)


def test_the_crop_is_upright_and_centred_whatever_the_roll() -> None:
    image = np.full((200, 200), 200, np.uint8)
    landmarks = drawn_eyes(iris=(0.0, 0.0), turn_deg=30)
    x, y = landmarks.points_px[RIGHT_IRIS].mean(axis=0)
    cv2.circle(image, (round(float(x)), round(float(y))), 6, 0, -1)
    dark = np.argwhere(eye_crop(image, landmarks, left=False) < 100)
    np.testing.assert_allclose(dark.mean(axis=0), [15.5, 31.5], atol=1.0)


def test_a_mark_right_of_the_eye_centre_is_right_in_both_crops() -> None:
    image = np.full((200, 200), 200, np.uint8)
    landmarks = drawn_eyes(iris=(0.2, 0.0))
    for iris in (LEFT_IRIS, RIGHT_IRIS):
        x, y = landmarks.points_px[iris].mean(axis=0)
        cv2.circle(image, (round(float(x)), round(float(y))), 4, 0, -1)
    for left in (True, False):
        dark = np.argwhere(eye_crop(image, landmarks, left) < 100)
        assert dark[:, 1].mean() == pytest.approx(31.5 + 0.2 * 40, abs=1.0)  # 40 crop pixels to the eye width


def test_patches_have_no_mean_and_unit_variance_and_ignore_exposure() -> None:
    image = cv2.GaussianBlur(np.random.default_rng(1).integers(40, 120, (200, 200), np.uint8), (0, 0), 4)
    image = cv2.normalize(image, None, 40, 110, cv2.NORM_MINMAX)
    landmarks = drawn_eyes()
    patches = eye_patches(image, landmarks, corners_of(landmarks))
    brighter = eye_patches((image * 1.8 + 20).astype(np.uint8), landmarks, corners_of(landmarks))
    assert patches.shape == (400,)
    for half in (patches[:200], patches[200:]):
        assert half.mean() == pytest.approx(0.0, abs=1e-5)
        assert half.std() == pytest.approx(1.0, abs=1e-4)
    assert np.corrcoef(patches, brighter)[0, 1] > 0.99


def test_a_flat_image_gives_zeros_not_noise() -> None:
    landmarks = drawn_eyes()
    flat = np.full((200, 200), 90, np.uint8)
    np.testing.assert_array_equal(eye_patches(flat, landmarks, corners_of(landmarks)), np.zeros(400))


def test_patches_turn_and_grow_with_the_face() -> None:
    image = cv2.GaussianBlur(np.random.default_rng(1).integers(0, 256, (200, 200), np.uint8), (0, 0), 4)
    turned = cv2.warpAffine(image, cv2.getRotationMatrix2D((100, 100), -20, 0.8), (200, 200))
    still, moved = drawn_eyes(), drawn_eyes(turn_deg=20, scale=0.8)
    a, b = (eye_patches(i, m, corners_of(m)) for i, m in ((image, still), (turned, moved)))
    assert np.corrcoef(a, b)[0, 1] > 0.97


def test_one_slipped_corner_moves_the_patches_only_half_as_far() -> None:
    landmarks = drawn_eyes()
    slipped = landmarks.points_px.copy()
    slipped[LEFT_EYE_CORNERS[0]] += [0, 4]
    before = steady_frames(landmarks, corners_of(landmarks))
    after = steady_frames(Landmarks(slipped), corners_of(landmarks))
    assert after[0] - before[0] == pytest.approx(1j, abs=1e-5)  # the corners' middle slipped by 2
    assert after[1] == pytest.approx(before[1])
