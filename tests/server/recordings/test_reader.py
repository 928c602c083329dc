import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from server.recordings.reader import RecordingError, SessionMembers, read_recording

HEADER = "frame,captured_ms,target_x_px,target_y_px,target_id,phase\n"
ROWS = ["frames/a.jpg,1000.5,960,540,0,calibrate\n", "frames/b.png,2000,0,1080,1,test\n", "frames/a.jpg,3000,,,,\n"]


def session_json(**changes: Any) -> dict[str, Any]:
    screen = {"width_px": 1920, "height_px": 1080, "width_mm": None, "height_mm": None}
    return {"version": 1, "person": "p01", "screen": screen, "camera": {"hfov_deg": None}, **changes}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "s1"
    (folder / "frames").mkdir(parents=True)
    (folder / "frames" / "a.jpg").write_bytes(b"")
    (folder / "frames" / "b.png").write_bytes(b"")
    (folder / "session.json").write_text(json.dumps(session_json()))
    (folder / "frames.csv").write_text(HEADER + "".join(ROWS))
    return folder


def test_a_complete_session_is_read_with_targets_in_screen_units(folder: Path) -> None:
    recording = read_recording(folder)
    assert (recording.name, recording.person, recording.hfov_deg) == ("s1", "p01", None)
    assert (recording.screen.width_px, recording.screen.height_px, recording.screen.size_mm) == (1920, 1080, None)
    first, second, third = recording.frames
    assert (first.captured_ms, first.target, first.target_id, first.phase) == (1000.5, (0.5, 0.5), 0, "calibrate")
    assert (second.target, second.path) == ((0.0, 1.0), folder / "frames" / "b.png")
    assert (third.target, third.target_id, third.phase) == (None, None, "")
    assert recording.in_phase("test") == (second,)


def test_sizes_distance_and_field_of_view_are_read_when_given(folder: Path) -> None:
    screen = {"width_px": 1920, "height_px": 1080, "width_mm": 345, "height_mm": 194.0, "distance_mm": 600}
    (folder / "session.json").write_text(json.dumps(session_json(screen=screen, camera={"hfov_deg": 70})))
    recording = read_recording(folder)
    assert recording.screen.size_mm == (345.0, 194.0)
    assert recording.screen.distance_mm == 600.0
    assert recording.hfov_deg == 70.0


def test_bare_image_names_byte_order_marks_windows_lines_and_more_columns_are_fine(folder: Path) -> None:
    text = "\ufeff" + "note," + HEADER + "x,a.jpg,1,2,3,0,calibrate\n" + "y,b.png,1,2,3,1.0, test \n"
    (folder / "frames.csv").write_bytes(text.replace("\n", "\r\n").encode())
    recording = read_recording(folder)
    assert [frame.path.name for frame in recording.frames] == ["a.jpg", "b.png"]
    assert recording.frames[1].target_id == 1


def test_a_missing_folder_and_missing_files_are_named(folder: Path) -> None:
    with pytest.raises(RecordingError, match="nowhere: no such folder"):
        read_recording(folder / "nowhere")
    (folder / "frames.csv").unlink()
    with pytest.raises(RecordingError, match=r"frames\.csv: the file is missing"):
        read_recording(folder)
    (folder / "session.json").unlink()
    with pytest.raises(RecordingError, match=r"session\.json: the file is missing"):
        read_recording(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{\n "version": 1,\n oops', r"session\.json:3: this is not JSON"),
        (b"", r"session\.json:1: this is not JSON"),
        (b"\xff\xfe\x00", r"session\.json: cannot be read"),
        (b"[1]", r"session\.json: the file must be an object"),
        (b"[" * 100_000, r"session\.json: nested too deeply"),
    ],
)
def test_a_session_json_that_is_not_json_is_refused_with_its_line(folder: Path, content: bytes, message: str) -> None:
    (folder / "session.json").write_bytes(content)
    with pytest.raises(RecordingError, match=message):
        read_recording(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop("version"), "version must be 1.*missing"),
        (lambda d: d.update(version=2), "version must be 1.*found 2"),
        (lambda d: d.update(version=True), "version must be 1.*found true"),
        (lambda d: d.pop("screen"), r"screen\.width_px must be a positive number; it is missing"),
        (lambda d: d.update(screen=[1920, 1080]), "screen must be an object"),
        (lambda d: d["screen"].update(height_px=None), r"screen\.height_px must be"),
        (lambda d: d["screen"].update(width_px="wide"), r'screen\.width_px must be.*found "wide"'),
        (lambda d: d["screen"].update(width_px=0), r"screen\.width_px must be.*found 0"),
        (lambda d: d["screen"].update(width_px=10**400), r"screen\.width_px must be"),
        (lambda d: d["screen"].update(width_mm=-3), r"screen\.width_mm must be.*found -3"),
        (lambda d: d["screen"].update(height_mm=float("nan")), r"screen\.height_mm must be"),
        (lambda d: d["camera"].update(hfov_deg=500), r"camera\.hfov_deg must be a number between 10 and 170"),
        (lambda d: d.update(person=7), "person must be a text"),
    ],
)
def test_a_wrong_member_of_session_json_is_refused_by_its_name(
    folder: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    document = session_json()
    change(document)
    (folder / "session.json").write_text(json.dumps(document))
    with pytest.raises(RecordingError, match=rf"session\.json: {message}"):
        read_recording(folder)


def test_a_header_without_some_columns_is_refused_by_their_names(folder: Path) -> None:
    (folder / "frames.csv").write_text("frame,captured_ms,target_x_px,target_y_px\n")
    with pytest.raises(RecordingError, match=r"frames\.csv:1: the header lacks target_id, phase"):
        read_recording(folder)
    (folder / "frames.csv").write_text("")
    with pytest.raises(RecordingError, match=r"frames\.csv:1: the header lacks frame"):
        read_recording(folder)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("frames/a.jpg,soon,1,2,0,test", "captured_ms must be a number; found 'soon'"),
        ("frames/a.jpg,nan,1,2,0,test", "captured_ms must be a number; found 'nan'"),
        ("frames/a.jpg,1,left,2,0,test", "target_x_px must be a number; found 'left'"),
        ("frames/a.jpg,1,1,inf,0,test", "target_y_px must be a number; found 'inf'"),
        ("frames/a.jpg,1,1,2,,test", "target_id must be a number or a text; found ''"),
        ("frames/a.jpg,1,,,0,", "target_x_px must be a number; found ''"),
        ("frames/a.jpg,1,1,2,0,train", "phase must be calibrate, test or empty; found 'train'"),
        ("frames/a.jpg", "captured_ms must be a number; found ''"),
        ("frames/zzz.jpg,1,1,2,0,test", "there is no image 'frames/zzz.jpg'"),
        (",1,1,2,0,test", "frame must name an image"),
        ("../../etc/passwd,1,1,2,0,test", "is outside the session's folder"),
        ("/etc/passwd,1,1,2,0,test", "is outside the session's folder"),
        ("frames,1,1,2,0,test", "there is no image 'frames'"),
    ],
)
def test_a_wrong_cell_is_refused_with_file_and_line(folder: Path, row: str, message: str) -> None:
    (folder / "frames.csv").write_text(HEADER + "".join(ROWS) + row + "\n")
    with pytest.raises(RecordingError, match=rf"frames\.csv:5: .*{message}"):
        read_recording(folder)


