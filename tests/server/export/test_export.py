from __future__ import annotations

import asyncio
import csv
import gzip
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from server import cli
from server.analysis.timeline import timeline
from server.events.offline import with_events
from server.export.bids import Subject
from server.export.labels import label_of
from server.recordings.gaze_log import read_gaze_recording
from server.recordings.opened import open_recording
from server.recordings.pictures import keep_picture
from server.recordings.reader import RecordingError
from tests.support.hand_made import Known, stimulus_line, write_recording
from tests.support.open_gaze import send_screen
from tests.support.server import OPEN, SHUT, camera_client, running_server
from tests.support.times import seconds, wait_until

CLIENTS = Path(sys.prefix) / "clients"
TOPICS = "gaze,fixation,saccade,blink,mark,geometry,calibration,areas,aoi,dwell"
START_MS = 1_763_843_912_000.0
GEOMETRY = {
    **{"type": "geometry", "session": "s_1", "distance_mm": None},
    "screen": {"width_px": 1000.0, "height_px": 500.0, "width_mm": 350.0, "height_mm": None},
}
REPORT = {
    **{"method": "ridge", "mean_error_px": 60.0, "mean_error_deg": 1.5},
    **{"median_error_px": 55.0, "median_error_deg": 1.4},
    "targets": [
        {"target_id": 0, "x": 0.1, "y": 0.1, "error_px": 50.0, "error_deg": 1.0},
        {"target_id": 1, "x": 0.5, "y": 0.5, "error_px": 70.0, "error_deg": 2.0},
    ],
}


RESULT = {
    **{"error": {"px": 66.0, "cm": None, "deg": None, "percent_width": 3.4, "low_px": None, "high_px": None}},
    **{"accuracy": {"px": 61.3, "cm": None, "deg": None, "percent_width": 3.2}, "calibration": "c_1"},
    **{"precision": {"rms_s2s_px": 9.1, "sd_px": 14.2, "deg": None}, "data_loss": 0.02, "points": [{}, {}]},
}


def sample(number: int, **changed: Any) -> dict[str, Any]:
    gaze: dict[str, Any] = {
        **{"type": "gaze", "v": 1, "session": "s_1", "seq": number},
        **{"timestamp": START_MS + 40.0 * number, "latency_ms": 38.2},
        **{"valid": True, "status": "ok", "space": "screen", "x": 0.25, "y": 0.5, "x_px": 250.0, "y_px": 250.0},
        **{"on_screen": True, "error_px": 74.0, "confidence": 0.87, "raw": {"x": 0.26, "y": 0.51}},
        **{"head": {"yaw": 4.2, "pitch": -2.0, "roll": 0.6, "x": 12.0, "y": -35.0, "z": 571.0, "track_id": 1}},
    }
    return gaze | changed


def lost(seq: int) -> dict[str, Any]:
    nothing = dict.fromkeys(("x", "y", "x_px", "y_px", "raw"))
    gaze = sample(seq, valid=False, status="no_face", confidence=0.0, **nothing)
    return {key: value for key, value in gaze.items() if key not in ("on_screen", "error_px", "head")}


def mark(label: str, at_ms: float = START_MS + 100.0) -> dict[str, Any]:
    return {"type": "mark", "session": "s_1", "label": label, "timestamp": at_ms}


FIXATION = {
    **{"type": "fixation", "session": "s_1", "phase": "end", "id": 1, "start": START_MS + 40.0, "space": "screen"},
    **{"timestamp": START_MS + 200.0, "duration_ms": 160.0, "x": 0.25, "y": 0.5, "x_px": 250.0, "y_px": 250.0},
}
MESSAGES: list[dict[str, Any]] = [
    {"type": "hello", "v": 1, "session": "s_1"},
    GEOMETRY,
    {"type": "calibration", "session": "s_1", "state": "done", "calibration": "c_1", "report": REPORT},
    {"type": "validation", "session": "s_1", "state": "done", "result": RESULT},
    *(sample(seq) for seq in range(1, 6)),
    {**FIXATION, "phase": "start", "duration_ms": 60.0},
    FIXATION,
    mark("page 2"),
    lost(6),
]


def recorded(folder: Path, messages: list[dict[str, Any]] | None = None, name: str = "ada.ndjson") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(message) + "\n" for message in (messages or MESSAGES)))
    return path


def export(*arguments: object) -> int:
    return cli.main(["export", *map(str, arguments)])


def spoilt(kind: str, **fields: Any) -> str:
    """A line of gaze, and one with a wrong calibration or validation."""
    return "\n".join(json.dumps(message) for message in (sample(1), {"type": kind, "state": "done", **fields}))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_a_validation_of_an_older_version_has_the_offset_of_its_dots_as_error(tmp_path: Path) -> None:
    older = {key: value for key, value in RESULT.items() if key != "error"}
    lines = [{**message, "result": older} if message["type"] == "validation" else message for message in MESSAGES]
    assert export(recorded(tmp_path, lines), "--format", "csv", "--out", tmp_path / "out") == 0
    (row,) = (row for row in rows(tmp_path / "out/ada_events.csv") if row["type"] == "validation")
    assert row["error_px"] == "61.3"


def test_csv_has_a_row_for_each_sample_and_empty_cells_for_what_is_not_there(tmp_path: Path) -> None:
    assert export(recorded(tmp_path), "--format", "csv", "--out", tmp_path / "out") == 0
    gaze = rows(tmp_path / "out/ada_gaze.csv")
    assert [row["seq"] for row in gaze] == ["1", "2", "3", "4", "5", "6"]
    assert (gaze[0]["x"], gaze[0]["x_px"], gaze[0]["valid"], gaze[0]["head_z_mm"]) == ("0.25", "250.0", "true", "571.0")
    assert (gaze[5]["x"], gaze[5]["x_px"], gaze[5]["valid"], gaze[5]["head_z_mm"]) == ("", "", "false", "")
    assert gaze[5]["status"] == "no_face"
    events = rows(tmp_path / "out/ada_events.csv")
    assert [(row["type"], row["label"], row["duration_ms"]) for row in events] == [
        ("fixation", "", "160.0"),
        ("calibration", "", ""),
        ("validation", "", ""),
        ("mark", "page 2", ""),
    ]
    figures = [(row["calibration"], row["error_px"], row["error_deg"], row["end"]) for row in events[1:3]]
    assert figures == [("c_1", "55.0", "1.4", ""), ("c_1", "66.0", "", "")]


