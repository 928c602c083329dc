"""Rendered sessions: the script of dots, the head that sways, the folder that evaluation reads."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest

from calibration.samples.sample import CalibrationSample
from calibration.samples.selection import SETTLE_MS, select
from models.synthetic import __main__ as cli
from models.synthetic.grid import COLUMNS_X, ROWS_Y, render_grid
from models.synthetic.sessions import pattern, render_session, script, sway
from server.recordings.reader import read_recording
from tests.support.paths import DEMO_PERSON
from tests.support.synthetic_faces import FEW_ASSETS, BlankFaceRenderer, needs_assets


def test_a_session_is_a_folder_that_evaluation_reads(tmp_path: Path) -> None:
    out = tmp_path / "s000"
    frames = render_session(0, 0, BlankFaceRenderer(), FEW_ASSETS, out, targets=13, head="moved")
    recording = read_recording(out)
    assert len(recording.frames) == frames == 13 * 2 + 24
    assert len({frame.target_id for frame in recording.in_phase("calibrate")}) == 13
    assert recording.screen.width_mm is not None
    truth = json.loads((out / "truth.json").read_text())
    before, after = (np.array([t["face_centre_m"] for t in part]).mean(axis=0) for part in (truth[:26], truth[26:]))
    assert 0.03 < np.linalg.norm(after - before) < 0.08
    assert not (tmp_path / "s000.partial").exists()


def test_a_session_s_labels_point_at_the_targets_of_its_table(tmp_path: Path) -> None:
    render_session(1, 0, BlankFaceRenderer(), FEW_ASSETS, tmp_path / "s", head="still")
    recording = read_recording(tmp_path / "s")
    truth = json.loads((tmp_path / "s" / "truth.json").read_text())
    left, top, right, bottom = truth[0]["screen_m"]
    for frame, label in zip(recording.frames, truth, strict=True):
        assert frame.target is not None
        x, y, z = label["target_m"]
        assert frame.target == pytest.approx(((right - x) / (right - left), (y - top) / (bottom - top)), abs=1e-3)
        assert z == 0.0


def test_a_person_who_comes_back_has_the_same_screen_and_lens_a_day_later_at_another_seat(tmp_path: Path) -> None:
    for visit in range(3):
        render_session(4, 0, BlankFaceRenderer(), FEW_ASSETS, tmp_path / f"v{visit}", visit=visit)
    first, *later = (read_recording(tmp_path / f"v{visit}") for visit in range(3))
    truths = [json.loads((tmp_path / f"v{visit}" / "truth.json").read_text()) for visit in range(3)]
    assert all(
        (again.person, again.screen, again.hfov_deg) == (first.person, first.screen, first.hfov_deg) for again in later
    )
    assert all(again.frames[0].captured_ms > first.frames[-1].captured_ms + 86e6 for again in later)
    seats = np.array([np.mean([label["face_centre_m"] for label in truth], axis=0) for truth in truths])
    assert np.linalg.norm(np.diff(seats, axis=0), axis=1).min() > 0.01
    render_session(4, 0, BlankFaceRenderer(), FEW_ASSETS, tmp_path / "alone")
    assert json.loads((tmp_path / "alone" / "truth.json").read_text()) == truths[0]


def test_a_dot_with_many_frames_begins_with_eyes_still_on_the_one_before_and_stays_as_long() -> None:
    few, many = (script(np.random.default_rng(0), pattern(13), frames) for frames in (2, 20))
    assert [look.captured_ms for look in few if look.phase == "test"] == [
        look.captured_ms for look in many if look.phase == "test"
    ]
    calibrate = [look for look in many if look.phase == "calibrate"]
    assert len(calibrate) == 13 * 21
    for dot, following in itertools.pairwise(calibrate[i : i + 21] for i in range(0, 13 * 21, 21)):
        assert {look.eyes_on for look in dot[1:]} == {look.target for look in dot} == {following[0].eyes_on}
        assert dot[1].captured_ms - dot[0].captured_ms > SETTLE_MS
        assert following[0].captured_ms > dot[-1].captured_ms


def test_every_settled_frame_of_a_dense_session_calibrates(tmp_path: Path) -> None:
    assert render_session(2, 0, BlankFaceRenderer(), FEW_ASSETS, tmp_path / "s", frames=10) == 9 * 11 + 24
    frames = read_recording(tmp_path / "s").in_phase("calibrate")
    samples = [
        CalibrationSample(f.captured_ms, f.target_id, f.target, {"iris": np.zeros(4, np.float32)}) for f in frames
    ]
    assert [mean.n_used for mean in select(samples).means] == [10] * 9


def test_a_head_sways_by_the_clock_however_many_frames_see_it() -> None:
    rng = np.random.default_rng(0)
    walks = np.concatenate([sway(rng, [0.0, 50.0, 100.0, 1600.0, 8000.0], (2.0, 2.0, 1.0)) for _ in range(400)], axis=1)
    assert walks.std(axis=1)[0] == pytest.approx(math.sqrt(3.0), rel=0.1)
    correlation = np.corrcoef(walks)[0]
    assert correlation[1] > 0.999
    assert correlation[3] == pytest.approx(0.81, abs=0.05)
    assert abs(correlation[4]) < 0.15
    steps = [np.abs(walks[i + 1] - walks[i]).mean() for i in range(2)]
    assert steps[0] == pytest.approx(steps[1], rel=0.1)


def test_a_pattern_that_is_not_there_is_refused() -> None:
    assert len(pattern(25)) == 25
    with pytest.raises(ValueError, match="9, 13, 16, 25"):
        pattern(7)


@needs_assets
@pytest.mark.slow
def test_the_sessions_command_writes_a_folder_that_evaluation_reads(tmp_path: Path) -> None:
    out = str(tmp_path)
    assert cli._start_workers(1, ["sessions", "--out", out, "--people", "1", "--size", "320", "--head", "still"]) == 0
    recording = read_recording(tmp_path / "s000")
    assert {frame.phase for frame in recording.frames} == {"calibrate", "test"}
    assert all((tmp_path / "s000" / "frames" / f"{i:04d}.jpg").is_file() for i in range(len(recording.frames)))


def test_the_person_of_the_demo_looks_at_each_place_of_a_grid_with_one_head(tmp_path: Path) -> None:
    renderer = BlankFaceRenderer()
    assert render_grid(14, 11, renderer, FEW_ASSETS, tmp_path / "demo") == len(COLUMNS_X) * len(ROWS_Y)
    assert renderer.begun == 1
    recording = read_recording(tmp_path / "demo")
    seen = {frame.target for frame in recording.frames}
    assert len(seen) == len(COLUMNS_X) * len(ROWS_Y)
    calibrate = [frame.target for frame in recording.in_phase("calibrate")]
    assert len(calibrate) == 18
    assert len(set(calibrate)) == 9


def test_the_demo_of_the_page_has_a_picture_for_each_place_of_the_grid() -> None:
    recording = read_recording(DEMO_PERSON)
    seen = sorted({frame.target for frame in recording.frames if frame.target})
    assert seen == [pytest.approx((x, y), abs=1e-3) for x in COLUMNS_X for y in ROWS_Y]
    assert all(frame.path.is_file() for frame in recording.frames)
