import numpy as np
import pytest

from models.face.camera import CameraIntrinsics, Region


def test_a_ray_at_half_the_field_of_view_meets_the_edge() -> None:
    camera = CameraIntrinsics.from_field_of_view(640, 480, 60.0)
    edge = camera.matrix() @ [np.tan(np.radians(30.0)), 0.0, 1.0]
    np.testing.assert_allclose(edge, [640.0, 240.0, 1.0])


def test_a_phone_held_upright_has_the_same_focal_length() -> None:
    wide, tall = (CameraIntrinsics.from_field_of_view(*size, 60.0) for size in ((640, 480), (480, 640)))
    assert wide.fx == tall.fx
    assert (tall.cx, tall.cy) == (240.0, 320.0)


def test_a_region_sees_the_same_ray_at_the_same_place() -> None:
    full = CameraIntrinsics.from_field_of_view(1280, 720, 70.0)
    region = Region(x=400, y=100, width=400, height=300)
    part = full.for_region(region, 200, 150)  # sent at half the size
    point = np.array([0.1, -0.05, 1.0])
    whole_px, part_px = full.matrix() @ point, part.matrix() @ point
    np.testing.assert_allclose(part_px[:2], (whole_px[:2] - [400, 100]) / 2)


@pytest.mark.parametrize(
    ("width", "height", "hfov"), [(0, 480, 60.0), (640, -1, 60.0), (640, 480, 5.0), (640, 480, 180.0)]
)
def test_impossible_cameras_are_refused(width: int, height: int, hfov: float) -> None:
    with pytest.raises(ValueError, match="must"):
        CameraIntrinsics.from_field_of_view(width, height, hfov)
