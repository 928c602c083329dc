import numpy as np
import pytest

from calibration.samples.sample import CalibrationSample
from calibration.samples.selection import select, settled_mask, usual_openness
from tests.support.calibration_eye import GRID, LinearEye, game, visit

EYE = LinearEye()
MIDDLE = (0.5, 0.5)


def with_openness(sample: CalibrationSample, openness: float) -> CalibrationSample:
    blocks = {**sample.blocks, "openness": np.full(2, openness, np.float32)}
    return CalibrationSample(sample.captured_ms, sample.target_id, sample.target, blocks)


def test_the_first_700_ms_of_each_visit_are_dropped() -> None:
    samples = visit(EYE, 1, MIDDLE, start_ms=0.0, n=11, step_ms=100.0)
    result = select(samples)
    assert result.n_unsettled == 7
    assert (result.means[0].n_used, result.means[0].n_total) == (4, 11)


def test_a_second_visit_settles_again() -> None:
    there = visit(EYE, 1, MIDDLE, start_ms=0.0, n=11, step_ms=100.0)
    elsewhere = visit(EYE, 2, (0.9, 0.9), start_ms=1100.0, n=11, step_ms=100.0)
    back = visit(EYE, 1, MIDDLE, start_ms=2200.0, n=11, step_ms=100.0)
    assert select([*there, *elsewhere, *back]).means[0].n_used == 8


def test_settling_counts_from_the_given_arrival_when_the_face_was_found_late() -> None:
    samples = [CalibrationSample(1000.0 + i, 1, MIDDLE, EYE.blocks(*MIDDLE), arrived_ms=300.0) for i in range(3)]
    assert select(samples).n_unsettled == 0


def test_a_target_with_a_single_frame_keeps_it() -> None:
    samples = [CalibrationSample(1000.0 * i, i, (i / 5, 0.5), EYE.blocks(i / 5, 0.5)) for i in range(5)]
    result = select(samples)
    assert [mean.n_used for mean in result.means] == [1] * 5
    assert result.n_unsettled == 0


def test_a_target_with_only_early_frames_keeps_the_later_half() -> None:
    early = visit(EYE, 1, MIDDLE, start_ms=0.0, n=6, step_ms=33.0)
    result = select(early)
    assert (result.means[0].n_used, result.n_unsettled) == (3, 3)


def test_time_that_runs_backwards_begins_a_new_visit() -> None:
    mask = settled_mask(["a"] * 6, [0.0, 400.0, 800.0, 100.0, 500.0, 900.0])
    assert mask.tolist() == [False, False, True, False, False, True]


def test_frames_with_eyelids_far_below_the_median_and_100_ms_around_them_are_dropped() -> None:
    samples = visit(EYE, 1, MIDDLE, start_ms=0.0, n=31, step_ms=50.0)
    samples[20] = with_openness(samples[20], 0.1)
    result = select(samples)
    assert result.n_blinks == 5  # 50 and 100 ms on both sides
    assert result.means[0].n_used == 31 - 14 - 5


def test_a_person_with_narrow_eyes_is_not_always_blinking() -> None:
    samples = [with_openness(sample, 0.11) for sample in visit(EYE, 1, MIDDLE, start_ms=0.0)]
    assert select(samples).n_blinks == 0


def test_frames_marked_as_shut_are_dropped_even_without_an_openness_block() -> None:
    samples = [
        CalibrationSample(
            700.0 + 300.0 * i, 1, MIDDLE, {"iris": np.zeros(4, np.float32)}, eyes_open=i != 2, arrived_ms=0.0
        )
        for i in range(5)
    ]
    assert select(samples).n_blinks == 1


def test_a_target_looked_at_with_shut_eyes_only_is_reported_as_lost() -> None:
    good = game(EYE)
    shut = [with_openness(sample, 0.02) for sample in visit(EYE, 77, (0.3, 0.3), start_ms=99_000.0)]
    result = select([*good, *shut])
    assert result.lost_target_ids == (77,)
    assert len(result.means) == 9


def test_glances_away_do_not_move_the_mean() -> None:
    eye = LinearEye(noise=0.02)
    samples = visit(eye, 1, (0.2, 0.2), start_ms=-10_000.0, n=340, step_ms=33.0)[300:]
    samples = [CalibrationSample(s.captured_ms, 1, s.target, s.blocks, arrived_ms=-10_000.0) for s in samples]
    for i in (5, 6, 7, 30):
        samples[i] = CalibrationSample(
            samples[i].captured_ms, 1, (0.2, 0.2), eye.blocks(0.9, 0.9), arrived_ms=-10_000.0
        )
    result = select(samples)
    assert result.n_outliers >= 4
    assert result.means[0].n_used >= 30
    expected = LinearEye().blocks(0.2, 0.2)["iris"]
    assert np.abs(result.means[0].blocks["iris"] - expected).max() < 0.005


def test_frames_that_do_not_differ_are_all_kept() -> None:
    assert select(visit(EYE, 1, MIDDLE, start_ms=0.0)).n_outliers == 0


def test_no_samples_give_no_means_and_no_error() -> None:
    result = select([])
    assert (result.means, result.n_total, result.lost_target_ids) == ((), 0, ())