def test_images_may_be_shared_by_links(folder: Path) -> None:
    (folder.parent / "shared.jpg").write_bytes(b"")
    (folder / "frames" / "link.jpg").symlink_to(folder.parent / "shared.jpg")
    (folder / "frames.csv").write_text(HEADER + "frames/link.jpg,1,1,2,0,test\n" + ROWS[0])
    assert read_recording(folder).frames[0].path.name == "link.jpg"


@pytest.mark.parametrize("phase", ["calibrate", "test"])
def test_a_session_without_one_of_the_phases_is_refused(folder: Path, phase: str) -> None:
    kept = [row for row in ROWS if not row.strip().endswith(phase)]
    (folder / "frames.csv").write_text(HEADER + "".join(kept))
    with pytest.raises(RecordingError, match=rf"frames\.csv: no frame has the phase '{phase}'"):
        read_recording(folder)


def test_a_csv_with_a_nul_byte_is_refused_not_a_crash(folder: Path) -> None:
    (folder / "frames.csv").write_text(HEADER + "frames/a\0.jpg,1,1,2,0,test\n")
    with pytest.raises(RecordingError, match=r"frames\.csv:2"):
        read_recording(folder)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_files_that_a_program_on_windows_has_written_are_read(folder: Path, encoding: str) -> None:
    for name in ("session.json", "frames.csv"):
        text = (folder / name).read_text().replace("p01", "Zoë").replace("\n", "\r\n")
        (folder / name).write_bytes(text.encode(encoding))
    recording = read_recording(folder)
    assert recording.person == "Zoë"
    assert len(recording.in_phase("calibrate")) > 0


def test_a_target_id_may_be_any_text(folder: Path) -> None:
    ids = ["A1", "A2", "A1", "7", "7.0", "-1", "0.5", "nan", "Ä 1", "1e400", "A2"]
    rows = [f"frames/a.jpg,{i},0,0,{name},{'test' if i % 2 else 'calibrate'}\n" for i, name in enumerate(ids)]
    (folder / "frames.csv").write_text(HEADER + "".join(rows))
    found = [frame.target_id for frame in read_recording(folder).frames]
    assert (found[3], found[4], found[5]) == (7, 7, -1)
    assert (found[0], found[1]) == (found[2], found[10])
    assert len(set(found)) == len(set(ids)) - 1, "7 and 7.0 are one number"


@pytest.mark.parametrize(("separator", "encoding"), [(";", "utf-8-sig"), ("\t", "utf-16")])
def test_a_table_that_a_spreadsheet_has_saved_is_read(folder: Path, separator: str, encoding: str) -> None:
    before = read_recording(folder).frames
    text = (folder / "frames.csv").read_text().replace(",", separator).replace("1000.5", "1000,5")
    (folder / "frames.csv").write_bytes(text.replace("\n", "\r\n").encode(encoding))
    assert read_recording(folder).frames == before


def test_a_description_of_any_depth_is_refused_and_never_a_crash(tmp_path: Path) -> None:
    for depth in (*range(900, 1010), 100_000):
        (tmp_path / "session.json").write_text("[" * depth + "]" * depth)
        with pytest.raises(RecordingError):
            SessionMembers(tmp_path / "session.json")
