from __future__ import annotations

from dataclasses import replace

import pytest

from calibration.samples.selection import SETTLE_MS
from calibration.targets.patterns import Target
from server.errors import RequestRefused
from server.session.target_run import (
    MAX_SAMPLES,
    MIN_SAMPLES,
    MIN_SAMPLES_SLOW,
    WINDOW_MS,
    PlannedTarget,
    Progress,
    TargetRun,
)
from tests.support.server import NOW_MS, SCREEN, analysis

SHOWN_MS = NOW_MS
PATH = ((0.0, 0.5, 0.5), (1_000.0, 0.5, 0.5), (3_000.0, 0.9, 0.5))
PLANNED = [
    PlannedTarget(Target(4, 0.5, 0.5)),
    PlannedTarget(Target(0, 0.08, 0.08)),
    PlannedTarget(Target(1000, 0.5, 0.5), path=PATH),
    PlannedTarget(Target(1001, 0.5, 0.5), stay_ms=4_000.0),
]
SETTLED_MS = SHOWN_MS + SETTLE_MS
WINDOW_END_MS = SETTLED_MS + WINDOW_MS


def started() -> TargetRun:
    run = TargetRun(run_id=1, purpose="calibration", planned=PLANNED, screen=SCREEN)
    run.show(4, SHOWN_MS, None)
    return run


def test_fifteen_settled_frames_are_enough() -> None:
    run = started()
    for i in range(MIN_SAMPLES - 1):
        progress = run.add(SETTLED_MS + i * 33.0, analysis())
    assert progress == Progress(4, MIN_SAMPLES - 1, enough=False)
    assert run.add(SETTLED_MS + 600.0, analysis()) == Progress(4, MIN_SAMPLES, enough=True)


def test_a_slow_machine_has_enough_with_five_frames_after_the_whole_window() -> None:
    run = started()
    for i in range(MIN_SAMPLES_SLOW - 1):
        run.add(SETTLED_MS + i * 240.0, analysis())
    assert run.add(WINDOW_END_MS, analysis()) == Progress(4, MIN_SAMPLES_SLOW, enough=True)


def test_frames_before_the_target_is_shown_belong_to_no_target() -> None:
    run = started()
    assert run.add(SHOWN_MS - 1.0, analysis()) is None
    assert run.samples() == ()


def test_frames_in_the_settle_time_are_kept_for_the_selection_but_are_not_valid() -> None:
    run = started()
    assert run.add(SHOWN_MS, analysis()) == Progress(4, 0, enough=False)
    (sample,) = run.samples()
    assert (sample.captured_ms, sample.arrived_ms, sample.eyes_open) == (SHOWN_MS, SHOWN_MS, True)


def test_closed_eyes_are_kept_for_the_selection_but_are_not_valid() -> None:
    run = started()
    assert run.add(SETTLED_MS, analysis(status="eyes_closed")) == Progress(4, 0, enough=False)
    assert [sample.eyes_open for sample in run.samples()] == [False]


@pytest.mark.parametrize("no_face", [analysis(status="no_face"), None])
def test_without_a_face_there_is_no_sample_but_the_page_gets_the_progress(no_face: object) -> None:
    run = started()
    assert run.add(SETTLED_MS, no_face) == Progress(4, 0, enough=False)  # type: ignore[arg-type]
    assert run.samples() == ()


def test_frames_after_the_window_are_not_used_when_there_are_enough() -> None:
    run = started()
    for i in range(MIN_SAMPLES):
        run.add(SETTLED_MS + i, analysis())
    assert run.add(WINDOW_END_MS - 1.0, analysis()) is not None
    assert run.add(WINDOW_END_MS, analysis()) is None
    assert len(run.samples()) == MIN_SAMPLES + 1


def test_a_target_without_enough_frames_continues_to_collect() -> None:
    run = started()
    run.add(SETTLED_MS, analysis())
    assert run.add(WINDOW_END_MS + 5_000.0, analysis()) == Progress(4, 2, enough=False)


def test_a_target_keeps_only_its_newest_frames() -> None:
    run = started()
    for i in range(MAX_SAMPLES + 10):
        run.add(SETTLED_MS + 33.0 * i, analysis(status="eyes_closed"))
    assert len(run.samples()) == MAX_SAMPLES
    assert run.samples()[0].captured_ms == SETTLED_MS + 330.0


def test_samples_have_the_actual_place_of_their_target() -> None:
    run = started()
    run.show(0, SHOWN_MS + 3_000.0, (0.2, 0.3))
    run.add(SHOWN_MS + 4_000.0, analysis())
    assert run.samples()[0].target == (0.2, 0.3)


