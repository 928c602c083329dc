from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calibration.quality.baselines import Constant
from calibration.quality.methods import METHODS
from calibration.screen import ScreenGeometry
from calibration.targets.patterns import PATTERNS
from models.datasets.session_layout import Phase
from server.evaluation.accuracy import ErrorPrediction, EvaluationError, Selection, evaluate_observations
from server.evaluation.metrics import method_errors, predict_all
from server.evaluation.observations import (
    Observation,
    arrivals_ms,
    calibration_samples,
    settled_test_observations,
    with_distance,
)
from server.recordings.reader import RecordedFrame, Recording
from tests.support.calibration_eye import GRID, LinearEye

EYE = LinearEye(noise=0.1)
SCREEN = ScreenGeometry(1920, 1080)
FILTERS = ("none", "one_euro")
PLACES = [(0.2, 0.3), (0.4, 0.8), (0.7, 0.6), (0.85, 0.2), (0.3, 0.5)]


def seen(place: tuple[float, float], ms: float, target_id: int, phase: Phase, status: str = "ok") -> Observation:
    frame = RecordedFrame(Path("x.png"), ms, place, target_id, phase)
    blocks = EYE.blocks(*place) if status in ("ok", "eyes_closed") else None
    # The irises give 600 mm. Eyelids over them would give a wrong distance. (The head pose in the blocks is not used.)
    distance_mm = {"ok": 600.0, "eyes_closed": 1500.0}.get(status)
    return Observation(frame, status, blocks, distance_mm)  # type: ignore[arg-type]


def one_frame_a_dot() -> list[Observation]:
    calibrate = [seen(place, 2000.0 * i, i, "calibrate") for i, place in enumerate(GRID)]
    return calibrate + [seen(place, 50_000.0 + 2000.0 * i, 100 + i, "test") for i, place in enumerate(PLACES)]


def recording(observations: list[Observation], screen: ScreenGeometry = SCREEN) -> Recording:
    return Recording(Path("s1"), "p01", screen, None, tuple(o.frame for o in observations))


def test_every_method_is_measured_and_the_mixture_beats_the_centre_on_a_linear_eye() -> None:
    observations = one_frame_a_dot()
    result = evaluate_observations(recording(observations), observations)
    assert list(result.methods) == list(METHODS)
    assert result.methods["centre"].median_of_centre == 1.0
    ratio = result.methods["mixture"].median_of_centre
    assert ratio is not None
    assert ratio < 0.1
    assert (result.frames_total, result.frames_calibrate_used, result.frames_test_used) == (14, 9, 5)


def test_the_errors_of_always_centre_are_the_distances_of_the_targets() -> None:
    observations = one_frame_a_dot()
    errors = evaluate_observations(recording(observations), observations).methods["centre"]
    px = [np.hypot((x - 0.5) * 1920, (y - 0.5) * 1080) for x, y in PLACES]
    assert errors.median_px == pytest.approx(np.median(px))
    assert errors.mean_px == pytest.approx(np.mean(px))
    assert errors.p95_px == pytest.approx(np.percentile(px, 95))
    assert errors.median_diag == pytest.approx(100 * np.median(px) / np.hypot(1920, 1080))
    assert errors.median_deg is None


def test_degrees_come_from_the_screens_size_and_the_irises_distance() -> None:
    screen = ScreenGeometry(1920, 1080, width_mm=480.0, height_mm=270.0)
    observations = one_frame_a_dot()
    result = evaluate_observations(recording(observations, screen), observations)
    assert result.distance_mm == pytest.approx(600.0, abs=5.0)
    deg = [np.degrees(np.arctan(np.hypot((x - 0.5) * 480, (y - 0.5) * 270) / 600)) for x, y in PLACES]
    assert result.methods["centre"].median_deg == pytest.approx(np.median(deg), rel=0.01)


def test_the_recordings_own_distance_wins_and_an_implausible_one_is_not_used() -> None:
    observations = one_frame_a_dot()
    own = ScreenGeometry(1920, 1080, distance_mm=700.0)
    assert with_distance(own, observations).distance_mm == 700.0
    behind = [replace(o, distance_mm=50.0) for o in observations]
    assert with_distance(SCREEN, behind).distance_mm is None
    assert with_distance(SCREEN, []).distance_mm is None


