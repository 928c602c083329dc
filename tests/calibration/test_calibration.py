import json
import math
from dataclasses import replace

import numpy as np
import pytest

from calibration.errors import CalibrationError
from calibration.fit import fit_calibration
from calibration.quality.report import CalibrationReport
from calibration.samples.sample import CalibrationSample
from calibration.screen import ScreenGeometry
from tests.support.calibration_eye import GRID, SCREEN, LinearEye, game

NINE_DOTS = game(LinearEye(noise=0.1))
CALIBRATION = fit_calibration(NINE_DOTS, SCREEN)


def test_a_game_of_nine_dots_gives_a_map_that_finds_held_out_places() -> None:
    eye = LinearEye(noise=0.1)
    calibration = fit_calibration(game(eye), SCREEN)
    point = calibration.predict(eye.blocks(0.3, 0.7))
    assert (point.x, point.y) == pytest.approx((0.3, 0.7), abs=0.05)


def test_the_report_has_each_targets_left_out_error_and_counts_frames() -> None:
    report = CALIBRATION.report
    assert [(target.x, target.y) for target in report.targets] == GRID
    for target in report.targets:
        dx, dy = (target.predicted_x - target.x) * 1920, (target.predicted_y - target.y) * 1080
        assert target.error_px == pytest.approx(math.hypot(dx, dy))
        assert target.error_deg is None
        assert target.n_total == 20
        assert 5 <= target.n_used <= 9
    assert report.n_frames == 180
    assert report.method == "mixture"
    assert report.mean_error_px < 0.2 * report.baselines_px["centre"]
    assert set(report.baselines_px) == {"centre", "head_pose", "offset", "affine", "ray_affine", "ridge_iris", "ridge"}
    assert set(report.members) == {"ridge", "ray_affine", "ridge_iris"}
    assert sum(report.members.values()) == pytest.approx(1.0)


def test_degrees_are_reported_when_size_and_distance_are_known() -> None:
    screen = ScreenGeometry(1920, 1080, width_mm=480.0, distance_mm=600.0)
    report = fit_calibration(game(LinearEye(noise=0.1)), screen).report
    assert report.mean_error_deg is not None
    # 1 px is 0.25 mm, at most 0.024 degrees from 600 mm, less towards the corners.
    assert 0.5 * 0.024 < report.mean_error_deg / report.mean_error_px <= 0.024


def test_the_left_out_error_agrees_with_the_error_at_places_never_shown() -> None:
    eye = LinearEye(seed=4, noise=0.4)
    samples = [CalibrationSample(float(i), i, place, eye.blocks(*place)) for i, place in enumerate(GRID)]
    calibration = fit_calibration(samples, SCREEN)
    errors = []
    for place in [(x / 7, y / 7) for x in range(1, 7) for y in range(1, 7)]:
        point = calibration.predict(eye.blocks(*place))
        errors.append(SCREEN.distance_px((point.x, point.y), place))
    # Inside the grid it is easier than at its corners, which are extrapolated when left out.
    assert 0.3 < sorted(errors)[18] / calibration.report.median_error_px < 1.5


def test_the_expected_error_is_larger_near_targets_that_were_missed() -> None:
    eye = LinearEye(noise=0.1)
    samples = game(eye)
    spoiled = [
        CalibrationSample(s.captured_ms, s.target_id, s.target, eye.blocks(0.6, 0.5)) if s.target_id == 8 else s
        for s in samples
    ]
    calibration = fit_calibration(spoiled, SCREEN)
    assert calibration.report.doubtful_target_ids == (8,)
    assert calibration.error_px(0.92, 0.95) > 1.3 * calibration.error_px(0.08, 0.08)
    assert math.isfinite(calibration.error_px(50.0, -50.0))


def test_a_report_survives_json() -> None:
    report = CALIBRATION.report
    written = report.to_json()
    assert written["lambda"] == report.lam
    assert CalibrationReport.from_json(json.loads(json.dumps(written, allow_nan=False))) == report


def test_the_same_samples_give_the_same_id_and_others_another() -> None:
    again, other = fit_calibration(NINE_DOTS, SCREEN), fit_calibration(NINE_DOTS[40:], SCREEN)
    assert CALIBRATION.calibration_id == again.calibration_id != other.calibration_id
    assert again.calibration_id.startswith("c_")


