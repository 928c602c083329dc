"""A recording is a session folder that evaluation reads. Without consent it has no pictures."""

from __future__ import annotations

import collections
import io
import json
import stat
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from calibration.screen import ScreenGeometry
from models.face.camera import Region
from server.evaluation.command import analyse_session
from server.protocol.replies import encode
from server.recordings.reader import RecordingError, read_recording
from server.recordings.records import RecordedTarget, RecordFrame, StartRecording
from server.recordings.store import NoRecording, RecordingStore
from tests.support.full_disk import full_disk
from tests.support.gaze_messages import gaze
from tests.support.recorded_sessions import PictureReader
from tests.support.recordings import START
from tests.support.server import NOW_MS, frame, jpeg

ID = START.recording_id


def written(folder: Path, start: StartRecording = START, *, close: bool = True) -> RecordingStore:
    """A recording with three targets of a calibration, one of a validation, and one frame without a target."""
    store = RecordingStore(folder)
    writer = store.writer(start)
    writer.open()
    targets = [RecordedTarget("calibrate", i, 0.1 + 0.4 * i, 0.5) for i in range(3)]
    for i, target in enumerate([*targets, RecordedTarget("test", 0, 0.3, 0.2), None]):
        picture = jpeg(target.x, target.y) if target else jpeg()
        shown = replace(frame(i, NOW_MS + 40.0 * i, picture), roi=Region(100, 50, 320, 240))
        writer.write(RecordFrame(ID, gaze(i), shown, target, picture=True))
    if close:
        writer.close(NOW_MS + 5_000.0)
    return store


def test_a_frame_without_its_picture_is_numbers_only(tmp_path: Path) -> None:
    store = RecordingStore(tmp_path)
    writer = store.writer(START)
    writer.open()
    for i, picture in enumerate((True, False, True)):
        writer.write(RecordFrame(ID, gaze(i), frame(i, NOW_MS, jpeg()), None, picture=picture))
    writer.close(NOW_MS)
    assert [path.name for path in sorted((tmp_path / ID / "frames").iterdir())] == ["000000.jpg", "000001.jpg"]
    assert len((tmp_path / ID / "samples.ndjson").read_text().splitlines()) == 3
    (info,) = store.list()
    assert (info.n_samples, info.n_frames) == (3, 2)


def test_a_recording_with_frames_is_a_session_folder_that_evaluation_reads(tmp_path: Path) -> None:
    written(tmp_path)
    recording = read_recording(tmp_path / ID)
    assert (recording.person, recording.hfov_deg) == ("Ada", 70.0)
    assert recording.screen == ScreenGeometry(1000, 500, width_mm=344)
    assert [f.phase for f in recording.frames] == ["calibrate", "calibrate", "calibrate", "test", ""]
    assert recording.frames[1].target == pytest.approx((0.5, 0.5))
    assert recording.frames[0].region == Region(100, 50, 320, 240)
    analyzer = PictureReader()
    assert {o.status for o in analyse_session(recording, analyzer)} == {"ok"}
    intrinsics = analyzer.pictures[0].intrinsics
    # A part of the full picture, shrunk to 64 x 48: its optical axis is not in its middle.
    assert intrinsics.cx == pytest.approx((320 - 100) * 64 / 320, abs=0.6)
    assert intrinsics.cy == pytest.approx((240 - 50) * 48 / 240, abs=0.6)


def test_notes_are_written_between_the_samples_and_are_not_counted(tmp_path: Path) -> None:
    store = RecordingStore(tmp_path)
    writer = store.writer(replace(START, frames=False))
    writer.open()
    writer.note({"type": "calibration", "state": "done", "timestamp": NOW_MS - 5.0})
    writer.write(RecordFrame(ID, gaze(1), frame(1), None, picture=False))
    writer.note({"type": "mark", "label": "a", "timestamp": NOW_MS})
    writer.close(NOW_MS)
    writer.note({"type": "mark", "label": "too late", "timestamp": NOW_MS})
    lines = [json.loads(line) for line in (tmp_path / ID / "samples.ndjson").read_text().splitlines()]
    assert [line["type"] for line in lines] == ["calibration", "gaze", "mark"]
    (info,) = store.list()
    assert info.n_samples == 1