def test_a_label_is_not_written_as_a_formula(tmp_path: Path) -> None:
    labels = ["=1+1", 'a "b", c', "two\nlines"]
    messages = [*MESSAGES, *(mark(label) for label in labels)]
    assert export(recorded(tmp_path, messages), "--format", "csv", "--out", tmp_path) == 0
    found = {row["label"] for row in rows(tmp_path / "ada_events.csv")}
    assert found == {"", "page 2", "'=1+1", 'a "b", c', "two\nlines"}


def test_ndjson_is_in_the_order_of_time_and_can_be_exported_again(tmp_path: Path) -> None:
    assert export(recorded(tmp_path), "--format", "ndjson", "--out", tmp_path / "out") == 0
    lines = [json.loads(line) for line in (tmp_path / "out/ada.ndjson").read_text().splitlines()]
    assert [line["timestamp"] for line in lines] == sorted(line["timestamp"] for line in lines)
    assert [line["type"] for line in lines].count("gaze") == 6
    again = read_gaze_recording(recorded(tmp_path, [GEOMETRY, *lines], "again.ndjson"))
    assert len(again.samples) == 6
    assert again.events == (FIXATION,)


def test_a_session_folder_has_person_and_screen(tmp_path: Path) -> None:
    screen = {"width_px": 1920, "height_px": 1080, "width_mm": 344, "distance_mm": 600}
    (tmp_path / "session.json").write_text(json.dumps({"version": 1, "person": "Ada", "screen": screen}))
    recording = read_gaze_recording(recorded(tmp_path).parent)
    assert (recording.person, recording.screen.width_px, recording.screen.distance_mm) == ("Ada", 1920, 600)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", r"ada.ndjson:1: this is not JSON"),
        ("[1]", r"ada.ndjson:1: a line must be an object"),
        ('{"type":"gaze","x":NaN}', "NaN is no JSON"),
        ("[" * 100_000, r"ada.ndjson:1: this is not JSON"),
        (json.dumps(sample(1, timestamp="now")), "timestamp must be a number"),
        (json.dumps(sample(1, seq=1.5)), "seq must be a whole number"),
        (json.dumps(sample(1, valid="yes")), "needs valid and status"),
        (json.dumps(sample(1, x=None)), "x must be a number when valid is True"),
        (json.dumps(lost(1) | {"x_px": 0.0}), "x_px must be null when valid is False"),
        (json.dumps(sample(1, space="viewport")), "viewport"),
        (json.dumps(GEOMETRY), "there is no gaze message"),
        (spoilt("calibration", report=7), "a calibration's report must have numbers and targets"),
        (spoilt("calibration", report={"median_error_px": "small"}), "report must have numbers"),
        (spoilt("calibration", report={"targets": {}}), "numbers and targets"),
        (spoilt("calibration", report={"targets": [{"x": 0.5}]}), "numbers as x and y"),
        (spoilt("calibration", report={"targets": [5]}), "numbers as x and y"),
        (spoilt("calibration", timestamp="now"), "timestamp must be a number"),
        (spoilt("aoi", id=7, phase="end"), "timestamp must be a number"),
        (spoilt("aoi", id=7, phase="end", timestamp=1), "a visit needs the id of its area"),
        (spoilt("dwell", id="a", phase="over", timestamp=1), "a visit needs the id of its area and a phase"),
        (spoilt("dwell", id="a", phase="end", timestamp=1, start="early"), "start and duration_ms of a visit"),
        (spoilt("areas", areas=[]), "timestamp must be a number"),
        (spoilt("areas", timestamp=1, areas={}), "areas must be a list of rectangles"),
        (spoilt("areas", timestamp=1, areas=[5]), "areas must be a list of rectangles"),
        (spoilt("areas", timestamp=1, areas=[{"id": "a", "x_px": "left"}]), "areas must be a list of rectangles"),
        (spoilt("validation"), "needs a result with points"),
        (spoilt("validation", result={"points": 3}), "needs a result with points"),
        (spoilt("validation", result={"points": [], "accuracy": {"px": "good"}}), "the accuracy of a validation"),
        (spoilt("validation", result={"points": [], "precision": 4}), "the precision of a validation"),
        (json.dumps(sample(1)), "the screen's size is unknown"),
    ],
)
def test_a_fault_in_a_recording_is_reported_with_its_line(
    line: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ada.ndjson"
    path.write_text(line + "\n")
    assert export(path, "--format", "csv", "--out", tmp_path / "out") == 1
    error = capsys.readouterr().err
    assert "ada.ndjson" in error
    assert says in error
    assert not (tmp_path / "out").exists()


def test_a_last_line_that_is_cut_off_is_ignored(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    with path.open("a") as file:
        file.write('{"type":"gaze","session":"s_1","seq":7,"timest')
    assert len(read_gaze_recording(path).samples) == 6


def looks(*stays: tuple[float, float, int]) -> list[dict[str, Any]]:
    """Samples only, as the recorder writes them: so many at each place, with a little noise; x < 0: eyes shut."""
    messages = []
    for x, y, n in stays:
        for _ in range(n):
            number = len(messages) + 1
            wobble = 0.004 * ((number * 7) % 5 - 2)
            at = {"x": x + wobble, "y": y - wobble, "x_px": 1000 * (x + wobble), "y_px": 500 * (y - wobble)}
            if x < 0:
                messages.append(lost(number) | {"status": "eyes_closed"})
            else:
                messages.append(sample(number, **at, raw={"x": at["x"], "y": at["y"]}))
    return messages


def test_events_of_a_recording_with_samples_only_are_found_afterwards(tmp_path: Path) -> None:
    path = recorded(tmp_path, [GEOMETRY, *looks((0.2, 0.3, 25), (0.8, 0.6, 25), (-1, 0, 5), (0.8, 0.6, 20))])
    recording = with_events(read_gaze_recording(path))
    assert recording.events_detected_offline
    fixations = [event for event in recording.events if event["type"] == "fixation"]
    assert [(round(f["x"], 1), round(f["y"], 1)) for f in fixations] == [(0.2, 0.3), (0.8, 0.6)]
    assert fixations[0]["duration_ms"] == pytest.approx(24 * 40.0, abs=80.0)
    (blink,) = (event for event in recording.events if event["type"] == "blink")
    assert blink["start"] == pytest.approx(START_MS + 51 * 40.0, abs=1.0)
    assert [event["type"] for event in recording.events].count("saccade") == 1
    assert {sample["event"] for sample in recording.samples} >= {"fixation", "blink"}


def test_events_of_the_recording_are_not_detected_again(tmp_path: Path) -> None:
    recording = with_events(read_gaze_recording(recorded(tmp_path)))
    assert not recording.events_detected_offline
    assert recording.events == (FIXATION,)


def test_a_geometry_without_a_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="wrong screen"):
        read_gaze_recording(recorded(tmp_path, [{"type": "geometry", "screen": {"width_px": -1}}, sample(1)]))


def test_a_folder_needs_one_file_of_messages(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="found none"):
        read_gaze_recording(tmp_path)
    recorded(tmp_path), recorded(tmp_path, name="ben.ndjson")
    with pytest.raises(RecordingError, match=r"found ada\.ndjson, ben\.ndjson"):
        read_gaze_recording(tmp_path)


def test_of_several_sessions_one_has_to_be_chosen(tmp_path: Path) -> None:
    path = recorded(tmp_path, [*MESSAGES, sample(1, session="s_2", timestamp=START_MS + 9000.0)])
    with pytest.raises(RecordingError, match=r"several sessions.*--session: s_1, s_2"):
        read_gaze_recording(path)
    assert len(read_gaze_recording(path, session="s_1").samples) == 6
    with pytest.raises(RecordingError, match="no gaze of the session 's_3'"):
        read_gaze_recording(path, session="s_3")


def test_bids_needs_a_measured_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unmeasured = {**GEOMETRY, "screen": {"width_px": 1000.0, "height_px": 500.0, "width_mm": None, "height_mm": None}}
    path = recorded(tmp_path, [unmeasured, *(sample(seq) for seq in range(1, 4))])
    out = tmp_path / "bids"
    assert export(path, "--format", "bids", "--out", out) == 1
    assert "--screen-width-mm" in capsys.readouterr().err
    assert list(out.iterdir()) == []
    assert export(path, "--format", "bids", "--out", out, "--screen-width-mm", 400) == 0
    events = json.loads((out / "sub-ada/beh/sub-ada_task-gaze_run-01_events.json").read_text())
    assert events["StimulusPresentation"]["ScreenSize"] == [0.4, 0.2]
    assert events["StimulusPresentation"]["ScreenDistance"] == 0.571, (
        "the distance of the face, because none was measured"
    )
    assert export(recorded(tmp_path, [GEOMETRY, lost(1), lost(2)]), "--format", "bids", "--out", out) == 1
    assert "--distance-mm" in capsys.readouterr().err


AREAS = {
    **{"type": "areas", "session": "s_1", "timestamp": START_MS},
    "areas": [
        {"id": "#price", **{"x_px": 100.0, "y_px": 50.0, "width_px": 200.0, "height_px": 60.0}, "dwell_ms": None},
        {"id": "#buy", **dict.fromkeys(("x_px", "y_px", "width_px", "height_px")), "dwell_ms": 300.0, "repeat": True},
    ],
}


def visit(kind: str, phase: str, start_ms: float, end_ms: float, name: str = "#buy") -> dict[str, Any]:
    more = {"dwell_ms": 300.0, "progress": 1.0} if kind == "dwell" else {}
    times = {"start": START_MS + start_ms, "timestamp": START_MS + end_ms, "duration_ms": end_ms - start_ms}
    return {"type": kind, "session": "s_1", "phase": phase, "id": name, **times, **more}


LOOKED_AT = [
    *(GEOMETRY, AREAS, sample(1, aoi=["#price", "#buy"]), sample(2, aoi=[])),
    *(visit("aoi", "start", 10, 10), visit("dwell", "start", 10, 10), visit("dwell", "select", 10, 50)),
    *(visit("dwell", "end", 10, 80), visit("aoi", "end", 10, 90), sample(3)),
    *(visit("aoi", "start", 100, 100, "#price"), sample(4)),
]


def test_csv_has_areas_and_their_visits(tmp_path: Path) -> None:
    assert export(recorded(tmp_path, LOOKED_AT), "--format", "csv", "--out", tmp_path) == 0
    assert [row["aoi"] for row in rows(tmp_path / "ada_gaze.csv")] == ["#price;#buy", "", "", ""]
    visits = [row for row in rows(tmp_path / "ada_events.csv") if row["type"] in ("aoi", "dwell")]
    assert [(row["type"], row["phase"], row["id"], row["duration_ms"]) for row in visits] == [
        ("dwell", "select", "#buy", "40"),
        ("dwell", "end", "#buy", "70"),
        ("aoi", "end", "#buy", "80"),
        ("aoi", "end", "#price", "60.0"),
    ], "the last visit ends with the recording"
    price, buy = rows(tmp_path / "ada_areas.csv")
    assert (price["id"], price["x_px"], price["height_px"], price["dwell_ms"]) == ("#price", "100.0", "60.0", "")
    assert (buy["timestamp"], buy["x_px"], buy["dwell_ms"], buy["repeat"]) == (str(START_MS), "", "300.0", "true")


def test_a_recording_without_areas_has_no_file_of_them(tmp_path: Path) -> None:
    assert export(recorded(tmp_path), "--format", "csv", "--out", tmp_path / "out") == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["ada_events.csv", "ada_gaze.csv"]


def test_ndjson_has_areas_and_their_visits(tmp_path: Path) -> None:
    assert export(recorded(tmp_path, LOOKED_AT), "--format", "ndjson", "--out", tmp_path / "out") == 0
    lines = [json.loads(line) for line in (tmp_path / "out/ada.ndjson").read_text().splitlines()]
    assert AREAS in lines
    assert visit("dwell", "select", 10, 50) in lines


def test_a_bids_data_set_has_areas_and_their_visits(tmp_path: Path) -> None:
    out = tmp_path / "bids"
    assert export(recorded(tmp_path, LOOKED_AT), "--format", "bids", "--out", out) == 0
    stem = out / "sub-ada/beh/sub-ada_task-gaze_run-01_recording-eye3_physioevents"
    found = gzip.decompress(Path(f"{stem}.tsv.gz").read_bytes()).decode().splitlines()
    assert [line.split("\t")[1:3] + line.split("\t")[5:] for line in found if "#" in line] == [
        ["0.07", "dwell", "#buy"],
        ["0.08", "aoi", "#buy"],
        ["0.0", "select", "#buy"],
        ["0.06", "aoi", "#price"],
    ]
    areas = json.loads(Path(f"{stem}.json").read_text())["AreasOfInterest"]
    assert areas["Changes"] == [{"onset": START_MS, "areas": AREAS["areas"]}]


def session_folder(home: Path, name: str, person: str) -> Path:
    folder = home / name
    folder.mkdir()
    screen = {"width_px": 1000, "height_px": 500, "width_mm": 350}
    text = json.dumps({"version": 1, "person": person, "screen": screen}, ensure_ascii=False)
    (folder / "session.json").write_text(text, encoding="utf-8")
    return recorded(folder, [sample(seq) for seq in range(1, 4)], "samples.ndjson").parent


PEOPLE = ["Zoë", "Zo", "Zoe", "李", "王", "p-1 1", "p-11", "p 11", "p11", "Ada", "ada", "ADA", "!", "Zoec6a12698"]


def test_different_people_never_share_a_bids_label(tmp_path: Path) -> None:
    folders = [session_folder(tmp_path, f"r{i}", person) for i, person in enumerate(PEOPLE)]
    out = tmp_path / "bids"
    assert export(*folders, "--format", "bids", "--out", out) == 0
    labels = [path.name for path in out.glob("sub-*")]
    assert len({label.casefold() for label in labels}) == len(PEOPLE)
    with (out / "participants.tsv").open(encoding="utf-8", newline="") as lines:
        named = {row["participant_id"]: row["name"] for row in csv.DictReader(lines, delimiter="\t")}
    assert named == {f"sub-{label_of(person)}": person for person in PEOPLE}
    assert sorted(labels) == sorted(named)


@pytest.mark.parametrize("person", PEOPLE)
def test_a_label_has_letters_and_digits_and_is_always_the_same(person: str, tmp_path: Path) -> None:
    Subject(label_of(person), "gaze")
    assert export(session_folder(tmp_path, "r", person), "--format", "bids", "--out", tmp_path / "bids") == 0
    assert [path.name for path in (tmp_path / "bids").glob("sub-*")] == [f"sub-{label_of(person)}"]


def test_a_name_has_one_label_however_its_letters_are_composed() -> None:
    assert label_of("Jose\u0301") == label_of("Jos\u00e9")
    assert label_of("x" * 64) == "x" * 64
    assert len(label_of("X" * 64)) == 32


def test_two_names_that_share_a_label_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [session_folder(tmp_path, "a", "Ada"), session_folder(tmp_path, "b", label_of("Ada").lower())]
    assert export(*folders, "--format", "bids", "--out", tmp_path / "bids") == 1
    assert "two people have the BIDS label" in capsys.readouterr().err


def test_a_given_label_is_for_one_person_and_hides_the_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [session_folder(tmp_path, "a", "Ada"), session_folder(tmp_path, "b", "Ben")]
    arguments = ("--format", "bids", "--out", tmp_path / "bids", "--subject", "01")
    assert export(*folders, *arguments) == 1
    assert "these are of Ada, Ben" in capsys.readouterr().err
    assert export(folders[0], folders[0], *arguments) == 0
    assert (tmp_path / "bids/participants.tsv").read_text() == "participant_id\tname\nsub-01\tn/a\n"


def test_two_recordings_of_one_name_without_a_person_are_not_taken_for_one_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    paths = [recorded(tmp_path / "a"), recorded(tmp_path / "b")]
    assert export(*paths, "--format", "bids", "--out", tmp_path / "bids") == 1
    assert "do not say whose they are" in capsys.readouterr().err
    assert export(*paths, "--format", "bids", "--out", tmp_path / "bids", "--subject", "01") == 0


def test_files_whose_names_differ_in_case_only_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [recorded(tmp_path), recorded(tmp_path, name="Ada.ndjson")]
    assert export(*paths, "--format", "csv", "--out", tmp_path / "out") == 1
    assert "the same name: ada, Ada" in capsys.readouterr().err


def test_a_folder_keeps_its_whole_name(tmp_path: Path) -> None:
    folder = session_folder(tmp_path, "p.1", "")
    assert export(folder, "--format", "csv", "--out", tmp_path / "out") == 0
    assert (tmp_path / "out/p.1_gaze.csv").is_file()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_stream_that_was_saved_on_windows_is_read(tmp_path: Path, encoding: str, line_end: str) -> None:
    path = tmp_path / "ada.ndjson"
    lines = [json.dumps(message, ensure_ascii=False) for message in [*MESSAGES, mark("größer")]]
    text = line_end.join([*lines, ""])
    bom = {"utf-16-be": b"\xfe\xff", "utf-16-le": b"\xff\xfe"}.get(encoding, b"")
    for content in (bom + text.encode(encoding), text.encode(encoding)):
        path.write_bytes(content)
        recording = read_gaze_recording(path)
        assert (len(recording.samples), recording.marks[-1]["label"]) == (6, "größer")
    path.write_bytes(text.encode(encoding) + '{"type":"mark","label":"ä'.encode(encoding.removesuffix("-sig"))[:-1])
    assert len(read_gaze_recording(path).samples) == 6, "a character that is cut off belongs to the line cut off"


def test_a_stream_of_server_sent_events_is_read(tmp_path: Path) -> None:
    path = tmp_path / "ada.ndjson"
    events = (f"event: {message['type']}\ndata: {json.dumps(message)}\n\n" for message in MESSAGES)
    path.write_text(": a comment\nretry: 500\n" + "".join(events) + 'event: gaze\ndata: {"type":"ga')
    assert len(read_gaze_recording(path).samples) == 6


def test_other_encodings_are_refused_with_advice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ada.ndjson"
    path.write_bytes(
        "".join(json.dumps(m, ensure_ascii=False) + "\n" for m in [mark("größer"), *MESSAGES]).encode("cp1252")
    )
    assert export(path, "--format", "csv", "--out", tmp_path / "out") == 1
    assert "save it as UTF-8" in capsys.readouterr().err


def test_a_line_without_end_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "ada.ndjson"
    path.write_bytes(b"[" * 3_000_000)
    with pytest.raises(RecordingError, match="a line of more than 1000000 characters"):
        read_gaze_recording(path)


def test_one_sample_has_no_sampling_frequency(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export(recorded(tmp_path, [GEOMETRY, sample(1)]), "--format", "bids", "--out", tmp_path / "bids") == 1
    assert "sampling frequency" in capsys.readouterr().err


def test_equal_times_have_a_sampling_frequency_unless_all_are_equal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = [GEOMETRY, *(sample(seq, timestamp=START_MS + 40.0 * (seq // 2)) for seq in range(2, 32))]
    assert export(recorded(tmp_path, pairs), "--format", "bids", "--out", tmp_path / "bids") == 0
    (sidecar,) = (tmp_path / "bids/sub-ada/beh").glob("*_physio.json")
    assert json.loads(sidecar.read_text())["SamplingFrequency"] == pytest.approx(50.0, rel=0.05)
    equal = [GEOMETRY, *(sample(seq, timestamp=START_MS) for seq in range(1, 31))]
    assert export(recorded(tmp_path, equal), "--format", "bids", "--out", tmp_path / "bids") == 1
    assert "no time between its samples (30)" in capsys.readouterr().err


@pytest.mark.parametrize(("label", "task"), [("a/b", "gaze"), ("", "gaze"), ("ada", "../x"), ("ä", "gaze")])
def test_a_label_has_letters_and_digits_only(label: str, task: str) -> None:
    with pytest.raises(RecordingError, match="letters and digits"):
        Subject(label, task)


@pytest.mark.parametrize(
    ("raw", "filters"),
    [({"x": 0.26, "y": 0.51}, "One Euro"), ({"x": 0.25, "y": 0.5}, "none"), ("0.25", "One Euro"), (None, "One Euro")],
)
def test_a_bids_sidecar_names_a_filter_unless_the_points_are_the_raw_ones(
    tmp_path: Path, raw: object, filters: str
) -> None:
    path = recorded(tmp_path, [GEOMETRY, FIXATION, *(sample(seq, raw=raw) for seq in range(1, 4))])
    assert export(path, "--format", "bids", "--out", tmp_path / "bids", "--screen-width-mm", 400) == 0
    (sidecar,) = (tmp_path / "bids/sub-ada/beh").glob("*_physio.json")
    assert filters in json.loads(sidecar.read_text())["RawDataFilters"]


def test_the_bids_files_hold_what_was_recorded(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    assert export(path, path, "--format", "bids", "--out", tmp_path / "bids") == 0
    stem = tmp_path / "bids/sub-ada/beh/sub-ada_task-gaze_run-02_recording-eye3"
    lines = gzip.decompress(Path(f"{stem}_physio.tsv.gz").read_bytes()).decode().splitlines()
    assert len(lines) == 6
    assert lines[0].split("\t") == ["1763843912040.0", "250.0", "250.0", "0.87", "74.0", "ok"]
    assert lines[5].split("\t") == ["1763843912240.0", "n/a", "n/a", "0.0", "n/a", "no_face"]
    sidecar = json.loads(Path(f"{stem}_physio.json").read_text())
    assert sidecar["SamplingFrequency"] == 25.0
    assert sidecar["Columns"][:3] == ["timestamp", "x_coordinate", "y_coordinate"]
    assert (sidecar["AverageCalibrationError"], sidecar["MaximalCalibrationError"]) == (1.5, 2.0)
    assert sidecar["Validation"] == {
        **{"MedianErrorPixel": 66.0, "MedianErrorDegree": None, "AccuracyPixel": 61.3, "AccuracyDegree": None},
        **{"PrecisionRMSPixel": 9.1, "PrecisionSDPixel": 14.2, "DataLoss": 0.02, "PointCount": 2},
    }
    events = (tmp_path / "bids/sub-ada/beh/sub-ada_task-gaze_run-02_events.tsv").read_text().splitlines()
    assert [line.split("\t")[2:] for line in events[1:]] == [
        ["recording", "n/a"],
        ["calibration", "c_1 median error 55.0 px, 1.40 deg"],
        ["validation", "c_1 median error 66.0 px"],
        ["mark", "page 2"],
    ]
    assert (sidecar["CalibrationCount"], sidecar["CalibrationPosition"]) == (1, [[100.0, 50.0], [500.0, 250.0]])
    found = gzip.decompress(Path(f"{stem}_physioevents.tsv.gz").read_bytes()).decode().splitlines()
    assert [line.split("\t")[1:3] + line.split("\t")[5:] for line in found] == [
        ["0.16", "fixation", "n/a"],
        ["0.0", "n/a", "page 2"],
    ]


@pytest.mark.parametrize("kind", ["csv", "ndjson", "bids"])
def test_a_bad_recording_is_named_and_the_others_are_exported(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.ndjson").write_text("{}\n")
    paths = [
        tmp_path / "missing.ndjson",
        recorded(tmp_path),
        tmp_path / "bad.ndjson",
        recorded(tmp_path, name="ben.ndjson"),
    ]
    assert export(*paths, "--format", kind, "--out", tmp_path / "out") == 1
    printed = capsys.readouterr()
    assert "missing.ndjson" in printed.err
    assert "bad.ndjson:1" in printed.err
    assert {"ada", "ben"} <= {name for name in ("ada", "ben", "bad") if name in printed.out}
    assert "bad" not in printed.out.replace(str(tmp_path), "")


def test_a_recording_that_lacks_what_bids_requires_does_not_stop_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = recorded(tmp_path, [GEOMETRY, sample(1)], "one.ndjson")
    assert export(one, recorded(tmp_path), "--format", "bids", "--out", tmp_path / "bids") == 1
    assert "one: there is no time between its samples" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "bids").glob("sub-*")] == ["sub-ada"]


def validate(dataset: Path) -> list[dict[str, Any]]:
    """The issues that the BIDS validator reports. It may read files but has no network."""
    done = subprocess.run(
        [
            *(str(CLIENTS / "bin/deno"), "run", "--allow-read", "--allow-env", "--no-remote"),
            *(
                str(CLIENTS / "bids_validator_deno/bids-validator.js"),
                "--format",
                "json",
                "--max-rows=-1",
                str(dataset),
            ),
        ],
        capture_output=True,
        text=True,
        timeout=seconds(120),
        env={**os.environ, "DENO_DIR": str(dataset.parent / "deno"), "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"},
        check=False,
    )
    assert done.stdout, done.stderr[-2000:]
    return list(json.loads(done.stdout)["issues"]["issues"])


def errors(dataset: Path) -> list[dict[str, Any]]:
    return [issue for issue in validate(dataset) if issue["severity"] == "error"]


needs_validator = pytest.mark.skipif(
    not (CLIENTS / "bids_validator_deno").is_dir(), reason="needs the validator that `make test` installs"
)


@needs_validator
def test_the_validator_of_bids_accepts_a_data_set_and_does_look(tmp_path: Path) -> None:
    out = tmp_path / "bids"
    path = recorded(tmp_path)
    assert export(path, path, "--format", "bids", "--out", out) == 0
    assert errors(out) == []
    sidecar = out / "sub-ada/beh/sub-ada_task-gaze_run-01_recording-eye3_physio.json"
    broken = json.loads(sidecar.read_text())
    del broken["RecordedEye"]
    sidecar.write_text(json.dumps(broken))
    assert any("RecordedEye" in json.dumps(issue) for issue in errors(out))


@needs_validator
async def test_what_a_running_server_streams_becomes_a_data_set_that_validates(tmp_path: Path) -> None:
    path = tmp_path / "live.ndjson"
    async with running_server(tmp_path) as server, camera_client(server) as camera, ClientSession() as http:
        await camera.calibrate()
        async with http.get(f"{server.http}/v1/stream/ndjson?topics={TOPICS}") as stream:
            saving = asyncio.create_task(_save(stream.content, path))
            for i in range(60):
                how = SHUT if 40 <= i < 46 else OPEN
                await camera.show(*((0.25, 0.3) if i < 30 else (0.75, 0.6)), how, captured_ms=START_MS + 40.0 * i)
                if i == 20:
                    await camera.say("mark", label="first word")
            await camera.say("mark", label="last word")
            await wait_until(lambda: "last word" in path.read_text())  # and with it all earlier messages
            saving.cancel()
            await asyncio.gather(saving, return_exceptions=True)
    out = tmp_path / "bids"
    arguments = ("--format", "bids", "--out", out, "--screen-width-mm", 350, "--subject", "01", "--task", "reading")
    recording = with_events(read_gaze_recording(path))
    assert len(recording.samples) > 40
    assert {event["type"] for event in recording.events} >= {"fixation", "blink"}
    assert recording.report is not None
    assert await asyncio.to_thread(export, path, *arguments) == 0
    assert await asyncio.to_thread(errors, out) == []


@needs_validator
async def test_what_the_recorder_writes_becomes_a_data_set_that_validates(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        await send_screen(camera)
        await camera.calibrate()  # active before the recording
        full = {"x_px": 0, "y_px": 0, "width_px": 1e5, "height_px": 1e5}
        await camera.say("aois", space="screen", areas=[{"id": "all", **full, "dwell_ms": 100}])
        await camera.get("aois")
        await camera.say("record_start", person="Ada B")
        recording_id = (await camera.get("record"))["recording"]
        await camera.calibrate()
        await camera.say("mark", label="first word", request_id="m")
        await camera.say("stimulus", phase="start", name="cat", shown_ms=time.time() * 1000.0)
        start_ms = time.time() * 1000.0
        for i in range(50):
            how = SHUT if 40 <= i < 45 else OPEN
            await camera.show(*((0.25, 0.3) if i < 25 else (0.75, 0.6)), how, captured_ms=start_ms + 40.0 * i)
        await camera.validate(clock_ms=time.time() * 1000.0 + 10_000.0)
        await camera.say("record_stop")
        await camera.get("record")
    folder = tmp_path / "recordings" / recording_id
    line = timeline(open_recording(folder))
    assert line.problems == ()
    assert [one.name for one in line.stimuli] == ["cat"]
    recording = read_gaze_recording(folder)
    assert [mark["label"] for mark in recording.marks] == ["first word"]
    assert "request_id" not in recording.marks[0]
    assert [area["id"] for area in recording.areas[0]["areas"]] == ["all"], "reported before the recording"
    assert {(visit["type"], visit["phase"]) for visit in recording.visits} == {
        *(("aoi", "end"), ("dwell", "select"), ("dwell", "end"))
    }
    before, during = recording.calibrations
    assert before["calibration"] != during["calibration"]
    assert before["timestamp"] < during["timestamp"]
    assert recording.result is not None
    assert recording.result["calibration"] == during["calibration"]
    out = tmp_path / "bids"
    arguments = ("--format", "bids", "--out", out, "--screen-width-mm", 350)
    assert await asyncio.to_thread(export, folder, *arguments) == 0
    assert await asyncio.to_thread(errors, out) == []
    label = f"sub-{label_of('Ada B')}"
    stem = f"{label}_task-gaze_run-01"
    events = (out / f"{label}/beh/{stem}_events.tsv").read_text().splitlines()
    assert sum("\tcalibrate\tdot " in line for line in events) == 9
    assert sum("\ttest\tdot " in line for line in events) == 9
    assert [line.split("\t")[2] for line in events if "\tc_" in line] == ["calibration", "calibration", "validation"]
    assert any("\tmark\tfirst word" in line for line in events)
    sidecar = json.loads((out / f"{label}/beh/{stem}_recording-eye3_physio.json").read_text())
    assert sidecar["CalibrationCount"] == 2
    assert sidecar["Validation"]["PointCount"] == 9
    found = gzip.decompress((out / f"{label}/beh/{stem}_recording-eye3_physioevents.tsv.gz").read_bytes()).decode()
    assert {"fixation", "blink"} <= {line.split("\t")[2] for line in found.splitlines()}
    assert await asyncio.to_thread(export, folder, "--format", "csv", "--out", tmp_path / "csv") == 0
    gaze = rows(tmp_path / f"csv/{recording_id}_gaze.csv")
    assert {row["target_id"] for row in gaze} == {"", *map(str, range(9))}
    assert {row["phase"] for row in gaze} == {"", "calibrate", "test"}
    events = rows(tmp_path / f"csv/{recording_id}_events.csv")
    assert [row["type"] for row in events if row["error_px"]] == ["calibration", "calibration", "validation"]
    assert await asyncio.to_thread(export, folder, "--format", "ndjson", "--out", tmp_path / "lines") == 0
    again = read_gaze_recording(recorded_screen(folder, tmp_path / f"lines/{recording_id}.ndjson"))
    assert (again.marks, again.calibrations, again.validations) == (
        *(recording.marks, recording.calibrations),
        recording.validations,
    )


def recorded_screen(folder: Path, lines: Path) -> Path:
    """An exported file, put into a folder with the recording's session.json."""
    home = lines.parent / "again"
    home.mkdir()
    (home / "session.json").write_bytes((folder / "session.json").read_bytes())
    lines.rename(home / lines.name)
    return home


async def _save(stream: Any, path: Path) -> None:
    with path.open("wb") as file:
        async for line in stream:
            file.write(line)
            file.flush()


PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"/>'
SEEN: list[Known] = [(200.0, 500.0, 0.2, 0.5), (700.0, 1000.0, 0.8, 0.5)]


def shown_to(home: Path) -> Path:
    """A recording with a picture, and then a page that scrolls."""
    lines = [
        stimulus_line("start", "cat.svg", 0.0, (100, 0, 800, 500)),
        stimulus_line("start", "shop", 600.0, (0, 0, 1000, 2000), kind="page"),
        stimulus_line("move", "shop", 900.0, (0, -300, 1000, 2000)),
    ]
    folder = write_recording(home / "ada", SEEN, *lines)
    keep_picture(folder, "cat.svg", PICTURE, "image/svg+xml")
    return folder


def test_csv_has_stimuli_with_their_pictures_and_the_fixations_on_them(tmp_path: Path) -> None:
    left = {"name": "left", "shape": "rectangle", "points": [[0.0, 0.0], [0.5, 1.0]]}
    (tmp_path / "areas.json").write_text(json.dumps({"stimuli": {"cat.svg": {"areas": [left]}}}))
    out = tmp_path / "out"
    assert export(shown_to(tmp_path), "--format", "csv", "--out", out, "--areas", tmp_path / "areas.json") == 0
    stimuli = rows(out / "ada_stimuli.csv")
    assert [(row["stimulus"], row["kind"], row["from"], row["y_px"]) for row in stimuli] == [
        ("cat.svg", "picture", "1763843912000.0", "0.0"),
        ("shop", "page", "1763843912600.0", "0.0"),
        ("shop", "page", "1763843912900.0", "-300.0"),
    ]
    assert (out / "ada_stimuli" / stimuli[0]["picture"]).read_bytes() == PICTURE
    fixations = rows(out / "ada_fixations.csv")
    assert [(row["stimulus"], row["start_ms"], row["x"], row["area"]) for row in fixations] == [
        ("cat.svg", "200.0", "0.125", "left"),
        ("shop", "100.0", "0.8", ""),
    ]
    (tmp_path / "areas.json").write_text("{")
    assert export(tmp_path / "ada", "--format", "csv", "--out", out, "--areas", tmp_path / "areas.json") == 1


LEFT = {"name": "left", "shape": "rectangle", "points": [[0.0, 0.0], [0.5, 1.0]]}
LATE = {"name": "late", "shape": "polygon", "points": [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], "span_ms": [300, None]}


def areas_of(home: Path, **stimuli: list[dict[str, Any]]) -> Path:
    """A file as the lab saves it; `cat` stands for the picture, `screen` for the whole screen."""
    path = home / "areas.json"
    named = {"cat.svg": {"areas": stimuli["cat"]}} if "cat" in stimuli else {}
    path.write_text(json.dumps({"areas": stimuli.get("screen", []), "stimuli": named}))
    return path


def test_csv_has_the_areas_of_the_lab_with_their_metrics(tmp_path: Path) -> None:
    out, areas = tmp_path / "out", areas_of(tmp_path, cat=[LEFT, LATE], screen=[LEFT])
    assert export(shown_to(tmp_path), "--format", "csv", "--out", out, "--areas", areas) == 0
    assert [tuple(row.values()) for row in rows(out / "ada_drawn_areas.csv")] == [
        ("cat.svg", "left", "rectangle", "[[0.0, 0.0], [0.5, 1.0]]", "", ""),
        ("cat.svg", "late", "polygon", "[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]", "300.0", ""),
        ("", "left", "rectangle", "[[0.0, 0.0], [0.5, 1.0]]", "", ""),
    ]
    metrics = rows(out / "ada_area_metrics.csv")
    assert [(row["recording"], row["stimulus"], row["area"], row["fixation_ms"]) for row in metrics] == [
        ("ada", "cat.svg", "left", "300.0"),
        ("ada", "cat.svg", "late", "200.0"),
        ("ada", "", "left", "300.0"),
    ]


def test_ndjson_has_the_areas_of_the_lab_and_the_fixations_on_them(tmp_path: Path) -> None:
    out, areas = tmp_path / "out", areas_of(tmp_path, cat=[LATE])
    assert export(shown_to(tmp_path), "--format", "ndjson", "--out", out, "--areas", areas) == 0
    lines = [json.loads(line) for line in (out / "ada.ndjson").read_text().splitlines()]
    assert [line["timestamp"] for line in lines] == sorted(line["timestamp"] for line in lines)
    (drawn,) = (line for line in lines if line["type"] == "drawn_areas")
    assert (drawn["timestamp"], drawn["stimulus"], drawn["areas"]) == (START_MS, "cat.svg", [LATE])
    (on_area,) = (line for line in lines if line["type"] == "area_fixation")
    assert (on_area["area"], on_area["start"], on_area["timestamp"]) == ("late", START_MS + 300.0, START_MS + 500.0)
    (out / "session.json").write_bytes((tmp_path / "ada/session.json").read_bytes())
    assert export(out, "--format", "csv", "--out", tmp_path / "again") == 0


def test_a_bids_data_set_has_the_areas_of_the_lab_and_the_fixations_on_them(tmp_path: Path) -> None:
    out, areas = tmp_path / "bids", areas_of(tmp_path, cat=[LEFT, LATE], screen=[LEFT])
    assert export(shown_to(tmp_path), "--format", "bids", "--out", out, "--areas", areas) == 0
    sidecar = next(path for path in (out / "stimuli").iterdir() if path.suffix == ".json")
    assert sidecar.with_suffix(".svg").is_file()
    assert json.loads(sidecar.read_text())["AreasOfInterest"]["Areas"] == [LEFT, LATE]
    (path,) = out.glob("sub-*/beh/*_events.json")
    assert json.loads(path.read_text())["AreasOfInterest"]["Stimuli"] == {"cat.svg": [LEFT, LATE], "": [LEFT]}
    (path,) = out.glob("sub-*/beh/*_physioevents.tsv.gz")
    events = [line.split("\t") for line in gzip.decompress(path.read_bytes()).decode().splitlines()]
    assert [line[:2] + line[3:] for line in events if line[2] == "area_fixation"] == [
        [str(START_MS + 200.0), "0.3", "200.0", "250.0", "left", "cat.svg"],
        [str(START_MS + 200.0), "0.3", "200.0", "250.0", "left", "n/a"],
        [str(START_MS + 300.0), "0.2", "200.0", "250.0", "late", "cat.svg"],
    ]
    if (CLIENTS / "bids_validator_deno").is_dir():
        assert errors(out) == []


@pytest.mark.parametrize("kind", ["csv", "ndjson", "bids"])
def test_areas_that_no_recording_shows_are_named_and_the_rest_is_exported(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    areas = areas_of(tmp_path, cat=[LATE | {"span_ms": [700, 900]}, LEFT], screen=[LEFT | {"span_ms": [5000, None]}])
    values = json.loads(areas.read_text())
    areas.write_text(json.dumps(values | {"stimuli": values["stimuli"] | {"dog": {"areas": [LEFT]}}}))
    assert export(shown_to(tmp_path), "--format", kind, "--out", tmp_path / "out", "--areas", areas) == 1
    said = capsys.readouterr()
    assert "areas.json: no recording shows 'dog'; they show cat.svg, shop" in said.err
    assert "areas.json: 'late' begins after the end of cat.svg" in said.err
    assert "areas.json: 'left' begins after the end of all recordings" in said.err
    assert said.out.count("\n") >= 1


def test_a_bids_data_set_has_stimuli_with_their_files(tmp_path: Path) -> None:
    out = tmp_path / "bids"
    assert export(shown_to(tmp_path), "--format", "bids", "--out", out) == 0
    (picture,) = (out / "stimuli").iterdir()
    assert picture.read_bytes() == PICTURE
    (path,) = out.glob("sub-*/beh/*_events.tsv")
    with path.open(newline="") as lines:
        found = [row for row in csv.DictReader(lines, delimiter="\t") if row["trial_type"].startswith("stimulus")]
    assert [(row["onset"], row["duration"], row["trial_type"], row["label"], row["stim_file"]) for row in found] == [
        ("0.0", "0.6", "stimulus", "cat.svg", picture.name),
        ("0.6", "0.4", "stimulus", "shop", "n/a"),
        ("0.9", "0.0", "stimulus_move", "shop", "n/a"),
    ]
    assert [row["stimulus_y"] for row in found] == ["0.0", "0.0", "-300.0"]
    (path,) = out.glob("sub-*/beh/*_physioevents.tsv.gz")
    events = [line.split("\t") for line in gzip.decompress(path.read_bytes()).decode().splitlines()]
    assert [line[-1] for line in events if line[2] == "fixation"] == ["cat.svg", "shop"]
    if (CLIENTS / "bids_validator_deno").is_dir():
        assert errors(out) == []


def test_ndjson_has_the_lines_of_stimuli(tmp_path: Path) -> None:
    assert export(shown_to(tmp_path), "--format", "ndjson", "--out", tmp_path / "out") == 0
    lines = [json.loads(line) for line in (tmp_path / "out/ada.ndjson").read_text().splitlines()]
    assert [line["phase"] for line in lines if line["type"] == "stimulus"] == ["start", "start", "move"]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": "", "phase": "start"}, "a stimulus needs a name"),
        ({"name": "cat", "phase": "begin"}, "the phase of a stimulus must be start, move or end"),
        ({"name": "cat", "phase": "start", "x_px": 1.0}, "the rectangle of a stimulus needs"),
        ({"name": "cat", "phase": "start", "view": [1, 2]}, "the view of a stimulus must be a list of 4 numbers"),
    ],
)
def test_a_wrong_line_of_a_stimulus_is_reported(
    tmp_path: Path, fields: dict[str, Any], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recorded(tmp_path, [*MESSAGES, {"type": "stimulus", "session": "s_1", "timestamp": START_MS, **fields}])
    assert export(path, "--format", "csv", "--out", tmp_path / "out") == 1
    assert says in capsys.readouterr().err
