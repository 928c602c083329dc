import numpy as np
import pytest

from models.face.camera import CameraIntrinsics, Region
from models.face.face_model import FACE_CENTRE_MM
from models.face.landmarks import N_LANDMARKS, Landmarks
from models.face.pose import estimate_pose
from tests.support.posed_head import CAMERA, head, landmarks_of

POSES = [
    head(),
    head((10, 0, 0), (50, -40, 450)),
    head((0, -25, 0), (-80, 20, 700)),
    head((-12, 18, 9), (30, 60, 550)),
]


@pytest.mark.parametrize("pose", POSES)
def test_a_known_pose_is_found_again(pose) -> None:
    found = estimate_pose(landmarks_of(pose), CAMERA)
    assert found is not None
    np.testing.assert_allclose(found.rotation, pose.rotation, atol=1e-4)
    np.testing.assert_allclose(found.translation_mm, pose.translation_mm, atol=0.1)


def test_a_region_of_the_frame_gives_the_same_pose_in_the_camera() -> None:
    pose = POSES[3]
    region = Region(x=200, y=120, width=320, height=240)
    part_camera = CAMERA.for_region(region, 640, 480)
    found = estimate_pose(landmarks_of(pose, part_camera), part_camera)
    assert found is not None
    np.testing.assert_allclose(found.translation_mm, pose.translation_mm, atol=0.1)


def test_a_head_turned_to_its_own_left_has_positive_yaw_and_raised_positive_pitch() -> None:
    # About the y axis (down), a negative turn takes the face from the camera towards image right: the person's left.
    yaw, pitch, roll = head((0, -20, 0)).angles_deg()
    assert (yaw, pitch, roll) == pytest.approx((20.0, 0.0, 0.0))
    assert head((-15, 0, 0)).angles_deg() == pytest.approx((0.0, 15.0, 0.0))
    assert head((0, 0, 10)).angles_deg() == pytest.approx((0.0, 0.0, 10.0))


def test_the_face_centre_lies_between_eyes_and_mouth() -> None:
    np.testing.assert_allclose(head(at_mm=(1, 2, 600)).face_centre_mm(), FACE_CENTRE_MM + [1, 2, 600])
    assert 15 < FACE_CENTRE_MM[1] < 40


def test_points_that_all_coincide_give_no_pose() -> None:
    assert estimate_pose(Landmarks(np.full((N_LANDMARKS, 2), 100.0, np.float32)), CAMERA) is None


def test_a_camera_whose_rays_are_all_one_gives_no_pose() -> None:
    pixel_of_a_huge_frame = CameraIntrinsics.from_field_of_view(65535, 65535, 70.0).for_region(
        Region(x=0, y=0, width=1, height=1), image_width_px=640, image_height_px=480
    )
    assert estimate_pose(landmarks_of(POSES[0]), pixel_of_a_huge_frame) is None