def test_without_frames_there_are_samples_and_no_picture_at_all(tmp_path: Path) -> None:
    written(tmp_path, replace(START, frames=False))
    files = {path.relative_to(tmp_path / ID).as_posix() for path in (tmp_path / ID).rglob("*") if path.is_file()}
    assert files == {"session.json", "samples.ndjson"}
    lines = [json.loads(line) for line in (tmp_path / ID / "samples.ndjson").read_text().splitlines()]
    assert [line["seq"] for line in lines] == [0, 1, 2, 3, 4]
    assert lines[3]["target"] == {"id": 0, "x": 0.3, "y": 0.2}
    assert (lines[3]["phase"], lines[4]["phase"], lines[4]["target"]) == ("test", "", None)
    assert json.loads((tmp_path / ID / "session.json").read_text())["recording"]["consent_ms"] is None


def test_each_line_is_in_the_files_before_the_end(tmp_path: Path) -> None:
    """A process that is killed writes nothing more."""
    written(tmp_path, close=False)
    folder = tmp_path / ID
    rows = folder.joinpath("frames.csv").read_text().splitlines()[1:]
    assert len(folder.joinpath("samples.ndjson").read_text().splitlines()) == len(rows) == 5
    assert [row.split(",")[0] for row in rows] == [f"frames/{i:06}.jpg" for i in range(5)]
    assert read_recording(folder).person == "Ada"


def test_only_this_user_can_read_a_recording(tmp_path: Path) -> None:
    written(tmp_path / "new" / "recordings")
    for path in (tmp_path / "new", *(tmp_path / "new").rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_full_disk_leaves_whole_lines_and_no_gap(tmp_path: Path) -> None:
    store = RecordingStore(tmp_path)
    writer = store.writer(START)
    writer.open()
    frames = (RecordFrame(ID, gaze(i), frame(i, NOW_MS, jpeg()), None, picture=True) for i in range(100))
    with full_disk(max_file_bytes=5_000), pytest.raises(OSError, match="File too large"):
        collections.deque(map(writer.write, frames))
    writer.note({"type": "mark", "label": "after the failure", "timestamp": NOW_MS})
    writer.write(RecordFrame(ID, gaze(101), frame(101, NOW_MS, jpeg()), None, picture=True))
    lines = [json.loads(line) for line in (tmp_path / ID / "samples.ndjson").read_text().splitlines()]
    assert [line["seq"] for line in lines] == list(range(writer.counts.samples))


def test_a_picture_for_which_there_is_no_space_is_removed(tmp_path: Path) -> None:
    store = RecordingStore(tmp_path)
    writer = store.writer(START)
    writer.open()
    with full_disk(max_file_bytes=5_000), pytest.raises(OSError, match="File too large"):
        writer.write(RecordFrame(ID, gaze(1), frame(1, NOW_MS, bytes(10_000)), None, picture=True))
    assert list((tmp_path / ID / "frames").iterdir()) == []


def test_a_recording_that_was_cut_off_is_listed_without_its_counts(tmp_path: Path) -> None:
    store = written(tmp_path, close=False)
    (info,) = store.list()
    assert (info.recording, info.duration_s, info.n_frames) == (ID, None, None)


def test_the_list_has_the_newest_first_and_ignores_other_folders(tmp_path: Path) -> None:
    store = written(tmp_path)
    written(tmp_path, replace(START, recording_id="r_20261125_090000_000000", frames=False))
    (tmp_path / "r_notes").mkdir()
    (tmp_path / "r_20261126_090000_000000").mkdir()
    newest, oldest = store.list()
    assert (newest.recording, newest.frames, newest.n_frames) == ("r_20261125_090000_000000", False, 0)
    assert (oldest.recording, oldest.n_samples, oldest.n_frames, oldest.duration_s) == (ID, 5, 5, 5.0)
    assert oldest.size_bytes > 5 * 200


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 100_000,
        '{"recording":' * 5_000,
        '{"recording":{"started_ms":1e999,"frames":true}}',
        '{"recording":{"started_ms":1,"ended_ms":NaN,"frames":true}}',
        '{"recording":{"started_ms":-1e308,"ended_ms":1e308,"frames":true}}',
        '{"recording":{"started_ms":1,"ended_ms":2,"frames":true,"n_samples":' + "9" * 400 + "}}",
        '{"person":"\\ud800","recording":{"started_ms":1,"frames":true}}',
        '{"person":7,"recording":null}',
        "[1]",
        " " * (2 << 20),
    ],
)
def test_a_damaged_description_is_listed_as_interrupted(tmp_path: Path, text: str) -> None:
    """The list stays usable, and the person can still delete the recording."""
    store = written(tmp_path)
    (tmp_path / ID / "session.json").write_text(text)
    (info,) = store.list()
    assert (info.recording, info.person, info.frames, info.duration_s) == (ID, "", True, None)
    assert info.started_ms == 1_795_536_000_000.0
    encode(info.to_json())
    store.delete(ID)
    assert store.list() == []


