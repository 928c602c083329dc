"""The image analysis on a rendered person with known gaze (synthetic)."""

import csv
import pickle
import sys

import cv2
import numpy as np
import pytest

from models.analysis import NO_FACE, AnalyzedPicture, FaceAnalysis
from models.analyzer import FaceAnalyzer, create_analyzer
from models.face.camera import CameraIntrinsics, Region
from models.face.tracking import Picture
from models.predictor import NetworkOutput, load_predictor
from tests.support.paths import DEMO_PERSON

PERSON = DEMO_PERSON
CAMERA = CameraIntrinsics.from_field_of_view(640, 480, 60.0)


@pytest.fixture(scope="module")
def analyzer() -> FaceAnalyzer:
    return create_analyzer(load_predictor("cpu"))


def frame(name: str = "0000.jpg") -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(PERSON / "frames" / name)), cv2.COLOR_BGR2RGB)


def analyze(analyzer: FaceAnalyzer, image: np.ndarray, camera: CameraIntrinsics = CAMERA) -> FaceAnalysis:
    (analyzed,) = analyzer.analyze([Picture(image, camera, captured_ms=0.0)])
    return analyzed.analysis


def test_no_face_is_a_value(analyzer: FaceAnalyzer) -> None:
    (analyzed,) = analyzer.analyze([Picture(np.zeros((480, 640, 3), np.uint8), CAMERA, 0.0)])
    assert analyzed == AnalyzedPicture(NO_FACE, track=None)


def test_every_feature_block_is_finite_and_has_its_length(analyzer: FaceAnalyzer) -> None:
    features = analyze(analyzer, frame()).features
    assert features is not None
    blocks = features.blocks()
    assert {name: len(block) for name, block in blocks.items()} == {
        "gaze_angles": 2,
        "eye_angles": 2,
        "embedding": 32,
        "eye_embedding": 32,
        "eye_patches": 400,
        "iris": 4,
        "openness": 2,
        "head_rotation": 3,
        "head_translation": 3,
    }
    assert all(np.isfinite(block).all() and block.dtype == np.float32 for block in blocks.values())


def test_places_are_shares_of_the_image_and_the_head_is_where_a_user_sits(analyzer: FaceAnalyzer) -> None:
    found = analyze(analyzer, frame())
    assert found.status == "ok"
    assert found.face_box is not None
    assert found.eye_points is not None
    assert found.features is not None
    x, y, width, height = found.face_box
    assert 0 < x < x + width < 1
    assert 0 < y < y + height < 1
    left, right = found.eye_points
    assert left[0] > right[0]  # an unmirrored camera sees the person's left on the right
    assert 350 < found.features.head_translation_mm[2] < 900
    assert abs(found.head_yaw_deg) < 20
    assert found.brightness > 60


def test_a_region_of_the_frame_says_nearly_the_same_as_the_whole(analyzer: FaceAnalyzer) -> None:
    image = frame()
    region = Region(x=160, y=100, width=340, height=340)
    whole = analyze(analyzer, image).features
    cut = np.ascontiguousarray(image[100:440, 160:500])
    part = analyze(analyzer, cut, CAMERA.for_region(region, 340, 340)).features
    assert whole is not None
    assert part is not None
    np.testing.assert_allclose(part.head_translation_mm, whole.head_translation_mm, rtol=0.03, atol=8)
    np.testing.assert_allclose(part.head_rotation_rad, whole.head_rotation_rad, atol=np.radians(3))


