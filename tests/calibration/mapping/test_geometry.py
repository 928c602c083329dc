import math
from collections.abc import Mapping

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from calibration.arrays import Array, FloatArray
from calibration.mapping.geometry import (
    CAMERA_ABOVE_SCREEN_MM,
    GeometricStage,
    Poses,
    geometric_stage,
    likely_size_mm,
    rotations,
)
from calibration.mapping.one_frame import NEAREST_MM
from calibration.mapping.two_stage import fit_two_stage
from calibration.samples.selection import TargetMean
from calibration.screen import Point, ScreenGeometry
from tests.support.calibration_eye import GRID, LinearEye, means

SCREEN = ScreenGeometry(1920, 1080, width_mm=500.0)
EXACT = GeometricStage((500.0, 281.25), (10.0, 40.0, 600.0), head_gain=1.0, eye_gain=1.0)


class GeometricEye:
    """A person whose features follow from the position and rotation of the head and from the gaze target."""

    def __init__(self, screen: ScreenGeometry = SCREEN, seed: int = 0, noise_rad: float = 0.0) -> None:
        self._size = screen.size_mm or (0.0, 0.0)
        self._rng = np.random.default_rng(seed)
        self._noise_rad = noise_rad

    def blocks(
        self,
        point: Point,
        place_mm: tuple[float, float, float] = (10.0, 40.0, 600.0),
        turn_rad: tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> dict[str, FloatArray]:
        eye, rotation = np.array(place_mm), Rotation.from_rotvec(turn_rad)
        width, height = self._size
        target = np.array([(0.5 - point[0]) * width, point[1] * height + CAMERA_ABOVE_SCREEN_MM, 0.0])
        gaze = rotation.inv().apply(target - eye)
        gaze /= np.linalg.norm(gaze)
        angles = np.array([math.asin(-gaze[1]), math.atan2(gaze[0], -gaze[2])])
        angles = angles + self._noise_rad * self._rng.normal(size=2)
        return {
            "eye_angles": angles.astype(np.float32),
            "head_rotation": np.array(turn_rad, np.float32),
            "head_translation": eye.astype(np.float32),
        }


def pose(stage: GeometricStage, blocks: Mapping[str, FloatArray]) -> Poses:
    """That of one frame. An impossible place becomes the reference; angles that are not finite do not count."""

    def block(name: str) -> Array | None:
        values = blocks.get(name)
        return np.asarray(values, np.float64)[None] if values is not None and np.isfinite(values).all() else None

    place, turn = block("head_translation"), block("head_rotation")
    if place is None or not place[0, 2] > NEAREST_MM:
        place = np.array([stage.reference_mm])
    if turn is None:
        return Poses(place, rotations(np.zeros((1, 3))), None, block("gaze_angles"))
    return Poses(place, rotations(turn), block("eye_angles"), block("gaze_angles"))


def residual_of(stage: GeometricStage, point: Point, blocks: Mapping[str, FloatArray]) -> Point:
    x, y = stage.residuals(np.array([point]), pose(stage, blocks))[0].tolist()
    return x, y


def still(eye: GeometricEye) -> list[TargetMean]:
    return [TargetMean(i, place, eye.blocks(place), 1, 1) for i, place in enumerate(GRID)]


def test_an_accurate_line_of_sight_leaves_the_same_residual_everywhere() -> None:
    eye = GeometricEye()
    looks = [
        ((0.1, 0.9), (10.0, 40.0, 600.0), (0.0, 0.0, 0.0)),
        ((0.9, 0.2), (-60.0, 20.0, 520.0), (0.05, -0.2, 0.02)),
        ((0.4, 0.5), (90.0, 80.0, 700.0), (-0.1, 0.3, -0.1)),
    ]
    residuals = [residual_of(EXACT, point, eye.blocks(point, place, turn)) for point, place, turn in looks]
    # Slope 0 from the reference place: straight ahead of it.
    ahead = (0.5 - 10.0 / 500.0, (40.0 - CAMERA_ABOVE_SCREEN_MM) / 281.25)
    for residual in residuals:
        assert residual == pytest.approx(ahead, abs=1e-5)


@pytest.mark.parametrize("point", [(0.0, 0.0), (0.3, 0.8), (1.2, -0.1)])
def test_to_point_undoes_residuals(point: Point) -> None:
    stage = GeometricStage((340.0, 200.0), (0.0, 60.0, 550.0))
    blocks = GeometricEye().blocks((0.7, 0.1), (50.0, -30.0, 640.0), (0.1, 0.2, 0.0))
    assert stage.to_point(residual_of(stage, point, blocks), blocks) == pytest.approx(point)


def test_a_head_that_moves_and_turns_after_the_calibration_is_followed() -> None:
    eye = GeometricEye()
    model = fit_two_stage(still(eye), SCREEN)
    assert model.stage is not None
    errors_px = []
    for point in [(0.2, 0.3), (0.5, 0.5), (0.8, 0.7)]:
        blocks = eye.blocks(point, (70.0, 20.0, 560.0), (0.05, 0.12, 0.0))
        errors_px.append(SCREEN.distance_px(point, model.predict(blocks)))
    # 60 mm are 230 px on this screen and 7 degrees are 270 px; gains below 1 leave a part of it.
    assert max(errors_px) < 130.0


def test_a_still_head_loses_nothing_by_the_stage() -> None:
    eye = GeometricEye()
    model = fit_two_stage(still(eye), SCREEN)
    point = (0.3, 0.6)
    assert SCREEN.distance_px(point, model.predict(eye.blocks(point))) < 15.0


def test_a_mirrored_camera_whose_physics_is_wrong_goes_without_the_stage() -> None:
    eye = GeometricEye(noise_rad=0.005)
    rng = np.random.default_rng(1)

    def mirrored(point: Point) -> dict[str, FloatArray]:
        x, y, z = rng.normal((10.0, 40.0, 600.0), (40.0, 20.0, 30.0))
        blocks = eye.blocks(point, (x, y, z), (0.0, float(rng.normal(0.0, 0.15)), 0.0))
        blocks["eye_angles"][1] *= -1
        blocks["head_rotation"][1] *= -1
        blocks["head_translation"][0] *= -1
        return blocks

    looks = [TargetMean(i, place, mirrored(place), 1, 1) for i, place in enumerate([*GRID, *GRID])]
    assert fit_two_stage(looks, SCREEN).stage is None


def test_without_the_head_s_place_there_is_no_stage() -> None:
    looks = means(LinearEye())
    for mean in looks:
        mean.blocks["head_translation"][:] = np.nan  # type: ignore[index]
    assert geometric_stage(looks, SCREEN) is None
    assert fit_two_stage(looks, SCREEN).stage is None


@pytest.mark.parametrize(
    ("width_px", "height_px", "true_mm"), [(1440, 900, 286.0), (1536, 864, 345.0), (1920, 1080, 531.0)]
)
def test_a_screen_of_unknown_size_gets_a_usual_size(width_px: int, height_px: int, true_mm: float) -> None:
    stage = geometric_stage(still(GeometricEye()), ScreenGeometry(width_px, height_px))
    assert stage is not None
    assert stage.size_mm[0] == pytest.approx(true_mm, rel=0.2)
    assert stage.size_mm[0] / stage.size_mm[1] == pytest.approx(width_px / height_px)


@pytest.mark.parametrize(("width_px", "height_px"), [(390, 844), (1170, 2532), (360, 640)])
def test_an_upright_phone_has_a_phone_s_size_in_any_pixels(width_px: int, height_px: int) -> None:
    assert likely_size_mm(ScreenGeometry(width_px, height_px))[0] == 68.0


def test_a_frame_with_an_impossible_pose_counts_as_the_reference() -> None:
    blocks = GeometricEye().blocks((0.5, 0.5))
    broken = {**blocks, "head_translation": np.array([1e6, 0.0, 2.0], np.float32)}
    assert EXACT.to_point((0.5, 0.5), broken) == pytest.approx(EXACT.to_point((0.5, 0.5), blocks))
    nan = {**blocks, "head_rotation": np.full(3, np.nan, np.float32)}
    assert np.isfinite(EXACT.to_point((0.5, 0.5), nan)).all()


def with_face(blocks: dict[str, FloatArray], pitch: float, yaw: float) -> dict[str, FloatArray]:
    return blocks | {"gaze_angles": np.array([pitch, yaw], np.float32)}


def test_the_full_face_network_has_its_share_in_the_line_of_sight() -> None:
    blocks = GeometricEye().blocks((0.3, 0.4))
    alone, shared = (GeometricStage((500.0, 281.25), (10.0, 40.0, 600.0), face_share=share) for share in (0.0, 0.5))
    faces = [with_face(blocks, 0.0, yaw) for yaw in (0.0, 0.2)]
    assert alone.to_point((0.5, 0.5), faces[0]) == alone.to_point((0.5, 0.5), faces[1])
    xs = [shared.to_point((0.5, 0.5), face)[0] for face in faces]
    # Half of tan(0.2) over 600 mm, on a screen of 500 mm; x of the camera runs to the screen's left.
    assert xs[0] - xs[1] == pytest.approx(0.5 * math.tan(0.2) * 600.0 / 500.0, rel=1e-3)


def test_a_frame_with_a_share_of_the_face_goes_to_the_residual_and_back() -> None:
    blocks = with_face(GeometricEye().blocks((0.3, 0.4), turn_rad=(0.0, 0.1, 0.0)), -0.1, 0.15)
    stage = GeometricStage((500.0, 281.25), (10.0, 40.0, 600.0))
    assert stage.to_point(residual_of(stage, (0.3, 0.4), blocks), blocks) == pytest.approx((0.3, 0.4))


def test_angles_that_a_target_lacks_are_not_used_at_all() -> None:
    eye = GeometricEye()
    looks = [TargetMean(i, place, with_face(eye.blocks(place), 0.0, 0.1), 1, 1) for i, place in enumerate(GRID)]
    whole = geometric_stage(looks, SCREEN)
    assert whole is not None
    assert whole.face_share > 0.0
    assert whole.eye_gain > 0.0
    for missing in ("gaze_angles", "eye_angles"):
        blocks = {name: values for name, values in looks[4].blocks.items() if name != missing}
        stage = geometric_stage([*looks[:4], TargetMean(4, looks[4].target, blocks, 1, 1), *looks[5:]], SCREEN)
        assert stage is not None
        assert (stage.face_share > 0.0) == (missing != "gaze_angles")
        assert (stage.eye_gain > 0.0) == (missing != "eye_angles")


@pytest.mark.parametrize("missing", [None, "head_translation", "head_rotation", "eye_angles", "gaze_angles"])
def test_a_single_frame_in_plain_floats_has_the_same_point_as_in_arrays(missing: str | None) -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        blocks = {
            "head_translation": rng.normal((0.0, 50.0, 550.0), 120.0).astype(np.float32),
            "head_rotation": rng.normal(0.0, 0.3, 3).astype(np.float32),
            "eye_angles": rng.normal(0.0, 0.6, 2).astype(np.float32),
            "gaze_angles": rng.normal(0.0, 0.6, 2).astype(np.float32),
        }
        if missing is not None:
            blocks[missing] = np.full_like(blocks[missing], np.nan)
        stage = GeometricStage(
            (500.0, 281.25), (10.0, 40.0, 600.0), kappa_rad=(0.02, -0.05), tilt_rad=(0.3, -0.2), camera_mm=(5.0, 12.0)
        )
        residual = (float(rng.uniform(-0.2, 1.2)), float(rng.uniform(-0.2, 1.2)))
        in_arrays = stage.points(np.array([residual]), pose(stage, blocks))[0]
        assert stage.to_point(residual, blocks) == pytest.approx(in_arrays, abs=1e-9)