def test_fewer_than_three_targets_are_refused_with_what_to_do() -> None:
    with pytest.raises(CalibrationError, match=r"Only 2 dots.*at least 3.*calibrate again"):
        fit_calibration(game(LinearEye(), GRID[:2]), SCREEN)


def test_no_face_at_all_is_refused_with_a_word_about_light() -> None:
    with pytest.raises(CalibrationError, match="No face was found"):
        fit_calibration([], SCREEN)


def test_shut_eyes_are_refused_with_a_word_about_them() -> None:
    shut = [
        CalibrationSample(s.captured_ms, s.target_id, s.target, s.blocks, eyes_open=False) for s in game(LinearEye())
    ]
    with pytest.raises(CalibrationError, match="eyes were shut"):
        fit_calibration(shut, SCREEN)


def test_features_that_the_ridge_does_not_know_are_refused() -> None:
    samples = [
        CalibrationSample(s.captured_ms, s.target_id, s.target, {"shoe_size": s.blocks["iris"]})
        for s in game(LinearEye())
    ]
    with pytest.raises(CalibrationError, match="are not usable"):
        fit_calibration(samples, SCREEN)


def test_a_lost_target_is_named_and_the_others_still_count() -> None:
    samples = [
        CalibrationSample(s.captured_ms, s.target_id, s.target, s.blocks, eyes_open=s.target_id != 3)
        for s in game(LinearEye())
    ]
    report = fit_calibration(samples, SCREEN).report
    assert report.lost_target_ids == (3,)
    assert len(report.targets) == 8


@pytest.mark.parametrize(
    "places",
    [
        [(0.5, 0.5)] * 9,
        [(x, 0.5) for x in (0.1, 0.3, 0.5, 0.7, 0.9)],
        [(0.1 * i, 0.1 * i) for i in range(1, 9)],
        [(0.5 + 0.01 * i, 0.5 - 0.01 * (i % 2)) for i in range(5)],
    ],
)
def test_dots_in_one_place_or_on_one_line_are_refused(places: list[tuple[float, float]]) -> None:
    with pytest.raises(CalibrationError, match="spread in both directions"):
        fit_calibration(game(LinearEye(noise=0.1), places), SCREEN)


def test_the_same_places_shown_twice_are_no_reason_to_refuse_or_to_promise_nothing_but_luck() -> None:
    calibration = fit_calibration(game(LinearEye(noise=0.1), [*GRID, *GRID]), SCREEN)
    assert calibration.report.median_error_px > 5.0


def test_a_frame_whose_features_are_no_numbers_gets_the_widest_radius() -> None:
    eye = LinearEye(noise=0.1)
    calibration = fit_calibration(game(eye), SCREEN)
    blocks = eye.blocks(0.5, 0.5)
    broken = {**blocks, "eye_angles": np.full(2, np.nan, np.float32)}
    point = calibration.predict(broken)
    assert math.isfinite(point.x + point.y)
    widest = calibration.error_px(0.5, 0.5, broken)
    assert math.isfinite(widest)
    assert widest > 3.0 * calibration.error_px(0.5, 0.5, blocks)


def test_features_without_information_give_a_large_predicted_error() -> None:
    rng, eye = np.random.default_rng(0), LinearEye(noise=0.1)
    elsewhere = [replace(s, blocks=eye.blocks(*rng.uniform(0.0, 1.0, 2))) for s in game(eye)]
    constant = [replace(s, blocks=LinearEye().blocks(0.5, 0.5)) for s in game(eye)]
    for samples in (elsewhere, constant):
        report = fit_calibration(samples, SCREEN).report
        assert report.median_error_px > 0.12 * SCREEN.diagonal_px


def without(sample: CalibrationSample, *names: str) -> CalibrationSample:
    return replace(sample, blocks={name: values for name, values in sample.blocks.items() if name not in names})


EYES = ("eye_patches", "iris", "openness", "eye_angles", "eye_embedding")
NETWORK = ("gaze_angles", "eye_angles", "embedding", "eye_embedding")