def test_a_target_shown_again_starts_without_frames_and_keeps_the_order_of_time() -> None:
    run = started()
    run.add(SETTLED_MS, analysis())
    run.show(0, SHOWN_MS + 3_000.0, None)
    run.add(SHOWN_MS + 4_000.0, analysis())
    run.show(4, SHOWN_MS + 6_000.0, None)
    run.add(SHOWN_MS + 7_000.0, analysis())
    assert [(s.target_id, s.captured_ms - SHOWN_MS) for s in run.samples()] == [(0, 4_000.0), (4, 7_000.0)]


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(RequestRefused, match="no target 99") as refused:
        started().show(99, SHOWN_MS, None)
    assert refused.value.code == "unknown_target"


def test_nothing_is_collected_before_the_first_target() -> None:
    run = TargetRun(run_id=1, purpose="calibration", planned=PLANNED, screen=SCREEN)
    assert run.add(SETTLED_MS, analysis()) is None


def test_a_moving_target_is_at_the_place_of_its_path_and_ends_with_it() -> None:
    run = started()
    run.show(1000, SHOWN_MS, None)
    for i in range(40):
        run.add(SHOWN_MS + 100.0 * i, analysis())
    samples = run.samples(of=[1000])
    assert samples[0].target == (0.5, 0.5)
    assert samples[20].target == pytest.approx((0.7, 0.5))
    assert samples[-1].captured_ms < SHOWN_MS + 3_000.0
    assert run.add(SHOWN_MS + 4_000.0, analysis()) == Progress(1000, 23, enough=True)
    assert run.target_at(SHOWN_MS + 2_000.0) == (1000, pytest.approx((0.7, 0.5)), True)
    assert run.target_at(SHOWN_MS + 3_100.0) is None


def test_a_path_scaled_by_the_page_is_used() -> None:
    run = started()
    run.show(1000, SHOWN_MS, None, ((0.0, 0.4, 0.4), (3_000.0, 0.6, 0.4)))
    run.add(SHOWN_MS + 1_500.0, analysis())
    assert run.samples(of=[1000])[0].target == pytest.approx((0.5, 0.4))


def test_a_still_target_takes_no_path() -> None:
    with pytest.raises(RequestRefused, match="does not move"):
        started().show(0, SHOWN_MS, None, PATH)


def test_a_target_with_its_own_duration_collects_for_that_time() -> None:
    run = started()
    run.show(1001, SHOWN_MS, None)
    for i in range(60):
        run.add(SHOWN_MS + 100.0 * i, analysis())
    assert run.samples(of=[1001])[-1].captured_ms == SHOWN_MS + 3_900.0


def test_a_hidden_target_collects_nothing() -> None:
    run = started()
    run.hide()
    assert run.add(SETTLED_MS, analysis()) is None
    assert run.target_at(SETTLED_MS) is None


def test_points_are_kept_in_order_with_their_gaps_from_the_settle_time_on() -> None:
    run = started()
    run.add(SHOWN_MS, analysis(), (0.1, 0.1))
    run.add(SETTLED_MS, analysis(), (0.5, 0.5))
    run.add(SETTLED_MS + 33.0, analysis(status="eyes_closed"), (0.5, 0.5))
    run.add(SETTLED_MS + 66.0, None, None)
    points = run.points()
    assert [point.point for point in points[4, (0.5, 0.5)]] == [(0.5, 0.5), None, None]
    assert points[4, (0.5, 0.5)][0].distance_mm == pytest.approx(571.0)
    assert points[0, (0.08, 0.08)] == ()


def test_glare_is_a_share_of_the_valid_frames_that_are_kept() -> None:
    run = started()
    assert run.glare() == 0.0
    run.show(4, SHOWN_MS, None)
    run.add(SHOWN_MS, replace(analysis(), glare=1.0))  # not settled
    for i, share in enumerate((0.0, 0.39, 0.4, 1.0)):
        run.add(SETTLED_MS + i * 33.0, replace(analysis(), glare=share))
    run.add(SETTLED_MS + 200.0, replace(analysis(status="eyes_closed"), glare=1.0))
    assert run.glare() == 0.5
    run.show(4, SHOWN_MS + 9_000.0, None)
    run.add(SETTLED_MS + 9_000.0, analysis())
    assert run.glare() == 0.0, "only the last time that a target was shown counts"


def test_the_viewing_distance_comes_from_the_irises_of_open_eyes() -> None:
    run = started()
    for i, iris_mm in enumerate([640.0, 602.0, 604.0]):
        run.add(SETTLED_MS + i * 33.0, replace(analysis(), iris_distance_mm=iris_mm))
    run.add(SETTLED_MS + 99.0, replace(analysis(status="eyes_closed"), iris_distance_mm=900.0))
    assert run.screen_with_distance() == replace(SCREEN, distance_mm=604.0)
    assert run.screen == SCREEN
