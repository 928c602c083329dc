from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from msgspec import UNSET

from calibration.calibration import Calibration
from calibration.fit import fit_calibration
from calibration.samples.head_poses import head_poses
from calibration.screen import ScreenGeometry
from models.analysis import FaceAnalysis
from server.gaze.confidence import PoseReference
from server.gaze.estimator import GazeEstimator
from server.gaze.filters import OneEuroPointFilter
from server.gaze.sample import GazeSample
from server.inference.results import AnalyzedFrame
from server.protocol.gaze import Eyes
from tests.support.server import NOW_MS, SCREEN, analysis, features, frame, samples


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return fit_calibration(samples(), SCREEN)


def look(tracker: GazeEstimator, found: FaceAnalysis | None, at_ms: float = 0.0, **changed: object) -> GazeSample:
    result = AnalyzedFrame(frame(1, NOW_MS + at_ms), found, problem=None if found else "the JPEG can't be decoded")
    options = {"screen": SCREEN, "paused": False, "now_ms": NOW_MS + at_ms + 40.0} | changed
    return tracker.sample(result, **options)  # type: ignore[arg-type]


def calibrated(calibration: Calibration) -> GazeEstimator:
    tracker = GazeEstimator("s_1", OneEuroPointFilter())
    tracker.use(calibration, PoseReference.from_poses(head_poses(samples())))
    return tracker


def test_a_calibrated_face_gives_a_point_with_its_expected_error(calibration: Calibration) -> None:
    sample = look(calibrated(calibration), analysis(0.7, 0.3))
    assert sample.status == "ok"
    assert sample.estimate is not None
    assert sample.estimate.filtered.x == pytest.approx(0.7, abs=0.03)
    blocks = analysis(0.7, 0.3).features.blocks()  # type: ignore[union-attr]
    point = sample.estimate.filtered
    assert sample.estimate.error_px == pytest.approx(calibration.error_px(point.x, point.y, blocks), rel=0.2)
    assert sample.estimate.confidence == 1.0
    assert sample.latency_ms == 40.0


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (analysis(status="no_face"), "no_face"),
        (analysis(status="eyes_closed"), "eyes_closed"),
        (analysis(brightness=5.0), "low_light"),
        (None, "error"),
    ],
)
def test_what_gives_no_point_gives_its_status(
    calibration: Calibration, found: FaceAnalysis | None, status: str
) -> None:
    sample = look(calibrated(calibration), found)
    assert (sample.status, sample.estimate) == (status, None)


def test_a_wink_gives_no_point_and_says_which_eye_is_shut(calibration: Calibration) -> None:
    tracker = calibrated(calibration)
    wide = analysis()
    assert wide.features is not None
    wink = replace(wide, features=replace(wide.features, openness=np.array([0.25, 0.12], np.float32)))
    assert look(tracker, wide).status == "ok"
    sample = look(tracker, wink, 33.0)
    assert (sample.status, sample.estimate) == ("eyes_closed", None)
    eyes = sample.message().eyes
    assert isinstance(eyes, Eyes)
    assert (eyes.left.closed, eyes.right.closed) == (False, True)
    assert look(tracker, wide, 66.0).status == "ok", "the next frame is not lost"


def test_the_next_person_is_not_judged_by_the_openness_of_the_one_before(calibration: Calibration) -> None:
    tracker, person = calibrated(calibration), analysis()
    assert person.features is not None
    uneven = replace(person, features=replace(person.features, openness=np.array([0.25, 0.12], np.float32)))
    seen = [look(tracker, uneven, 100.0 * i).status for i in range(400)]
    assert (seen[0], seen[-1]) == ("eyes_closed", "ok"), "eyes of different size become usual"
    assert look(tracker, uneven, 42_000.0).status == "eyes_closed", "another face may be here now"


def test_a_face_too_near_too_far_or_half_outside_the_camera_gives_no_point(calibration: Calibration) -> None:
    assert look(calibrated(calibration), analysis(shift_mm=0.0)).status == "ok"
    near = analysis()
    assert near.features is not None
    moved = near.features.head_translation_mm * np.array([1.0, 1.0, 0.2])
    near = replace(near, features=replace(near.features, head_translation_mm=moved))
    assert look(calibrated(calibration), near).status == "out_of_range"
    outside = replace(analysis(), eye_points=((1.03, 0.4), (0.9, 0.4)))
    assert look(calibrated(calibration), outside).status == "off_center"


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (analysis(), "multiple_faces"),
        (analysis(status="eyes_closed"), "multiple_faces"),
        (analysis(brightness=5.0), "multiple_faces"),
        (analysis(status="no_face"), "no_face"),
        (None, "error"),
    ],
)
def test_with_a_second_face_there_is_no_point_and_this_status_comes_first(
    calibration: Calibration, found: FaceAnalysis | None, status: str
) -> None:
    sample = look(calibrated(calibration), found, bystander=True)
    assert (sample.status, sample.valid, sample.estimate) == (status, False, None)
    assert look(GazeEstimator("s_1", OneEuroPointFilter()), found, bystander=True).status == status, (
        "before a calibration, too"
    )


