from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.analysis import FaceAnalysis
from models.analyzer import create_analyzer
from models.face.camera import CameraIntrinsics, Region
from models.face.eyes import IRIS_MM, iris_distance_mm
from models.face.landmarks import LEFT_IRIS, N_LANDMARKS, RIGHT_IRIS, Landmarks
from models.face.tracking import Picture
from models.predictor import load_predictor
from tests.support.paths import DEMO_PERSON
from tests.support.server import features

CAMERA = CameraIntrinsics.from_field_of_view(1280, 720, 65.0)
PERSON = DEMO_PERSON


def seen(distance_mm: float, camera: CameraIntrinsics = CAMERA, *, roll_deg: float = 0.0) -> Landmarks:
    """Both irises, 63 mm apart and beside the camera's axis, in a pinhole camera; the eyelids cover the rest."""
    ring = np.array([[0, 0], [1, 0], [0, -0.7], [-1, 0], [0, 0.7]]) * IRIS_MM / 2
    turn = np.radians(roll_deg)
    points = np.full((N_LANDMARKS, 2), np.nan)
    for iris, side in ((RIGHT_IRIS, -1), (LEFT_IRIS, 1)):
        flat = (ring + [31.5 * side, 0]) @ [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]] + [70.0, -40.0]
        points[iris] = flat / distance_mm * [camera.fx, camera.fy] + [camera.cx, camera.cy]
    return Landmarks(points.astype(np.float32))


@pytest.mark.parametrize("distance_mm", [300.0, 600.0, 1100.0])
@pytest.mark.parametrize("roll_deg", [0.0, 25.0])
def test_an_iris_of_11_7_mm_gives_the_distance_with_any_eyelids_and_roll(distance_mm: float, roll_deg: float) -> None:
    assert iris_distance_mm(seen(distance_mm, roll_deg=roll_deg), CAMERA) == pytest.approx(distance_mm, rel=1e-3)


def test_twenty_pixels_at_a_focal_length_of_1000_are_58_5_cm() -> None:
    points = np.zeros((N_LANDMARKS, 2), np.float32)
    for iris in (RIGHT_IRIS, LEFT_IRIS):
        points[iris] = [[50, 50], [60, 50], [50, 40], [40, 50], [50, 60]]
    camera = CameraIntrinsics(fx=1000.0, fy=1000.0, cx=320.0, cy=240.0)
    assert iris_distance_mm(Landmarks(points), camera) == pytest.approx(585.0)


def test_a_part_of_the_picture_drawn_wider_than_it_is_changes_nothing() -> None:
    camera = CAMERA.for_region(Region(500, 200, 300, 300), 400, 200)
    assert iris_distance_mm(seen(600.0, camera, roll_deg=20.0), camera) == pytest.approx(600.0, rel=1e-3)


@pytest.mark.parametrize("points", [np.zeros((N_LANDMARKS, 2)), np.full((N_LANDMARKS, 2), np.nan)])
def test_irises_that_are_too_small_give_no_distance(points: np.ndarray) -> None:
    assert iris_distance_mm(Landmarks(points.astype(np.float32)), CAMERA) is None
    assert iris_distance_mm(seen(9000.0), CAMERA) is None


def test_without_irises_the_distance_is_that_of_the_head() -> None:
    face = features(0.5, 0.5)
    assert FaceAnalysis("ok", face, iris_distance_mm=604.0).distance_mm == 604.0
    assert FaceAnalysis("ok", face).distance_mm == pytest.approx(571.0)
    assert FaceAnalysis("no_face").distance_mm is None


def test_on_a_rendered_face_the_irises_and_the_head_agree_about_the_distance() -> None:
    """synthetic"""
    analyzer = create_analyzer(load_predictor("cpu"))
    camera = CameraIntrinsics.from_field_of_view(640, 480, 60.0)
    found = []
    for number in range(0, 12, 2):
        image = cv2.cvtColor(cv2.imread(str(PERSON / "frames" / f"{number:04}.jpg")), cv2.COLOR_BGR2RGB)
        analysis = analyzer.analyze([Picture(image, camera, number * 1000.0)])[0].analysis
        if analysis.status == "ok" and analysis.features is not None:
            assert analysis.distance_mm == analysis.iris_distance_mm
            found.append((analysis.iris_distance_mm, analysis.features.head_translation_mm[2]))
    assert len(found) >= 4
    iris_mm, head_mm = np.median(np.array(found, float), axis=0)
    assert iris_mm == pytest.approx(head_mm, rel=0.12)
