import numpy as np
import pytest

from models.face.camera import angles_to_vector, angular_error_rad, vector_to_angles


def test_a_gaze_into_the_camera_has_no_angles() -> None:
    np.testing.assert_allclose(vector_to_angles([0.0, 0.0, -2.0]), [0.0, 0.0], atol=1e-12)


def test_pitch_grows_upwards_and_yaw_towards_image_right() -> None:
    pitch, yaw = vector_to_angles([1.0, -1.0, -1.0])
    assert pitch > 0
    assert yaw == pytest.approx(np.pi / 4)


def test_angles_and_vectors_are_each_others_inverse() -> None:
    angles = np.random.default_rng(0).uniform(-1.2, 1.2, (200, 2))
    np.testing.assert_allclose(vector_to_angles(angles_to_vector(angles)), angles, atol=1e-12)


def test_angular_error_knows_right_angles_opposites_and_tiny_angles() -> None:
    a = np.array([[1.0, 0, 0], [1.0, 0, 0], [1.0, 0, 0]])
    b = np.array([[0, 3.0, 0], [-1.0, 0, 0], [1.0, 1e-9, 0]])
    np.testing.assert_allclose(angular_error_rad(a, b), [np.pi / 2, np.pi, 1e-9], rtol=1e-6)


def test_angular_error_does_not_mistake_yaw_at_steep_pitch() -> None:
    # At 60 degrees of pitch, 10 degrees of yaw are only about 5 on the sphere.
    error = angular_error_rad(angles_to_vector([np.pi / 3, 0.0]), angles_to_vector([np.pi / 3, np.radians(10)]))
    assert np.degrees(error) == pytest.approx(5.0, abs=0.03)