def test_without_a_calibration_there_is_no_point() -> None:
    assert look(GazeEstimator("s_1", OneEuroPointFilter()), analysis()).status == "uncalibrated"


def test_sequence_numbers_have_no_gap(calibration: Calibration) -> None:
    tracker = calibrated(calibration)
    found = [analysis(), None, analysis(status="no_face"), analysis(status="eyes_closed"), analysis()]
    assert [look(tracker, each, 33.0 * i).seq for i, each in enumerate(found)] == [1, 2, 3, 4, 5]


def test_a_paused_sample_has_no_data_about_the_person(calibration: Calibration) -> None:
    sample = look(calibrated(calibration), analysis(), paused=True)
    assert (sample.status, sample.analysis, sample.track_id) == ("paused", None, None)


def test_a_head_that_has_moved_far_makes_the_calibration_stale(calibration: Calibration) -> None:
    moved = replace(analysis(), features=features(0.5, 0.5, shift_mm=400.0))
    sample = look(calibrated(calibration), moved)
    assert sample.status == "stale_calibration"
    assert sample.estimate is not None
    assert sample.estimate.confidence == 0.0


def at_distance(mm: float) -> FaceAnalysis:
    found = analysis()
    assert found.features is not None
    place = np.array([12.0, -35.0, mm], np.float32)
    return replace(found, features=replace(found.features, head_translation_mm=place))


def test_a_head_nearer_than_at_the_dots_is_named_before_the_calibration_is_stale(calibration: Calibration) -> None:
    tracker = calibrated(calibration)
    leaning = [look(tracker, at_distance(571.0 - 3.0 * i), 33.0 * i) for i in range(40)]
    resting = [look(tracker, at_distance(452.0), 1320.0 + 33.0 * i) for i in range(9)]
    assert leaning[0].message().doubt is UNSET
    assert {sample.status for sample in leaning + resting} == {"ok"}
    assert resting[-1].message().doubt == "nearer"
    back = [look(tracker, at_distance(571.0), 3000.0 + 33.0 * i) for i in range(9)]
    assert back[-1].message().doubt is UNSET


def test_a_changed_camera_is_no_place_of_the_head(calibration: Calibration) -> None:
    tracker = calibrated(replace(calibration, camera_px=(640, 480)))
    shot = replace(frame(1, NOW_MS), full_width_px=640, full_height_px=360)
    for number in range(9):
        result = AnalyzedFrame(replace(shot, captured_ms=NOW_MS + 33.0 * number), at_distance(450.0))
        sample = tracker.sample(result, screen=SCREEN, paused=False, now_ms=NOW_MS)
    assert sample.message().doubt is UNSET
    assert "size or shape" in str(sample.message().reason)


@pytest.mark.parametrize("profile_has_the_size", [True, False])
def test_a_camera_frame_of_another_size_or_shape_makes_the_calibration_stale(
    calibration: Calibration, profile_has_the_size: bool
) -> None:
    sized = replace(calibration, camera_px=(640, 480) if profile_has_the_size else None)
    tracker = calibrated(sized)

    def show(width_px: int, height_px: int, at_ms: float) -> GazeSample:
        shot = replace(frame(1, NOW_MS + at_ms), full_width_px=width_px, full_height_px=height_px)
        result = AnalyzedFrame(shot, analysis())
        return tracker.sample(result, screen=SCREEN, paused=False, now_ms=NOW_MS + at_ms)

    assert show(640, 480, 0.0).status == "ok"
    for number, size in enumerate([(480, 480), (1280, 960), (480, 640)], start=1):
        sample = show(*size, 33.0 * number)
        assert (sample.status, sample.valid) == ("stale_calibration", True)
        assert "size or shape" in str(sample.message().reason)
    assert show(640, 480, 200.0).status == "ok"