def test_the_distance_comes_from_the_irises_of_open_eyes() -> None:
    shut = [seen(place, 0.0, 0, "calibrate", "eyes_closed") for place in PLACES]
    nearer = [replace(o, distance_mm=520.0) for o in one_frame_a_dot()]  # the head's pose says 600
    assert with_distance(SCREEN, [*shut, *nearer[:3]]).distance_mm == 520.0
    assert with_distance(SCREEN, shut).distance_mm is None


def test_frames_with_glare_are_counted_and_used() -> None:
    observations = one_frame_a_dot()
    observations[2] = replace(observations[2], glare=True)
    result = evaluate_observations(recording(observations), observations)
    assert (result.frames_glare, result.frames_calibrate_used) == (1, 9)


def test_frames_without_face_broken_or_with_shut_eyes_are_counted_and_left_out() -> None:
    observations = one_frame_a_dot()
    for i, status in enumerate(["no_face", "broken", "eyes_closed"]):
        observations.append(seen((0.1, 0.1), 90_000.0 + 2000 * i, 200 + i, "test", status))
    observations.append(seen(GRID[0], 100_000.0, 300, "calibrate", "eyes_closed"))
    result = evaluate_observations(recording(observations), observations)
    assert (result.frames_without_face, result.frames_broken, result.frames_eyes_closed) == (1, 1, 2)
    assert (result.frames_test, result.frames_test_used) == (8, 5)
    assert (result.targets_calibrate, result.targets_lost) == (10, 1)


def test_test_frames_before_the_eyes_have_settled_are_left_out() -> None:
    visit = [seen((0.2, 0.2), 100.0 * i, 1, "test") for i in range(10)]
    assert [o.frame.captured_ms for o in settled_test_observations(visit)] == [700.0, 800.0, 900.0]
    assert len(settled_test_observations(visit[:1])) == 1


def test_a_visit_begins_with_its_first_frame_even_without_a_face_or_a_phase() -> None:
    observations = [seen((0.2, 0.2), 0.0, 1, "", "no_face"), seen((0.2, 0.2), 650.0, 1, "calibrate", "no_face")]
    observations += [seen((0.2, 0.2), 700.0 + i, 1, "calibrate") for i in range(2)]
    assert arrivals_ms(observations) == [0.0] * 4
    assert [sample.arrived_ms for sample in calibration_samples(observations)] == [0.0, 0.0]


def test_frames_with_closed_eyes_are_marked_for_the_selection() -> None:
    samples = calibration_samples([seen(GRID[0], 0.0, 1, "calibrate", "eyes_closed")])
    assert [sample.eyes_open for sample in samples] == [False]


def test_too_few_targets_and_no_test_frame_are_refused_with_the_folder() -> None:
    observations = one_frame_a_dot()
    with pytest.raises(EvaluationError, match="s1: only 2 calibration targets"):
        evaluate_observations(recording(observations), observations[:2] + observations[9:])
    with pytest.raises(EvaluationError, match="s1: no test frame"):
        evaluate_observations(recording(observations), observations[:9])


def test_the_filter_smooths_points_as_in_the_live_pipeline() -> None:
    rng = np.random.default_rng(0)
    eye = LinearEye(noise=0.0)
    observations = []
    for i in range(60):
        x, y = 0.5 + rng.normal(0, 0.03), 0.5 + rng.normal(0, 0.03)
        frame = RecordedFrame(Path("x.png"), 33.0 * i, (0.5, 0.5), 1, "test")
        observations.append(Observation(frame, "ok", eye.blocks(x, y)))

    class Exact:
        def predict(self, blocks: object) -> tuple[float, float]:
            iris = blocks["eye_angles"]  # type: ignore[index]
            return 0.5 - float(iris[1]) / 0.55, 0.5 - float(iris[0]) / 0.45

    raw = method_errors(predict_all(Exact(), observations), observations, SCREEN)
    smooth = method_errors(predict_all(Exact(), observations, "one_euro"), observations, SCREEN)
    assert smooth.median_px < 0.8 * raw.median_px


