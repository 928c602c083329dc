"""Areas that count only for a time: those with a span, and those that a page reported while they were there."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from server.analysis.analysis import Analysis, AnalysisError, Subject, analyse
from server.analysis.analysis_json import analysis_json
from server.analysis.area_times import ALWAYS, first_in, joined, overlap_ms, parts_in, shifted
from server.analysis.request import request_from
from server.analysis.tables import csv_text, metrics_table
from server.analysis.timeline import timeline
from server.recordings.opened import open_recording
from tests.support.hand_made import START_MS, Known, accuracy_line, stimulus_line, write_recording

LEFT: dict[str, Any] = {"name": "left", "shape": "rectangle", "points": [[0.0, 0.0], [0.4, 1.0]]}
RIGHT: dict[str, Any] = {"name": "right", "shape": "rectangle", "points": [[0.6, 0.0], [1.0, 1.0]]}
# left, left, right, left; the stimulus is shown from 1000 ms to 3000 ms
KNOWN: list[Known] = [
    *((1100.0, 1400.0, 0.2, 0.5), (1500.0, 2000.0, 0.2, 0.5)),
    *((2100.0, 2400.0, 0.8, 0.5), (2500.0, 2900.0, 0.2, 0.5)),
]


def seen(folder: Path, *, end_ms: float = 3000.0, person: str = "Ada") -> Subject:
    shown = (stimulus_line("start", "film", 1000.0), stimulus_line("end", "film", end_ms), accuracy_line(20.0))
    return Subject(timeline(open_recording(write_recording(folder, KNOWN, *shown, person=person, duration_ms=3200.0))))


def analysed(*subjects: Subject, areas: list[dict[str, Any]], **request: Any) -> Analysis:
    return analyse(subjects, request_from({"stimulus": "film", "areas": areas, **request}))


def test_only_looks_in_the_time_of_an_area_count_and_shares_are_of_that_time(tmp_path: Path) -> None:
    found = analysed(seen(tmp_path / "r"), areas=[LEFT | {"span_ms": [700, 1600]}, RIGHT])
    left, right = (found.people[0].metrics[name] for name in ("left", "right"))
    # 1700 to 2600 ms of the recording: 300 ms of the second fixation, the third, 100 ms of the fourth.
    assert (left.fixation_count, left.fixation_ms, left.mean_fixation_ms) == (2, 400.0, 200.0)
    assert (left.visits, left.revisits, left.dwell_ms) == (2, 1, 400.0)
    assert (left.time_to_first_fixation_ms, left.first_fixation_duration_ms) == (0.0, 300.0)
    assert left.share == pytest.approx(400.0 / 700.0)
    assert left.expected_ms == pytest.approx(400.0)
    assert (left.there_ms, right.there_ms) == (900.0, 2000.0)
    assert right.share == pytest.approx(300.0 / 1500.0), "an area without a time counts always"
    assert found.people[0].sequence == ("left", "right", "left")


def test_the_time_to_the_first_fixation_begins_with_the_area(tmp_path: Path) -> None:
    found = analysed(seen(tmp_path / "r"), areas=[RIGHT | {"span_ms": [600, None]}])
    assert found.people[0].metrics["right"].time_to_first_fixation_ms == 500.0
    assert found.people[0].metrics["right"].there_ms == 1400.0


def test_a_rest_of_a_fixation_that_is_too_short_for_one_does_not_count(tmp_path: Path) -> None:
    found = analysed(seen(tmp_path / "r"), areas=[RIGHT | {"span_ms": [0, 1140]}])
    assert not found.people[0].metrics["right"].looked, "40 ms of the fixation lie in the time"


def test_a_fixation_goes_to_the_outer_area_while_the_inner_one_is_not_there(tmp_path: Path) -> None:
    inner = {"name": "sign", "shape": "rectangle", "points": [[0.1, 0.4], [0.3, 0.6]], "span_ms": [1400, 2000]}
    found = analysed(seen(tmp_path / "r"), areas=[LEFT, inner])
    assert [hits.main.tolist() for hits in found.people[0].hits] == [[0, 0, -1, 1]]
    assert found.people[0].sequence == ("left", "sign")


def test_times_are_counted_from_the_onset_of_each_showing(tmp_path: Path) -> None:
    lines = [
        stimulus_line(phase, "film", at) for phase, at in (("start", 0), ("end", 500), ("start", 1000), ("end", 1500))
    ]
    fixations = [(100.0, 400.0, 0.2, 0.5), (1000.0, 1150.0, 0.2, 0.5), (1250.0, 1450.0, 0.2, 0.5)]
    folder = write_recording(tmp_path / "r", fixations, *lines, duration_ms=2000.0)
    found = analysed(Subject(timeline(open_recording(folder))), areas=[LEFT | {"span_ms": [200, 500]}])
    metrics = found.people[0].metrics["left"]
    assert (metrics.fixation_count, metrics.fixation_ms, metrics.there_ms) == (2, 400.0, 600.0)
    assert metrics.time_to_first_fixation_ms == 25.0, "0 ms and 50 ms"


@pytest.mark.parametrize(
    ("span_ms", "request_", "says"),
    [
        (
            [2000, 2500],
            {},
            r"areas\[0\].span_ms: 'left' counts from 2000 ms after the onset, but 'film' was shown for 2000",
        ),
        ([9000, None], {}, "counts from 9000 ms after the onset"),
        ([1000, 1500], {"span_ms": [0, 800]}, "of which only 0 to 800 ms are analysed"),
    ],
)
def test_an_area_that_was_never_there_is_refused(
    tmp_path: Path, span_ms: list[Any], request_: dict[str, Any], says: str
) -> None:
    with pytest.raises(AnalysisError, match=says):
        analysed(seen(tmp_path / "r"), areas=[LEFT | {"span_ms": span_ms}], **request_)


def test_on_the_whole_screen_times_are_those_of_the_recording(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match="but the recording lasts 3200 ms at most"):
        analysed(seen(tmp_path / "r"), areas=[LEFT | {"span_ms": [4000, 5000]}], stimulus=None)


def test_people_for_whom_an_area_was_never_there_are_left_out_of_its_means(tmp_path: Path) -> None:
    people = [seen(tmp_path / "a"), seen(tmp_path / "b", end_ms=2000.0, person="Ben")]
    found = analysed(*people, areas=[LEFT | {"span_ms": [1200, 2050]}, RIGHT])
    assert found.names == ("left", "right")
    assert [list(person.metrics) for person in found.people] == [["left", "right"], ["right"]]
    assert found.groups["left"]["looked"].n == 1
    assert [(caution.code, caution.area) for caution in found.cautions if caution.area] == [("area_not_there", "left")]
    assert found.transitions.shape == (3, 3)


def test_an_area_that_ends_after_the_stimulus_is_cut_with_a_warning(tmp_path: Path) -> None:
    found = analysed(seen(tmp_path / "r"), areas=[LEFT | {"span_ms": [0, 5000]}, RIGHT | {"span_ms": [0, 2050]}])
    cautions = {caution.area: caution for caution in found.cautions if caution.code == "area_ends_late"}
    assert list(cautions) == ["left"]
    assert "counts until 5000 ms, but the longest showing ended after 2000 ms" in cautions["left"].text
    assert found.people[0].metrics["left"].there_ms == 2000.0


def test_answer_and_table_have_the_times(tmp_path: Path) -> None:
    found = analysed(seen(tmp_path / "r"), areas=[LEFT | {"span_ms": [700, None]}, RIGHT])
    answer = analysis_json(found)
    assert [area["span_ms"] for area in answer["areas"]] == [(700.0, None), None]
    assert answer["people"][0]["areas"]["left"]["there_ms"] == 1300.0
    header, left, right = csv_text(metrics_table(found)).splitlines()[:3]
    assert header.endswith(",there_ms,area_from_ms,area_to_ms")
    assert (left.split(",")[-3:], right.split(",")[-3:]) == (["1300.0", "700.0", ""], ["2000.0", "", ""])


def test_an_area_of_a_page_counts_while_the_page_reports_it(tmp_path: Path) -> None:
    def reported(at_ms: float, *names: str) -> dict[str, Any]:
        sides = {"x_px": 0.0, "y_px": 0.0, "width_px": 400.0, "height_px": 500.0}
        areas = [{"id": name, **sides} for name in names]
        return {"type": "areas", "session": "s_1", "timestamp": START_MS + at_ms, "areas": areas}

    lines = [reported(0.0, "#menu"), reported(1700.0, "#menu", "#popup"), reported(2200.0, "#menu")]
    folder = write_recording(tmp_path / "r", KNOWN, *lines, duration_ms=3000.0)
    found = analysed(Subject(timeline(open_recording(folder))), areas=[], stimulus=None, reported_areas=True)
    popup, menu = (found.people[0].metrics[name] for name in ("#popup", "#menu"))
    assert (popup.there_ms, popup.fixation_count, popup.fixation_ms) == (500.0, 1, 300.0)
    assert (popup.time_to_first_fixation_ms, popup.share) == (0.0, pytest.approx(300.0 / 400.0))
    assert (menu.there_ms, menu.fixation_count) == (3000.0, 3)
    gone = [reported(0.0, "#menu"), reported(100.0), reported(2950.0, "#late")]
    folder = write_recording(tmp_path / "s", KNOWN, *gone, stimulus_line("start", "film", 1000.0), duration_ms=2900.0)
    found = analysed(Subject(timeline(open_recording(folder))), areas=[], reported_areas=True)
    assert found.names == (), "none was there during the stimulus"


def test_parts_of_fixations_are_cut_at_the_edges_of_times() -> None:
    start, end = np.array([0.0, 100.0, 300.0, 600.0]), np.array([90.0, 260.0, 500.0, 620.0])
    first, last = parts_in(start, end, ((120.0, 330.0), (350.0, 470.0), (600.0, math.inf)))
    assert list(zip(first, last, strict=True)) == [(0.0, 0.0), (120.0, 260.0), (350.0, 470.0), (600.0, 620.0)]
    assert [one.tolist() for one in parts_in(start, end, ALWAYS)] == [start.tolist(), end.tolist()]
    assert [one.tolist() for one in parts_in(start, end, ())] == [start.tolist(), start.tolist()]


def test_times_are_joined_shifted_and_measured() -> None:
    times = joined([(0.0, 10.0), (10.0, 20.0), (30.0, math.inf)])
    assert times == ((0.0, 20.0), (30.0, math.inf))
    assert shifted(times, -5.0) == ((-5.0, 15.0), (25.0, math.inf))
    assert overlap_ms(times, 5.0, 40.0) == 25.0
    assert first_in(times, 20.0, 40.0) == 30.0