def test_one_id_at_two_places_makes_two_targets() -> None:
    samples = [*visit(EYE, 1, (0.2, 0.2), start_ms=0.0), *visit(EYE, 1, (0.8, 0.8), start_ms=2000.0)]
    assert [mean.target for mean in select(samples).means] == [(0.2, 0.2), (0.8, 0.8)]


def test_the_mean_is_float32_and_has_the_frames_shapes() -> None:
    mean = select(visit(EYE, 1, MIDDLE, start_ms=0.0)).means[0]
    assert mean.blocks["eye_patches"].shape == (400,)
    assert mean.blocks["eye_patches"].dtype == np.float32
    assert mean.blocks["eye_patches"] == pytest.approx(EYE.blocks(*MIDDLE)["eye_patches"], abs=1e-5)


def test_frames_with_numbers_that_are_not_finite_are_dropped_and_a_target_of_only_such_is_lost() -> None:
    samples = visit(EYE, 1, MIDDLE, start_ms=0.0)
    broken = {**samples[30].blocks, "iris": np.full(4, np.nan, np.float32)}
    samples[30] = CalibrationSample(samples[30].captured_ms, 1, MIDDLE, broken)
    samples += [CalibrationSample(5000.0 + i, 2, (0.1, 0.1), broken) for i in range(3)]
    result = select(samples)
    assert np.isfinite(result.means[0].blocks["iris"]).all()
    assert result.lost_target_ids == (2,)
    assert result.n_outliers == 4  # the three frames of so short a visit, and the one before


def test_a_blink_at_one_dot_costs_no_frame_of_another_and_none_without_a_clock() -> None:
    frames = [CalibrationSample(33.0 * i, i, (i / 9, 0.5), EYE.blocks(i / 9, 0.5)) for i in range(9)]
    frames[4] = with_openness(frames[4], 0.02)
    assert select(frames).lost_target_ids == (4,)
    clockless = [CalibrationSample(0.0, s.target_id % 2, (0.5, 0.5), s.blocks) for s in frames]
    assert select(clockless).n_blinks == 1


def test_a_target_with_low_eyelids_in_all_frames_is_kept() -> None:
    low = [with_openness(sample, 0.13) for sample in visit(EYE, 77, (0.5, 0.95), start_ms=99_000.0)]
    low[30] = with_openness(low[30], 0.05)
    result = select([*game(EYE), *low])
    assert result.lost_target_ids == ()
    assert result.n_blinks == 7  # the blink and 100 ms around it


def two_frames(target_id: int, place: tuple[float, float], start_ms: float) -> list[CalibrationSample]:
    """The frames of a recording that was taken when the eyes were on the target."""
    return visit(EYE, target_id, place, start_ms=start_ms, n=2, step_ms=100.0)


def test_both_frames_of_a_visit_too_short_for_the_eyes_to_start_count() -> None:
    result = select([frame for i in range(9) for frame in two_frames(i, GRID[i], 2000.0 * i)])
    assert [mean.n_used for mean in result.means] == [2] * 9
    assert [len(mean.frames) for mean in result.means] == [2] * 9


def test_two_early_frames_of_a_dot_whose_arrival_is_known_are_not_both_taken() -> None:
    early = [CalibrationSample(300.0 + 100.0 * i, 1, MIDDLE, EYE.blocks(*MIDDLE), arrived_ms=0.0) for i in range(2)]
    assert select(early).means[0].n_used == 1


def test_a_blink_in_one_of_two_frames_leaves_the_other() -> None:
    frames = [frame for i in range(9) for frame in two_frames(i, GRID[i], 2000.0 * i)]
    frames[6] = with_openness(frames[6], 0.12)  # 0.4 of the median; the other frame lies within the margin
    result = select(frames)
    assert result.lost_target_ids == ()
    assert result.means[3].n_used == 1
    assert result.means[3].blocks["openness"] == pytest.approx([0.3, 0.3], abs=0.1)


def test_half_shut_eyelids_above_the_middle_are_a_blink() -> None:
    frames = [frame for i in range(9) for frame in two_frames(i, GRID[i], 2000.0 * i)]
    high = [with_openness(frame, 0.12) for frame in two_frames(77, (0.4, 0.1), 90_000.0)]
    low = [with_openness(frame, 0.12) for frame in two_frames(78, (0.4, 0.9), 92_000.0)]
    result = select([*frames, *high, *low])
    assert result.lost_target_ids == (77,)


def test_the_usual_openness_is_the_median_over_the_targets() -> None:
    frames = [frame for i, value in enumerate((0.2, 0.3, 0.28)) for frame in two_frames(i, (0.2, 0.1 * i), 2000.0 * i)]
    opened = [with_openness(frame, (0.2, 0.3, 0.28)[frame.target_id]) for frame in frames]
    assert usual_openness(select(opened).means) == pytest.approx((0.28, 0.28))
    assert usual_openness([]) is None


def test_outliers_are_kept_beside_the_frames_of_the_mean() -> None:
    samples = visit(EYE, 1, MIDDLE, start_ms=0.0)
    samples[30] = CalibrationSample(samples[30].captured_ms, 1, MIDDLE, EYE.blocks(0.9, 0.9))
    (mean,) = select(samples).means
    assert mean.outliers == (samples[30].blocks,)
    assert len(mean.frames) == mean.n_used