def test_a_constant_answer_at_the_target_has_no_error() -> None:
    observations = [seen((0.25, 0.75), 0.0, 1, "test")]
    errors = method_errors(predict_all(Constant((0.25, 0.75)), observations), observations, SCREEN)
    assert (errors.median_px, errors.mean_px, errors.p95_px) == (0.0, 0.0, 0.0)


def test_selected_points_and_patterns_are_those_of_a_shorter_calibration() -> None:
    places = [*GRID, (0.29, 0.29), (0.71, 0.72)]
    assert [places[i] for i in Selection(points=5).of(places)] == [GRID[i] for i in (0, 2, 4, 6, 8)]
    assert [places[i] for i in Selection(pattern=PATTERNS["9"]).of(places)] == GRID
    assert Selection().of(places) == list(range(11))


def test_a_selection_reaches_the_fit_and_the_counts() -> None:
    observations = one_frame_a_dot()
    result = evaluate_observations(recording(observations), observations, selection=Selection(points=5))
    assert (result.targets_calibrate, result.frames_calibrate_used, len(result.calibrated)) == (5, 5, 5)
    assert result.frames_calibrate == 5  # those of the four other dots are not counted as lost
    with pytest.raises(EvaluationError, match="only 2 calibration targets"):
        evaluate_observations(recording(observations), observations, selection=Selection(points=2))


def test_left_out_targets_are_measured_by_fits_without_them() -> None:
    observations = one_frame_a_dot()
    result = evaluate_observations(recording(observations), observations, selection=Selection(leave_out=3))
    assert result.left_out is not None
    assert set(result.left_out) == set(result.methods)
    assert result.left_out["centre"].median_of_centre == 1.0
    # A corner that is left out is extrapolated to, so it is harder than the places inside.
    assert result.left_out["mixture"].median_px > result.methods["mixture"].median_px
    assert evaluate_observations(recording(observations), observations).left_out is None


def test_the_predicted_error_is_kept_beside_the_measured_one() -> None:
    observations = one_frame_a_dot()
    result = evaluate_observations(recording(observations), observations)
    assert result.announced is not None
    assert result.announced.median_px > 0.0
    assert 0.0 <= result.announced.frames_in_radius <= 1.0
    true_px = result.methods["mixture"].median_px
    assert result.announced.true_over_predicted == pytest.approx(true_px / result.announced.median_px)
    assert result.announced.radius_px > 0.0


def test_coverage_is_measured_on_filtered_points_when_a_filter_is_chosen() -> None:
    looks = [(place, 90_000.0 + 4000.0 * i) for i, place in enumerate(PLACES)]
    many = [seen(place, ms + 33.0 * k, 200 + int(ms), "test") for place, ms in looks for k in range(90)]
    observations = one_frame_a_dot()[: len(GRID)] + many
    raw, smooth = (
        evaluate_observations(recording(observations), observations, filter_name=f).announced for f in FILTERS
    )
    assert raw is not None
    assert smooth is not None
    assert raw.median_px == smooth.median_px
    assert smooth.frames_in_radius > raw.frames_in_radius + 0.01


def test_drift_needs_some_minutes_of_test_frames() -> None:
    observations = one_frame_a_dot()
    assert evaluate_observations(recording(observations), observations).drift is None
    longer = observations + [seen((0.4, 0.4), 2e5 + 3000.0 * i, 300 + i, "test") for i in range(9)]
    drift = evaluate_observations(recording(longer), longer).drift
    assert drift is not None
    assert drift.minutes == pytest.approx((2e5 + 24_000 - 50_000) / 60_000)


def test_the_json_has_no_single_points() -> None:
    observations = one_frame_a_dot()
    result = evaluate_observations(recording(observations), observations)
    assert [point.target for point in result.points] == PLACES
    assert not {"points", "calibrated"} & set(result.to_json())


def test_frames_of_another_size_than_the_calibration_s_have_a_wider_radius() -> None:
    frames = one_frame_a_dot()

    def announced(camera_px: tuple[int, int]) -> ErrorPrediction:
        found = [replace(o, camera_px=camera_px if o.frame.phase == "test" else (640, 480)) for o in frames]
        prediction = evaluate_observations(recording(found), found).announced
        assert prediction is not None
        return prediction

    same, other = announced((640, 480)), announced((640, 360))
    assert other.median_px == same.median_px
    assert other.radius_px > same.radius_px + 100.0
