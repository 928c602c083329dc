"""Opens recordings, also damaged ones, and measures their quality."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import ETDQualitizer
import numpy as np
import pytest

from server.analysis.analysis import Subject
from server.analysis.quality import precision
from server.analysis.timeline import timeline
from server.analysis.timeline_json import timeline_json
from server.recordings.opened import open_recording
from server.recordings.reader import RecordingError
from tests.support.hand_made import (
    START_MS,
    accuracy_line,
    gaze_line,
    mark_line,
    stimulus_line,
    write_lines,
    write_recording,
)

STAYS = ((0.2, 0.3, 25), (0.8, 0.6, 25), (0.5, 0.5, 25))


def stays(*places: tuple[float, float, int], seed: int = 1) -> list[dict[str, Any]]:
    """Samples at each place with the noise of a webcam."""
    noise, lines = random.Random(seed), []
    for x, y, n in places:
        for _ in range(n):
            point = (x + noise.gauss(0, 0.005), y + noise.gauss(0, 0.008))
            lines.append(gaze_line(40.0 * len(lines), point, error_px=50.0))
    return lines


def test_a_recording_of_samples_gets_its_fixations_from_our_detector(tmp_path: Path) -> None:
    line = timeline(open_recording(write_lines(tmp_path / "r", [*stays(*STAYS), gaze_line(3000.0, None)])))
    assert line.problems == ()
    assert [(round(x, 1), round(y, 1)) for x, y in zip(line.fixations.x, line.fixations.y, strict=True)] == [
        (0.2, 0.3),
        (0.8, 0.6),
        (0.5, 0.5),
    ]
    assert line.fixations.start_ms.tolist() == pytest.approx([0.0, 1000.0, 2000.0], abs=41.0)
    assert line.fixations.end_ms.tolist() == pytest.approx([960.0, 1960.0, 2960.0], abs=41.0)
    assert len(line.saccades) == 2
    assert [(span.start_ms, span.status) for span in line.lost] == [(3000.0, "no_face")]
    assert line.accuracy is not None
    assert (line.accuracy.px, line.accuracy.kind) == (50.0, "predicted")


def test_the_answer_has_columns_of_one_length_and_null_without_a_point(tmp_path: Path) -> None:
    lines = [
        *(gaze_line(0.0, (0.25, 0.5)), gaze_line(40.0, None), gaze_line(80.0, (0.3, 0.5))),
        *(mark_line("page 2", 40.0), stimulus_line("start", "cat", 20.0, (100, 0, 800, 500)), accuracy_line(61.3)),
    ]
    line = timeline(open_recording(write_lines(tmp_path / "r", lines)))
    answer = timeline_json(line, frozenset({"cat"}))
    assert answer["samples"]["t_ms"] == [0.0, 40.0, 80.0]
    assert answer["samples"]["x"] == [0.25, None, 0.3]
    assert [answer["statuses"][code] for code in answer["samples"]["status"]] == ["ok", "no_face", "ok"]
    assert answer["marks"] == [{"t_ms": 40.0, "label": "page 2"}]
    (stimulus,) = answer["stimuli"]
    assert stimulus["rect"] == {"x": 0.1, "y": 0.0, "width": 0.8, "height": 1.0}
    assert (stimulus["start_ms"], stimulus["end_ms"], stimulus["picture"]) == (20.0, 80.0, True)
    assert stimulus["size_px"] == [800.0, 500.0]
    assert answer["accuracy"] == {"px": 61.3, "deg": None, "kind": "measured"}
    json.dumps(answer, allow_nan=False)


def test_a_damaged_recording_opens_with_what_is_there_and_says_what_is_missing(tmp_path: Path) -> None:
    folder = write_lines(tmp_path / "r", [gaze_line(40.0 * n, (0.2, 0.3)) for n in range(30)])
    lines = (folder / "samples.ndjson").read_text().splitlines(keepends=True)
    lines[3] = "{broken\n"
    lines[5] = '{"type":"gaze","timestamp":"now"}\n'
    lines[7] = '{"type":"stimulus","timestamp":1,"phase":"begin","name":"cat"}\n'
    lines[29] = lines[29][:40]
    (folder / "samples.ndjson").write_text("".join(lines))
    (folder / "session.json").write_text("{")
    line = timeline(open_recording(folder))
    assert len(line.samples) == 26
    assert line.screen.width_px == 1000.0, "from the points"
    text = "\n".join(line.problems)
    for place in (
        "samples.ndjson:4:",
        "samples.ndjson:6:",
        "samples.ndjson:8:",
        "samples.ndjson:30:",
        "session.json:1:",
    ):
        assert place in text
    assert str(tmp_path) not in text


@pytest.mark.parametrize("what", ["no gaze", "no file", "no folder"])
def test_a_recording_without_gaze_opens_empty(tmp_path: Path, what: str) -> None:
    folder = write_lines(tmp_path / "r", [mark_line("page 2", 0.0)])
    if what == "no file":
        (folder / "samples.ndjson").unlink()
    if what == "no folder":
        with pytest.raises(RecordingError, match="there is no such recording"):
            open_recording(tmp_path / "nothing")
        return
    line = timeline(open_recording(folder))
    assert "there is no gaze in this recording" in line.problems
    assert (len(line.samples), len(line.fixations), line.duration_ms) == (0, 0, 0.0)
    json.dumps(timeline_json(line, frozenset()), allow_nan=False)


def test_a_participant_of_a_study_has_a_number(tmp_path: Path) -> None:
    folder = write_lines(tmp_path / "r", stays(*STAYS), person="", study="six-pictures", run={"participant": 3})
    assert Subject(timeline(open_recording(folder))).title == "participant 3"
    folder = write_lines(tmp_path / "r", stays(*STAYS), person="Ada", run={"participant": "three"})
    line = timeline(open_recording(folder))
    assert Subject(line).title == "Ada"
    assert "run.participant must be a positive number" in line.problems[0]


def test_many_faults_are_counted(tmp_path: Path) -> None:
    folder = write_lines(tmp_path / "r", [gaze_line(0.0, (0.2, 0.3))])
    with (folder / "samples.ndjson").open("a") as file:
        file.write("{broken\n" * 500)
    problems = open_recording(folder).problems
    assert (len(problems), problems[-1]) == (21, "and 480 more faults")


def test_a_saved_stream_of_server_sent_events_opens(tmp_path: Path) -> None:
    path = tmp_path / "ada.ndjson"
    path.write_text("".join(f"id: {n}\ndata: {json.dumps(line)}\n\n" for n, line in enumerate(stays(*STAYS))))
    line = timeline(open_recording(path))
    assert (line.name, len(line.samples), len(line.fixations)) == ("ada", 75, 3)
    assert line.problems == ("the screen's size is not recorded; its points show 1000 x 500 px",)


def test_of_several_sessions_the_first_is_shown(tmp_path: Path) -> None:
    lines = [*stays((0.2, 0.3, 20)), gaze_line(900.0, (0.9, 0.9), session="s_2")]
    line = timeline(open_recording(write_lines(tmp_path / "r", lines)))
    assert len(line.samples) == 20
    assert "only s_1 is shown, not s_2" in line.problems[0]


def test_a_validation_of_an_earlier_calibration_does_not_count(tmp_path: Path) -> None:
    later = {"type": "calibration", "session": "s_1", "state": "done", "timestamp": START_MS + 500.0}
    later["report"] = {"median_error_px": 44.0, "median_error_deg": 1.1, "targets": []}
    line = timeline(open_recording(write_lines(tmp_path / "r", [*stays(*STAYS), accuracy_line(61.0), later])))
    assert line.accuracy is not None
    assert (line.accuracy.px, line.accuracy.deg, line.accuracy.kind) == (44.0, 1.1, "announced")


def test_precision_is_that_of_an_independent_program() -> None:
    rng = np.random.default_rng(3)
    groups = [rng.multivariate_normal([400.0, 300.0], [[90.0, 30.0], [30.0, 160.0]], n) for n in (40, 55, 70)]
    x_px, y_px = np.concatenate(groups).T
    group = np.repeat(np.arange(3), [40, 55, 70])
    found = precision(group, x_px, y_px)
    theirs = np.array(
        [(ETDQualitizer.rms_s2s(*g.T)[0], ETDQualitizer.std(*g.T)[0], ETDQualitizer.bcea(*g.T)[0]) for g in groups]
    )
    assert found == pytest.approx(theirs.mean(axis=0).tolist(), rel=0.01)


def test_data_loss_and_frequency_are_those_of_an_independent_program(tmp_path: Path) -> None:
    folder = write_recording(tmp_path / "r", [(0.0, 400.0, 0.2, 0.5), (800.0, 1960.0, 0.6, 0.5)], duration_ms=1960.0)
    line = timeline(open_recording(folder))
    x, y = line.samples.x, line.samples.y
    assert line.quality.data_loss == pytest.approx(ETDQualitizer.data_loss_from_invalid(x, y) / 100.0)
    assert line.quality.effective_hz == pytest.approx(ETDQualitizer.effective_frequency(x, y, 2.0))
    assert line.quality.nominal_hz == pytest.approx(25.0)


def test_precision_is_measured_on_the_targets_of_a_validation_after_the_eye_has_settled(tmp_path: Path) -> None:
    lines = []
    for n in range(50):
        x = 0.9 if n < 15 else 0.5 + 0.01 * (-1) ** n  # the first 600 ms are on the way
        lines.append(gaze_line(40.0 * n, (x, 0.5), target={"id": 0, "x": 0.5, "y": 0.5}, phase="test"))
    quality = timeline(open_recording(write_lines(tmp_path / "r", lines))).quality
    assert quality.of == "validation"
    assert quality.rms_s2s_px == pytest.approx(20.0)
    assert quality.std_px == pytest.approx(10.0, rel=0.01)


def test_the_events_of_a_recording_are_used_if_it_has_some(tmp_path: Path) -> None:
    line = timeline(open_recording(write_recording(tmp_path / "r", [(0.0, 417.0, 0.2, 0.5)])))
    assert line.fixations.end_ms.tolist() == [417.0]
    assert not math.isnan(line.fixations.x[0])