def test_the_networks_follow_the_gaze_from_one_edge_of_the_screen_to_the_other(analyzer: FaceAnalyzer) -> None:
    with (PERSON / "frames.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["phase"]][::4]
    angles = []
    for row in rows:
        found = analyze(analyzer, frame(row["frame"]))
        assert found.features is not None
        blocks = found.features.blocks()
        angles.append(np.concatenate([blocks["eye_angles"], blocks["gaze_angles"]]))
    eye_pitch, eye_yaw, _, face_yaw = np.array(
        angles
    ).T  # the first full-face weights hardly know pitch: see their card
    x, y = (np.array([float(row[key]) for row in rows]) for key in ("target_x_px", "target_y_px"))
    # The screen's left edge is on the person's left, image right: yaw falls as x grows; pitch falls as y grows.
    assert np.corrcoef(eye_yaw, x)[0, 1] < -0.8
    assert np.corrcoef(face_yaw, x)[0, 1] < -0.8
    assert np.corrcoef(eye_pitch, y)[0, 1] < -0.6


def test_a_batch_mixes_people_and_each_gets_what_it_gets_alone(analyzer: FaceAnalyzer) -> None:
    empty = np.zeros((240, 320, 3), np.uint8)
    cut = np.ascontiguousarray(frame()[100:440, 160:500])
    region = CAMERA.for_region(Region(160, 100, 340, 340), 340, 340)
    pictures = [Picture(frame(), CAMERA, 0.0), Picture(empty, CAMERA, 5.0), Picture(cut, region, 7.0)]
    together = analyzer.analyze(pictures)
    alone = [analyzer.analyze([picture])[0] for picture in pictures]
    assert [found.analysis.status for found in together] == ["ok", "no_face", "ok"]
    for one, other in zip(together, alone, strict=True):
        assert (one.track is None) == (other.track is None)
        if one.track is not None and other.track is not None:
            assert np.abs(one.track.points_px - other.track.points_px).mean() < 0.5


def test_the_network_takes_all_faces_of_a_batch_in_one_call_and_none_without_a_face() -> None:
    network, batches = load_predictor("cpu"), []

    class Counting:
        face_px = network.face_px

        def predict(self, faces: np.ndarray, eyes: np.ndarray, heads: np.ndarray) -> NetworkOutput:
            batches.append(len(faces))
            return network.predict(faces, eyes, heads)

    analyzer = create_analyzer(Counting())
    empty = Picture(np.zeros((240, 320, 3), np.uint8), CAMERA, 0.0)
    first, second = (Picture(frame(name), CAMERA, 0.0) for name in ("0000.jpg", "0020.jpg"))
    none, one, other = analyzer.analyze([empty, first, second])
    assert analyzer.analyze([empty]) == [none] == [AnalyzedPicture(NO_FACE)]
    assert batches == [2]
    for found, picture in ((one, first), (other, second)):
        alone = analyzer.analyze([picture])[0].analysis.features
        assert found.analysis.features is not None
        assert alone is not None
        for name, values in alone.blocks().items():
            np.testing.assert_allclose(found.analysis.features.blocks()[name], values, atol=0.05, err_msg=name)


def test_a_track_goes_through_pickle_to_another_process_and_is_small(analyzer: FaceAnalyzer) -> None:
    (found,) = analyzer.analyze([Picture(frame(), CAMERA, 0.0)])
    assert found.track is not None
    sent = pickle.dumps(found.track)
    again = pickle.loads(sent)  # noqa: S301 - written in the line above
    assert len(sent) < 8_000
    assert again.captured_ms == 0.0
    np.testing.assert_array_equal(again.points_px, found.track.points_px)
    (followed,) = analyzer.analyze([Picture(frame("0001.jpg"), CAMERA, 33.0, before=again)])
    assert followed.analysis.status == "ok"


def test_mediapipe_itself_finds_the_same_face(analyzer: FaceAnalyzer) -> None:
    reference = create_analyzer(load_predictor("cpu"), landmarks="mediapipe")
    (own,), (other,) = (each.analyze([Picture(frame(), CAMERA, 0.0)]) for each in (analyzer, reference))
    assert own.track is not None
    assert other.track is not None
    assert np.median(np.abs(own.track.points_px - other.track.points_px)) < 0.3


def test_without_mediapipe_that_choice_is_refused_with_the_name_of_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(
        ValueError, match=r"pip install 'sightline-gaze\[mediapipe\]'.* leave out --landmarks mediapipe"
    ):
        create_analyzer(load_predictor("cpu"), landmarks="mediapipe")
