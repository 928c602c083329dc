from __future__ import annotations

import random

import pytest

from calibration.gating import SETTLE_MS
from server.collection import MAX_SAMPLES, MIN_SAMPLES, MIN_SAMPLES_SLOW, WINDOW_MS, CalibrationRun, Progress
from server.errors import RequestRefused
from tests.server_kit import NOW_MS, SCREEN, analysis

SHOWN_MS = NOW_MS
SETTLED_MS = SHOWN_MS + SETTLE_MS
WINDOW_END_MS = SETTLED_MS + WINDOW_MS


def started() -> CalibrationRun:
    run = CalibrationRun(run_id=1, user=None, screen=SCREEN, rng=random.Random(0))
    run.show(4, SHOWN_MS, None)
    return run


def test_nine_targets_the_middle_first() -> None:
    run = started()
    assert len(run.targets) == 9
    assert (run.targets[0].x, run.targets[0].y) == (0.5, 0.5)


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


def test_frames_from_before_the_dot_arrived_belong_to_no_dot() -> None:
    run = started()
    assert run.add(SHOWN_MS - 1.0, analysis()) is None
    assert run.samples() == ()


def test_frames_in_the_settle_time_are_kept_for_the_gate_but_are_not_valid() -> None:
    run = started()
    assert run.add(SHOWN_MS, analysis()) == Progress(4, 0, enough=False)
    (sample,) = run.samples()
    assert (sample.captured_ms, sample.arrived_ms, sample.eyes_open) == (SHOWN_MS, SHOWN_MS, True)


def test_shut_eyes_are_kept_for_the_gate_but_are_not_valid() -> None:
    run = started()
    assert run.add(SETTLED_MS, analysis(status="eyes_closed")) == Progress(4, 0, enough=False)
    assert [sample.eyes_open for sample in run.samples()] == [False]


@pytest.mark.parametrize("nobody", [analysis(status="no_face"), None])
def test_without_a_face_there_is_no_sample_but_the_page_hears_about_the_frame(nobody: object) -> None:
    run = started()
    assert run.add(SETTLED_MS, nobody) == Progress(4, 0, enough=False)  # type: ignore[arg-type]
    assert run.samples() == ()


def test_after_enough_and_the_window_the_eyes_are_on_their_way_to_the_next_dot() -> None:
    run = started()
    for i in range(MIN_SAMPLES):
        run.add(SETTLED_MS + i, analysis())
    assert run.add(WINDOW_END_MS - 1.0, analysis()) is not None
    assert run.add(WINDOW_END_MS, analysis()) is None
    assert len(run.samples()) == MIN_SAMPLES + 1


def test_without_enough_a_dot_goes_on_collecting() -> None:
    run = started()
    run.add(SETTLED_MS, analysis())
    assert run.add(WINDOW_END_MS + 5_000.0, analysis()) == Progress(4, 2, enough=False)


def test_of_a_dot_that_is_never_left_only_the_newest_frames_are_kept() -> None:
    run = started()
    for i in range(MAX_SAMPLES + 10):
        run.add(SETTLED_MS + 33.0 * i, analysis(status="eyes_closed"))
    assert len(run.samples()) == MAX_SAMPLES
    assert run.samples()[0].captured_ms == SETTLED_MS + 330.0


def test_samples_know_where_their_dot_really_stood() -> None:
    run = started()
    run.show(0, SHOWN_MS + 3_000.0, (0.2, 0.3))
    run.add(SHOWN_MS + 4_000.0, analysis())
    assert run.samples()[0].target == (0.2, 0.3)


def test_a_dot_that_is_shown_again_starts_afresh_and_keeps_the_order_of_time() -> None:
    run = started()
    run.add(SETTLED_MS, analysis())
    run.show(0, SHOWN_MS + 3_000.0, None)
    run.add(SHOWN_MS + 4_000.0, analysis())
    run.show(4, SHOWN_MS + 6_000.0, None)
    run.add(SHOWN_MS + 7_000.0, analysis())
    assert [(s.target_id, s.captured_ms - SHOWN_MS) for s in run.samples()] == [(0, 4_000.0), (4, 7_000.0)]


def test_a_target_of_no_such_number_is_refused() -> None:
    with pytest.raises(RequestRefused, match="no target 99") as refused:
        started().show(99, SHOWN_MS, None)
    assert refused.value.code == "unknown_target"


def test_before_the_first_dot_nothing_is_collected() -> None:
    run = CalibrationRun(run_id=1, user=None, screen=SCREEN, rng=random.Random(0))
    assert run.add(SETTLED_MS, analysis()) is None