def test_a_changed_camera_frame_lowers_the_confidence_and_widens_the_radius(calibration: Calibration) -> None:
    tracker = calibrated(replace(calibration, camera_px=(640, 480)))
    before = look(tracker, analysis()).estimate
    shot = replace(frame(1, NOW_MS + 33.0), full_width_px=640, full_height_px=360)
    after = tracker.sample(AnalyzedFrame(shot, analysis()), screen=SCREEN, paused=False, now_ms=NOW_MS).estimate
    assert before is not None
    assert after is not None
    assert after.confidence <= 0.2 < before.confidence
    assert after.error_px > before.error_px + 50.0


def test_glare_over_an_eye_lowers_the_confidence_of_a_calibration_that_had_it_too(calibration: Calibration) -> None:
    estimate = look(calibrated(calibration), replace(analysis(), glare=0.94)).estimate
    assert estimate is not None
    assert estimate.confidence == pytest.approx(0.1)


def test_a_distance_that_jumps_is_a_changed_camera_until_it_is_back(calibration: Calibration) -> None:
    tracker, near = calibrated(calibration), analysis()
    assert near.features is not None
    far = replace(
        near, features=replace(near.features, head_translation_mm=near.features.head_translation_mm + np.float32(67))
    )
    seen = [look(tracker, found, 33.0 * i) for i, found in enumerate((near, far, far, near))]
    assert [sample.status for sample in seen] == ["ok", "stale_calibration", "stale_calibration", "ok"]
    assert "jumped" in str(seen[1].reason)
    assert seen[1].estimate is not None
    assert seen[1].estimate.confidence <= 0.2


def test_eyes_unlike_those_of_the_calibration_lower_the_confidence_at_once_and_the_status_soon() -> None:
    rng, person = np.random.default_rng(0), samples()
    noisy = [
        replace(s, blocks={**s.blocks, "eye_patches": rng.normal(0.0, 0.1, 400).astype(np.float32)}) for s in person
    ]
    tracker = calibrated(fit_calibration(noisy, SCREEN))

    def shown(spread: float) -> FaceAnalysis:
        found = analysis()
        assert found.features is not None
        return replace(
            found, features=replace(found.features, eye_patches=rng.normal(0.0, spread, 400).astype(np.float32))
        )

    usual = [look(tracker, shown(0.1), 33.0 * i) for i in range(9)]
    strange = [look(tracker, shown(1.0), 300.0 + 33.0 * i) for i in range(9)]
    assert {sample.status for sample in usual} == {"ok"}
    assert (strange[0].status, strange[-1].status) == ("ok", "stale_calibration")
    assert "unlike" in str(strange[-1].reason)
    first, last = usual[0].estimate, strange[0].estimate
    assert first is not None
    assert last is not None
    assert last.confidence < 0.25 < 0.9 < first.confidence
    assert last.error_px > 2.0 * first.error_px


def test_another_screen_makes_the_calibration_stale(calibration: Calibration) -> None:
    other = ScreenGeometry(2000, 1000)
    sample = look(calibrated(calibration), analysis(), screen=other)
    assert sample.status == "stale_calibration"
    assert sample.message().x_px == pytest.approx(1000.0, abs=60.0)


def test_features_that_are_not_finite_give_an_error_and_no_point(calibration: Calibration) -> None:
    class Nowhere:
        screen = SCREEN
        calibration_id = "c_0"

        def predict(self, _blocks: object) -> object:
            return replace(calibration.predict(features(0.5, 0.5).blocks()), x=math.nan)

    tracker = GazeEstimator("s_1", OneEuroPointFilter())
    tracker.use(Nowhere(), PoseReference())  # type: ignore[arg-type]
    sample = look(tracker, analysis())
    assert sample.status == "error"
    assert sample.reason is not None


def test_the_filter_forgets_when_the_calibration_changes(calibration: Calibration) -> None:
    tracker = calibrated(calibration)
    look(tracker, analysis(0.1, 0.1), 0.0)
    tracker.use(calibration, PoseReference())
    sample = look(tracker, analysis(0.9, 0.9), 33.0)
    assert sample.estimate is not None
    assert sample.estimate.filtered == sample.estimate.raw


def test_the_track_number_changes_when_the_face_was_away_longer_than_a_second() -> None:
    tracker = GazeEstimator("s_1", OneEuroPointFilter())
    assert look(tracker, analysis(), 0.0).track_id == 1
    assert look(tracker, analysis(status="no_face"), 100.0).track_id is None
    assert look(tracker, analysis(), 200.0).track_id == 1
    assert look(tracker, analysis(), 1200.0).track_id == 1
    assert look(tracker, analysis(), 2201.0).track_id == 2