@pytest.mark.parametrize("missing", [EYES, NETWORK, ("head_rotation", "head_translation"), ("openness",)])
def test_frames_that_lack_a_block_are_skipped_and_the_others_are_fitted(missing: tuple[str, ...]) -> None:
    some = [without(s, *missing) if i % 3 == 0 else s for i, s in enumerate(NINE_DOTS)]
    calibration = fit_calibration(some, SCREEN)
    assert set(calibration.report.weights) == set(CALIBRATION.report.weights)
    assert all(target.n_used >= 4 for target in calibration.report.targets)
    assert calibration.report.mean_error_px < 0.03 * calibration.report.baselines_px["centre"]


def test_a_dot_without_a_whole_frame_is_lost_and_the_others_are_fitted() -> None:
    samples = [without(s, "gaze_angles") if s.target_id == 4 else s for s in NINE_DOTS]
    assert fit_calibration(samples, SCREEN).report.lost_target_ids == (4,)


def test_a_block_that_most_frames_lack_is_done_without() -> None:
    samples = [without(s, *NETWORK) if i % 5 else s for i, s in enumerate(NINE_DOTS)]
    report = fit_calibration(samples, SCREEN).report
    assert set(report.weights) == {"eye_patches", "head_rotation", "iris"}
    assert set(report.baselines_px) == {"centre", "head_pose", "ridge_iris", "ridge"}
    assert report.members == {"ridge": 1.0}
    assert report.mean_error_px < 0.3 * report.baselines_px["centre"]


def test_methods_without_their_blocks_are_not_among_those_compared() -> None:
    poseless = fit_calibration([without(s, "head_rotation", "head_translation") for s in NINE_DOTS], SCREEN)
    assert "head_pose" not in poseless.report.baselines_px
    network_only = fit_calibration([without(s, "eye_patches", "iris", "head_rotation") for s in NINE_DOTS], SCREEN)
    assert set(network_only.report.baselines_px) == {"centre", "offset", "affine", "ray_affine", "ridge"}


def test_blocks_of_changing_length_are_passed_over_or_refused_with_what_to_do() -> None:
    def cut(sample: CalibrationSample) -> CalibrationSample:
        return replace(sample, blocks={name: values[:1] for name, values in sample.blocks.items()})

    mixed = [cut(s) if i % 4 == 0 else s for i, s in enumerate(NINE_DOTS)]
    assert fit_calibration(mixed, SCREEN).report.lost_target_ids == ()
    with pytest.raises(CalibrationError, match=r"are not usable.*[Cc]alibrate again"):
        fit_calibration([cut(s) if i % 2 == 0 else s for i, s in enumerate(NINE_DOTS)], SCREEN)
    with pytest.raises(CalibrationError, match=r"are not usable.*[Cc]alibrate again"):
        fit_calibration([replace(s, blocks={}) for s in NINE_DOTS], SCREEN)


@pytest.mark.parametrize("name", sorted(CALIBRATION.model.staged.ridge.weights))
def test_a_frame_without_a_block_of_the_fit_has_no_answer_and_says_which_one_is_missing(name: str) -> None:
    blocks = {key: values for key, values in LinearEye().blocks(0.3, 0.7).items() if key != name}
    with pytest.raises(ValueError, match=f"'{name}'.*got nothing"):
        CALIBRATION.predict(blocks)
    with pytest.raises(ValueError, match=f"'{name}'.*got nothing"):
        CALIBRATION.error_px(0.3, 0.7, blocks)


def test_a_frame_of_unknown_head_pose_counts_as_seen_from_the_usual_place() -> None:
    blocks = LinearEye().blocks(0.3, 0.7)
    point = CALIBRATION.predict({key: values for key, values in blocks.items() if key != "head_translation"})
    assert (point.x, point.y) == pytest.approx((0.3, 0.7), abs=0.08)


def test_the_report_shows_its_errors_with_units() -> None:
    report = CALIBRATION.report
    assert report.max_error_px == max(target.error_px for target in report.targets)
    shown = repr(report)
    assert f"mean {report.mean_error_px:.1f} px," in shown  # without degrees: the screen was not measured
    assert f"max {report.max_error_px:.1f} px" in shown
    assert "9 targets, 0 rejected" in shown
    measured = fit_calibration(NINE_DOTS, ScreenGeometry(1920, 1080, width_mm=480.0, distance_mm=600.0)).report
    assert f"({measured.mean_error_deg:.2f}°)" in repr(measured)


def test_the_largest_error_is_not_part_of_profiles_and_messages() -> None:
    assert "max_error_px" not in CALIBRATION.report.to_json()