def test_a_recording_whose_clock_was_set_back_has_no_negative_duration(tmp_path: Path) -> None:
    store = written(tmp_path, close=False)
    writer = store.writer(START)
    writer.close(NOW_MS - 3_600_000.0)
    (info,) = store.list()
    assert info.duration_s == 0.0


def test_a_packed_recording_unpacks_to_the_same_session(tmp_path: Path) -> None:
    packed = io.BytesIO()
    written(tmp_path / "here").pack(ID, packed)
    zipfile.ZipFile(packed).extractall(tmp_path / "there")
    assert read_recording(tmp_path / "there" / ID).frames[0].target == pytest.approx((0.1, 0.5))


def test_a_recording_that_is_deleted_while_it_is_packed_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, add = written(tmp_path), zipfile.ZipFile.write

    def slowly(archive: zipfile.ZipFile, path: Path, *names: Any, **options: Any) -> None:
        if (tmp_path / ID).exists():
            store.delete(ID)
        add(archive, path, *names, **options)

    monkeypatch.setattr(zipfile.ZipFile, "write", slowly)
    with pytest.raises(NoRecording, match="deleted meanwhile"):
        store.pack(ID, io.BytesIO())


def test_a_deleted_recording_is_not_listed(tmp_path: Path) -> None:
    store = written(tmp_path)
    store.delete(ID)
    assert store.list() == []
    assert not (tmp_path / ID).exists()


@pytest.mark.parametrize("name", ["../profiles", "r_20261124_160000_ffffff", "", "r_20261124_160000_0a1b2c/.."])
def test_names_with_a_path_are_no_recordings(tmp_path: Path, name: str) -> None:
    store = written(tmp_path)
    with pytest.raises(NoRecording):
        store.delete(name)
    with pytest.raises(NoRecording):
        store.pack(name, io.BytesIO())
    assert (tmp_path / ID).is_dir()


def test_a_link_is_not_followed_out_of_the_folder(tmp_path: Path) -> None:
    store = written(tmp_path / "recordings")
    precious = tmp_path / "precious"
    precious.mkdir()
    (tmp_path / "recordings" / "r_20261124_160000_ffffff").symlink_to(precious)
    with pytest.raises(NoRecording):
        store.delete("r_20261124_160000_ffffff")
    assert precious.is_dir()


@pytest.mark.parametrize("region", ["600,0,100,100,640,480", "0,0,0,10,640,480", "-1,0,10,10,640,480"])
def test_a_region_outside_the_full_picture_is_refused_with_its_line(tmp_path: Path, region: str) -> None:
    written(tmp_path)
    table = tmp_path / ID / "frames.csv"
    lines = table.read_text().splitlines()
    lines[1] = ",".join(lines[1].split(",")[:6]) + "," + region
    table.write_text("\n".join(lines) + "\n")
    with pytest.raises(RecordingError, match=r"frames.csv:2: the region"):
        read_recording(tmp_path / ID)


def test_frames_that_come_after_the_end_are_not_written(tmp_path: Path) -> None:
    store = RecordingStore(tmp_path)
    writer = store.writer(START)
    writer.open()
    writer.close(NOW_MS)
    writer.write(RecordFrame(ID, gaze(1), frame(1), None, picture=True))
    assert writer.counts.samples == 0


def test_a_recording_is_listed_while_its_description_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list is read by another thread, so it may come when only half of the text is on the disk."""
    store, write, seen = written(tmp_path, close=False), Path.write_text, []

    def slowly(path: Path, text: str, **options: Any) -> int:
        write(path, text[: len(text) // 2], **options)
        seen.append([info.recording for info in store.list()])
        return write(path, text, **options)

    writer = store.writer(START)
    monkeypatch.setattr(Path, "write_text", slowly)
    writer.close(NOW_MS + 5_000.0)
    assert seen == [[ID]]
