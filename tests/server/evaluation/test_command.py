import argparse
import json
import math
import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from calibration.bench.feature_file import load_features
from calibration.quality.methods import METHODS
from models.checkpoints import CheckpointError
from server.evaluation import command as evaluate
from server.evaluation.accuracy import Selection
from server.evaluation.command import evaluate_folders
from server.evaluation.replay import analyse_session, read_image
from server.evaluation.report import overview, table, to_json
from server.recordings.reader import Recording, read_recording
from tests.support.calibration_eye import GRID
from tests.support.recorded_sessions import (
    EYES_SHUT,
    NO_FACE_HERE,
    WINK,
    PictureReader,
    dots_session,
    write_picture,
    write_session,
)

TEST_PLACES = [(0.2, 0.3), (0.4, 0.8), (0.7, 0.6), (0.85, 0.2), (0.3, 0.5)]


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return dots_session(tmp_path / "s1", GRID, TEST_PLACES)


@pytest.fixture
def fake_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.predictor.load_predictor", lambda device, network: None)
    monkeypatch.setattr("models.analyzer.create_analyzer", lambda predictor, device, landmarks: PictureReader())


def run(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    return evaluate.run(parser.parse_args([str(argument) for argument in arguments]))


@pytest.mark.usefixtures("fake_networks")
def test_the_command_prints_a_table_and_writes_json_in_the_agreed_form(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(session, "--json", tmp_path / "out.json") == 0
    (entry,) = json.loads((tmp_path / "out.json").read_text())
    assert entry["session"] == "s1"
    assert (entry["frames_total"], entry["frames_without_face"]) == (14, 0)
    assert list(entry["methods"]) == list(METHODS)
    for errors in entry["methods"].values():
        for unit in ("px", "diag"):
            assert all(math.isfinite(errors[f"{kind}_{unit}"]) for kind in ("median", "mean", "p95"))
        assert errors["median_deg"] is None
    assert entry["methods"]["mixture"]["median_px"] < 0.1 * entry["methods"]["centre"]["median_px"]
    printed = capsys.readouterr()
    assert "s1 (p01): 9 calibration targets, 5 test frames" in printed.out
    assert "ridge_iris" in printed.out
    assert "s1: 14 of 14 frames" in printed.err


@pytest.mark.usefixtures("fake_networks")
def test_features_are_kept_for_the_comparison_of_calibrators(session: Path, tmp_path: Path) -> None:
    assert run(session, "--features", tmp_path / "out.npz") == 0
    (kept,) = load_features(tmp_path / "out.npz")
    assert (kept.name, kept.person, len(kept.calibrate), len(kept.test)) == ("s1", "p01", 9, 5)
    assert np.array([sample.target for sample in kept.calibrate]) == pytest.approx(np.array(GRID))


@pytest.mark.usefixtures("fake_networks")
def test_a_plot_for_each_session_and_the_left_out_targets_are_given_where_asked(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(session, "--pattern", "5", "--leave-targets-out", "1", "--plots", tmp_path / "plots" / "new") == 0
    picture = cv2.imread(str(tmp_path / "plots" / "new" / "s1.png"))
    assert picture is not None
    printed = capsys.readouterr().out
    assert "5 calibration targets" in printed
    assert "left out of the fit" in printed
    assert "predicted error: median" in printed


@pytest.mark.usefixtures("fake_networks")
def test_plots_of_sessions_of_one_name_are_distinguished_by_their_folders(tmp_path: Path) -> None:
    others = [dots_session(tmp_path / parent / "s1", GRID, TEST_PLACES) for parent in ("still", "moved")]
    only = dots_session(tmp_path / "still" / "s2", GRID, TEST_PLACES)
    assert run(*others, only, "--plots", tmp_path / "plots") == 0
    assert {path.name for path in (tmp_path / "plots").iterdir()} == {"still-s1.png", "moved-s1.png", "s2.png"}


@pytest.mark.usefixtures("fake_networks")
def test_files_that_cannot_be_written_end_in_exit_status_1(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert run(session, "--plots", tmp_path / "file" / "plots", "--json", tmp_path) == 1
    errors = capsys.readouterr().err
    assert "--plots" in errors
    assert "--json" in errors


@pytest.mark.usefixtures("fake_networks")
def test_one_bad_session_does_not_stop_the_others_but_shows_in_the_exit_status(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = dots_session(tmp_path / "bad", GRID, TEST_PLACES)
    (bad / "frames" / "003.png").unlink()
    assert run(bad, session, tmp_path / "nowhere", "--json", tmp_path / "out.json") == 1
    assert [entry["session"] for entry in json.loads((tmp_path / "out.json").read_text())] == ["s1"]
    errors = capsys.readouterr().err
    assert "frames.csv:5: there is no image 'frames/003.png'" in errors
    assert "nowhere: no such folder" in errors


@pytest.mark.usefixtures("fake_networks")
def test_a_session_with_a_bug_is_named_and_the_others_are_measured(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = dots_session(tmp_path / "odd", GRID, TEST_PLACES)

    def read(folder: Path) -> Recording:
        if folder == odd:
            raise ZeroDivisionError("oops")
        return read_recording(folder)

    monkeypatch.setattr(evaluate, "read_recording", read)
    assert run(odd, session, "--json", tmp_path / "out.json", "--plots", tmp_path / "plots") == 1
    assert [entry["session"] for entry in json.loads((tmp_path / "out.json").read_text())] == ["s1"]
    assert "odd: a bug: ZeroDivisionError: oops" in capsys.readouterr().err


@pytest.mark.usefixtures("fake_networks")
def test_ids_of_targets_may_be_texts(session: Path, tmp_path: Path) -> None:
    header, *rows = (session / "frames.csv").read_text().splitlines()
    named = [",".join([*cells[:4], f"dot {cells[4]}", *cells[5:]]) for cells in (row.split(",") for row in rows)]
    other = tmp_path / "named" / "s1"
    shutil.copytree(session, other)
    (other / "frames.csv").write_text("\n".join([header, *named]) + "\n")
    methods = []
    for folder in (session, other):
        assert run(folder, "--json", tmp_path / "out.json", "--features", tmp_path / "out.npz") == 0
        methods.append(json.loads((tmp_path / "out.json").read_text())[0]["methods"])
    assert methods[0] == methods[1]


@pytest.mark.usefixtures("fake_networks")
@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--points", "2"], "--points must be at least 3"),
        (["--leave-targets-out", "0"], "--leave-targets-out must be at least 1"),
        (["--hfov-deg", "500"], "--hfov-deg"),
        (["--json", "no/such/folder/x"], "--json no/such/folder/x: there is no folder"),
        (["--features", "no/such/folder/x"], "--features no/such/folder/x: there is no folder"),
    ],
)
def test_options_that_cannot_work_are_refused_before_the_work(
    session: Path, capsys: pytest.CaptureFixture[str], option: list[str], message: str
) -> None:
    assert run(session, *option) == 1
    assert message in capsys.readouterr().err


def test_missing_weights_end_the_command_with_their_message(
    session: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(device: str, network: str) -> None:
        raise CheckpointError("no weights")

    monkeypatch.setattr("models.predictor.load_predictor", missing)
    assert run(session) == 1
    assert "no weights" in capsys.readouterr().err


def test_landmarks_of_mediapipe_without_mediapipe_end_the_command_with_the_name_of_the_extra(
    session: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    assert run(session, "--landmarks", "mediapipe") == 1
    assert "sightline-gaze[mediapipe]" in capsys.readouterr().err


def test_a_broken_image_is_counted_and_never_reaches_the_analyzer(session: Path) -> None:
    (session / "frames" / "010.png").write_bytes(b"\x89PNG and then nothing")
    (session / "frames" / "011.png").write_bytes(b"")
    reader = PictureReader()
    (result,), failures = evaluate_folders([session], reader)
    assert failures == []
    assert (result.frames_broken, result.frames_test_used, len(reader.pictures)) == (2, 3, 12)


def test_faces_not_found_and_shut_eyes_are_counted(session: Path) -> None:
    write_picture(session / "frames" / "009.png", (0.5, 0.5), NO_FACE_HERE)
    write_picture(session / "frames" / "010.png", (0.5, 0.5), EYES_SHUT)
    write_picture(session / "frames" / "000.png", (0.5, 0.5), NO_FACE_HERE)
    (result,), _ = evaluate_folders([session], PictureReader())
    assert (result.frames_without_face, result.frames_eyes_closed, result.frames_test_used) == (2, 1, 3)


def test_a_wink_is_not_measured(session: Path) -> None:
    write_picture(session / "frames" / "010.png", (0.5, 0.5), WINK)
    (result,), _ = evaluate_folders([session], PictureReader())
    assert (result.frames_eyes_closed, result.frames_test_used) == (1, 4)


def test_frames_without_a_phase_run_through_the_tracker_in_their_order(tmp_path: Path) -> None:
    folder = tmp_path / "s2"
    (folder / "frames").mkdir(parents=True)
    write_picture(folder / "frames" / "a.png", (0.5, 0.5))
    rows = [("a.png", float(ms), None, None, "") for ms in (5, 6)]
    rows += [("a.png", 7.0, (0.5, 0.5), 0, "calibrate"), ("a.png", 3.0, (0.5, 0.5), 1, "test")]
    write_session(folder, rows)
    reader, seen = PictureReader(), []
    observations = analyse_session(read_recording(folder), reader, on_frame=seen.append)
    assert [picture.captured_ms for picture in reader.pictures] == [5.0, 6.0, 7.0, 3.0]
    assert [observation.frame.phase for observation in observations] == ["", "", "calibrate", "test"]
    assert seen == [1, 2, 3, 4]


def test_the_field_of_view_is_the_sessions_own_or_the_given_one(session: Path) -> None:
    reader = PictureReader()
    analyse_session(read_recording(session), reader, hfov_deg=90.0)
    assert reader.pictures[0].intrinsics.fx == pytest.approx(8.0)  # 16 px wide: 8 / tan(45 degrees)
    document = json.loads((session / "session.json").read_text())
    (session / "session.json").write_text(json.dumps({**document, "camera": {"hfov_deg": 53.130102}}))
    analyse_session(read_recording(session), reader, hfov_deg=90.0)
    assert reader.pictures[-1].intrinsics.fx == pytest.approx(16.0, rel=1e-4)


def test_tracking_continues_from_frame_to_frame_and_not_from_one_session_to_the_next(
    session: Path, tmp_path: Path
) -> None:
    other = dots_session(tmp_path / "s2", GRID, TEST_PLACES)
    reader = PictureReader()
    results, _ = evaluate_folders([session, other], reader)
    before = [picture.before for picture in reader.pictures]
    assert [track is None for track in before] == ([True] + [False] * 13) * 2
    assert [track.captured_ms for track in before if track is not None] == [2000.0 * i for i in range(13)] * 2
    assert "2 sessions" in overview(results)


def test_with_earlier_sessions_each_learns_from_the_older_ones_of_its_person_and_screen(tmp_path: Path) -> None:
    def session_of(name: str, person: str, day: int, width_px: int = 1920) -> Path:
        folder = dots_session(tmp_path / name, GRID, TEST_PLACES)
        about = json.loads((folder / "session.json").read_text())
        about |= {"person": person, "screen": {**about["screen"], "width_px": width_px}}
        (folder / "session.json").write_text(json.dumps(about))
        head, *rows = (folder / "frames.csv").read_text().splitlines()
        frames = [row.split(",") for row in rows]
        later = [",".join([row[0], str(float(row[1]) + 86_400_000.0 * day), *row[2:]]) for row in frames]
        (folder / "frames.csv").write_text("\n".join([head, *later]) + "\n")
        return folder

    newest, oldest = session_of("a", "p01", 2), session_of("b", "p01", 0)
    other_person, other_screen = session_of("c", "p02", 1), session_of("d", "p01", 1, width_px=2560)
    nameless = [session_of("e", "", 3), session_of("f", "", 4)]
    folders = [newest, oldest, other_person, other_screen, *nameless]
    results, failures = evaluate_folders(folders, PictureReader(), earlier=True, selection=Selection(points=3))
    assert failures == []
    counts = {result.session: result.earlier_sessions for result in results}
    assert counts == {"b": 0, "c": 0, "d": 0, "a": 1, "e": 0, "f": 0}
    assert [result.session for result in results][-3:] == ["a", "e", "f"]  # in the order of time
    assert "with 1 earlier sessions" in table(results[3])
    alone, _ = evaluate_folders(folders, PictureReader(), selection=Selection(points=3))
    assert {result.earlier_sessions for result in alone} == {0}


def test_images_are_rgb_and_a_cut_off_jpeg_is_broken_though_decoders_accept_it(tmp_path: Path) -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[..., 2] = 255  # red in OpenCV's order
    picture[::2, ::3] = 90
    path = tmp_path / "a.jpg"
    cv2.imwrite(str(path), picture)
    image = read_image(path)
    assert image is not None
    assert image[1, 1, 0] > 150 > image[1, 1, 2]
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 3 // 4])
    assert read_image(path) is None
    path.write_bytes(whole + b"what a phone appends")
    assert read_image(path) is not None
    assert read_image(tmp_path / "missing.jpg") is None


@pytest.mark.parametrize("kind", [".tiff", ".bmp", ".jp2", ".webp", ".ppm"])
def test_only_jpeg_and_png_are_decoded_whatever_the_name_says(tmp_path: Path, kind: str) -> None:
    done, encoded = cv2.imencode(kind, np.zeros((64, 64, 3), np.uint8))
    assert done
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded.tobytes())
    assert read_image(path) is None


def test_a_picture_with_thousands_of_scans_is_broken(tmp_path: Path) -> None:
    _, encoded = cv2.imencode(".jpg", np.zeros((16, 16, 3), np.uint8), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])
    picture = encoded.tobytes()
    path = tmp_path / "a.jpg"
    path.write_bytes(picture)
    assert read_image(path) is not None
    last = picture.rindex(b"\xff\xda")
    path.write_bytes(picture[:-2] + picture[last:-2] * 5000 + picture[-2:])
    assert read_image(path) is None


def test_the_table_has_degrees_when_the_screens_size_is_known(session: Path) -> None:
    document = json.loads((session / "session.json").read_text())
    screen = {"width_px": 1920, "height_px": 1080, "width_mm": 480, "height_mm": 270}
    (session / "session.json").write_text(json.dumps({**document, "screen": screen}))
    (result,), _ = evaluate_folders([session], PictureReader())
    centre = result.methods["centre"]
    assert centre.median_deg is not None
    assert f"{centre.median_deg:.2f}" in table(result)
    assert json.loads(to_json([result]))[0]["methods"]["centre"]["median_deg"] == centre.median_deg


def test_an_image_with_a_huge_side_is_broken_and_does_not_end_the_process(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), np.zeros((2, 40_000, 3), np.uint8))
    assert read_image(path) is None
