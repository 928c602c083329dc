"""Hand-made recordings with known fixations give known metrics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from calibration.screen import ScreenGeometry
from server.analysis.analysis import Analysis, AnalysisError, Subject, analyse
from server.analysis.analysis_json import analysis_json
from server.analysis.request import request_from
from server.analysis.stimuli import presentations
from server.analysis.tables import csv_text, fixations_table, metrics_table, transitions_table
from server.analysis.timeline import Timeline, timeline
from server.recordings.opened import open_recording
from tests.support.hand_made import (
    START_MS,
    Known,
    accuracy_line,
    gaze_line,
    mark_line,
    stimulus_line,
    write_lines,
    write_recording,
)

LEFT: dict[str, Any] = {"name": "left", "shape": "rectangle", "points": [[0.0, 0.0], [0.4, 1.0]]}
RIGHT: dict[str, Any] = {"name": "right", "shape": "rectangle", "points": [[0.6, 0.0], [1.0, 1.0]]}
# left, left, elsewhere, right, left
KNOWN: list[Known] = [
    *((200.0, 500.0, 0.2, 0.5), (540.0, 740.0, 0.25, 0.5), (800.0, 1000.0, 0.5, 0.5)),
    *((1100.0, 1500.0, 0.8, 0.5), (1600.0, 1700.0, 0.2, 0.5)),
]


def opened(folder: Path, fixations: list[Known], *more: dict[str, Any], **options: Any) -> Timeline:
    return timeline(open_recording(write_recording(folder, fixations, *more, **options)))


def analysed(line: Timeline, *areas: dict[str, Any], **request: Any) -> Analysis:
    return analyse([Subject(line)], request_from({"areas": list(areas), **request}))


def test_the_metrics_of_known_fixations_are_those_of_the_definitions(tmp_path: Path) -> None:
    found = analysed(opened(tmp_path / "r", KNOWN, accuracy_line(20.0)), LEFT, RIGHT)
    left, right = (found.people[0].metrics[name] for name in ("left", "right"))
    assert (left.fixation_count, left.time_to_first_fixation_ms, left.first_fixation_duration_ms) == (3, 200.0, 300.0)
    assert (left.fixation_ms, left.mean_fixation_ms, left.visits, left.revisits) == (600.0, 200.0, 2, 1)
    assert (left.dwell_ms, left.mean_dwell_ms) == (540.0 + 100.0, 320.0), "with the saccade within the first visit"
    assert left.share == pytest.approx(600.0 / 1200.0)
    assert (right.fixation_count, right.time_to_first_fixation_ms, right.visits) == (1, 1100.0, 1)
    assert left.certainty == pytest.approx(1.0)
    assert left.expected_ms == pytest.approx(600.0)
    assert found.people[0].sequence == ("left", "right", "left")
    assert found.columns == ("left", "right", "elsewhere")
    assert found.transitions.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]


def test_an_area_that_was_never_looked_at_has_no_times(tmp_path: Path) -> None:
    corner = {"name": "corner", "shape": "ellipse", "points": [[0.9, 0.9], [1.0, 1.0]]}
    metrics = analysed(opened(tmp_path / "r", KNOWN), corner).people[0].metrics["corner"]
    assert not metrics.looked
    assert (metrics.fixation_count, metrics.visits, metrics.dwell_ms, metrics.share) == (0, 0, 0.0, 0.0)
    assert metrics.time_to_first_fixation_ms is None
    assert metrics.mean_dwell_ms is None


def test_a_long_gap_without_data_ends_a_visit(tmp_path: Path) -> None:
    short = opened(tmp_path / "a", [(0.0, 200.0, 0.2, 0.5), (600.0, 800.0, 0.2, 0.5)])
    long = opened(tmp_path / "b", [(0.0, 200.0, 0.2, 0.5), (800.0, 1000.0, 0.2, 0.5)])
    assert analysed(short, LEFT).people[0].metrics["left"].visits == 1
    assert analysed(long, LEFT).people[0].metrics["left"].visits == 2


def test_a_stimulus_is_analysed_in_its_own_units_and_from_its_onset(tmp_path: Path) -> None:
    picture = (200.0, 100.0, 400.0, 200.0)  # in px of a screen of 1000 x 500
    lines = [stimulus_line("start", "cat", 1000.0, picture), stimulus_line("end", "cat", 2000.0)]
    fixations = [(100.0, 900.0, 0.3, 0.3), (900.0, 1300.0, 0.3, 0.3), (1400.0, 2400.0, 0.5, 0.5)]
    line = opened(tmp_path / "r", fixations, *lines)
    found = analysed(line, {"name": "head", "shape": "rectangle", "points": [[0.0, 0.0], [0.5, 0.5]]}, stimulus="cat")
    (look,) = found.people[0].looks
    assert found.size_px == (400.0, 200.0)
    assert list(zip(look.start_ms, look.end_ms, look.x.round(3), look.y.round(3), strict=True)) == [
        (0.0, 300.0, 0.25, 0.25),
        (400.0, 1000.0, 0.75, 0.75),
    ], "cut off at onset and end"
    assert found.people[0].metrics["head"].fixation_ms == 300.0
    assert found.people[0].shown_ms == 1000.0


def test_a_span_counts_from_the_onset(tmp_path: Path) -> None:
    lines = [stimulus_line("start", "cat", 1000.0), stimulus_line("end", "cat", 2000.0)]
    line = opened(tmp_path / "r", [(1000.0, 1200.0, 0.2, 0.5), (1500.0, 1900.0, 0.2, 0.5)], *lines)
    metrics = analysed(line, LEFT, stimulus="cat", span_ms=[400, 800]).people[0].metrics["left"]
    assert (metrics.fixation_count, metrics.fixation_ms, metrics.time_to_first_fixation_ms) == (1, 300.0, 500.0)


def test_several_showings_of_a_stimulus_are_added(tmp_path: Path) -> None:
    lines = [
        stimulus_line(phase, "cat", at) for phase, at in (("start", 0), ("end", 500), ("start", 1000), ("end", 1500))
    ]
    line = opened(tmp_path / "r", [(100.0, 300.0, 0.2, 0.5), (1200.0, 1300.0, 0.2, 0.5)], *lines, duration_ms=2000.0)
    metrics = analysed(line, LEFT, stimulus="cat").people[0].metrics["left"]
    assert (metrics.fixation_count, metrics.fixation_ms, metrics.visits) == (2, 300.0, 2)
    assert (metrics.time_to_first_fixation_ms, metrics.first_fixation_duration_ms) == (150.0, 150.0)


def test_areas_stay_on_a_page_that_scrolls(tmp_path: Path) -> None:
    page = [
        stimulus_line("start", "shop", 0.0, (0, 0, 1000, 2000), kind="page", view=[0, 0, 1000, 400]),
        stimulus_line("move", "shop", 1000.0, (0, -1000, 1000, 2000)),
    ]
    line = opened(
        tmp_path / "r",
        [(100.0, 300.0, 0.5, 0.5), (1200.0, 1500.0, 0.5, 0.5), (1600.0, 1700.0, 0.5, 0.9)],  # the last below the view
        *page,
    )
    top = {"name": "top", "shape": "rectangle", "points": [[0.0, 0.0], [1.0, 0.5]]}
    foot = {"name": "foot", "shape": "rectangle", "points": [[0.0, 0.5], [1.0, 1.0]]}
    found = analysed(line, top, foot, stimulus="shop")
    assert {name: one.fixation_ms for name, one in found.people[0].metrics.items()} == {"top": 200.0, "foot": 300.0}
    assert found.people[0].metrics["top"].share == pytest.approx(200.0 / 600.0), "of all fixations while it was shown"
    assert found.heat.values.shape == (256, 128)


def test_the_persons_error_decides_how_sure_a_hit_is(tmp_path: Path) -> None:
    for error_px, low, high in ((10.0, 0.99, 1.0), (100.0, 0.3, 0.7)):
        line = opened(tmp_path / f"{error_px:g}", [(0.0, 400.0, 0.5, 0.5)], accuracy_line(error_px))
        box = {"name": "box", "shape": "rectangle", "points": [[0.4, 0.3], [0.6, 0.7]]}  # 200 x 200 px
        certainty = analysed(line, box).people[0].metrics["box"].certainty
        assert certainty is not None
        assert low <= certainty <= high


def test_without_a_known_error_there_is_no_certainty(tmp_path: Path) -> None:
    found = analysed(opened(tmp_path / "r", KNOWN), LEFT)
    assert found.people[0].metrics["left"].fixation_count == 3
    answer = analysis_json(found)
    assert answer["areas"][0]["certainty_in_middle"] is None
    person = answer["people"][0]
    assert (person["areas"]["left"]["certainty"], person["areas"]["left"]["expected_ms"]) == (None, None)
    assert {fixation["certainty"] for fixation in person["fixations"]} == {None}
    assert "accuracy_unknown" in {warning["code"] for warning in answer["warnings"]}


def test_an_area_smaller_than_the_error_gets_a_margin_and_a_warning(tmp_path: Path) -> None:
    small = {"name": "icon", "shape": "rectangle", "points": [[0.49, 0.48], [0.51, 0.52]]}  # 20 x 20 px
    beside: list[Known] = [(0.0, 400.0, 0.53, 0.5)]  # 20 px from its edge
    rough = analysed(opened(tmp_path / "a", beside, accuracy_line(80.0)), small)
    assert rough.people[0].metrics["icon"].looked
    assert [caution.code for caution in rough.cautions if caution.area == "icon"] == ["area_too_small"]
    sharp = analysed(opened(tmp_path / "b", beside, accuracy_line(5.0)), small)
    assert not sharp.people[0].metrics["icon"].looked
    assert not [caution for caution in sharp.cautions if caution.area]


def test_of_nested_areas_both_are_hit_and_the_inner_one_counts_for_the_sequence(tmp_path: Path) -> None:
    line = opened(tmp_path / "r", [(0.0, 200.0, 0.1, 0.1), (300.0, 500.0, 0.2, 0.5)], accuracy_line(20.0))
    button = {"name": "button", "shape": "rectangle", "points": [[0.1, 0.4], [0.3, 0.6]]}
    found = analysed(line, LEFT, button)
    assert {name: one.fixation_count for name, one in found.people[0].metrics.items()} == {"left": 2, "button": 1}
    assert found.people[0].sequence == ("left", "button")


def test_places_on_a_page_that_becomes_longer_are_those_of_the_whole_page() -> None:
    """It is 1000 px high when it appears, and 2000 px when its pictures have loaded."""
    lines = [
        stimulus_line("start", "shop", 0.0, (0, 0, 1000, 1000), kind="page"),
        stimulus_line("move", "shop", 300.0, (0, -200, 1000, 2000), kind="page"),
        stimulus_line("end", "shop", 900.0),
    ]
    (shown,) = presentations(lines, [], ScreenGeometry(1000, 500), START_MS, 1000.0)
    assert [place[2:] for place in shown.places] == [(0.0, 1.0, 4.0), (-0.4, 1.0, 4.0)]
    assert shown.size_px(ScreenGeometry(1000, 500)) == (1000.0, 2000.0)


def test_areas_that_a_page_reported_move_with_the_page(tmp_path: Path) -> None:
    def reported(at_ms: float, x_px: float) -> dict[str, Any]:
        area = {"id": "#price", "x_px": x_px, "y_px": 0.0, "width_px": 200.0, "height_px": 500.0}
        return {"type": "areas", "session": "s_1", "timestamp": 1_763_843_912_000.0 + at_ms, "areas": [area]}

    line = opened(
        tmp_path / "r", [(0.0, 300.0, 0.1, 0.5), (1000.0, 1200.0, 0.1, 0.5)], reported(0.0, 0.0), reported(800.0, 600.0)
    )
    metrics = analysed(line, reported_areas=True).people[0].metrics
    assert list(metrics) == ["#price"]
    assert (metrics["#price"].fixation_count, metrics["#price"].fixation_ms) == (1, 300.0)
    assert analysed(line).names == ()


def test_people_who_did_not_see_the_stimulus_are_left_out_with_a_warning(tmp_path: Path) -> None:
    saw = opened(tmp_path / "a", KNOWN, stimulus_line("start", "cat", 0.0), person="Ada")
    others = opened(tmp_path / "b", KNOWN, person="Ben")
    found = analyse([Subject(saw), Subject(others)], request_from({"stimulus": "cat", "areas": [LEFT]}))
    assert [person.subject.person for person in found.people] == ["Ada"]
    assert [caution.recording for caution in found.cautions if caution.code == "not_shown"] == ["b"]
    with pytest.raises(AnalysisError, match="no stimulus 'dog' in these recordings; they have cat"):
        analyse([Subject(saw)], request_from({"stimulus": "dog"}))


def test_marks_divide_a_recording_without_stimuli(tmp_path: Path) -> None:
    marks = [mark_line("trial 1", 0.0), mark_line("trial 2", 1000.0)]
    line = opened(tmp_path / "r", KNOWN, *marks)
    assert [(one.name, one.kind, one.start_ms, one.end_ms) for one in line.stimuli] == [
        ("trial 1", "mark", 0.0, 1000.0),
        ("trial 2", "mark", 1000.0, 1720.0),
    ]
    assert analysed(line, LEFT, stimulus="trial 2").people[0].metrics["left"].fixation_count == 1


def test_marks_can_name_a_stimulus(tmp_path: Path) -> None:
    marks = [mark_line("begin", 0.0), mark_line("stimulus: cat", 200.0), mark_line("stimulus end", 900.0)]
    line = opened(tmp_path / "r", KNOWN, *marks)
    assert [(one.name, one.kind, one.start_ms, one.end_ms) for one in line.stimuli] == [
        ("cat", "picture", 200.0, 900.0)
    ]


def test_the_heat_map_shows_milliseconds_of_fixation(tmp_path: Path) -> None:
    line = opened(tmp_path / "r", [(0.0, 400.0, 0.25, 0.5), (500.0, 700.0, 0.75, 0.5)], accuracy_line(30.0))
    values = analysed(line).heat.values
    assert values.shape == (64, 128)
    assert values.max() == pytest.approx(400.0, rel=0.03)
    assert divmod(int(values.argmax()), 128)[1] in (31, 32)
    assert values[32, 95:97].max() == pytest.approx(200.0, rel=0.03)
    assert values[32, 64] < 5.0


def test_the_answer_can_be_sent_and_written_as_tables(tmp_path: Path) -> None:
    found = analysed(opened(tmp_path / "r", KNOWN, accuracy_line(20.0)), LEFT, RIGHT)
    answer = analysis_json(found)
    assert answer["people"][0]["areas"]["left"]["fixation_count"] == 3
    assert answer["people"][0]["fixations"][2]["area"] is None
    assert answer["groups"]["left"]["looked"] == {"mean": 1.0, "low": pytest.approx(0.2065), "high": 1.0, "n": 1}
    assert len(answer["heat"]["values"]) == answer["heat"]["width"] * answer["heat"]["height"]
    assert "r,Ada,,,left,true,3,200.0,300.0,600.0" in csv_text(metrics_table(found))
    assert csv_text(fixations_table(found)).splitlines()[1] == "r,Ada,,1,0,200.0,300.0,0.2,0.5,left,1.0"
    assert csv_text(transitions_table(found)).splitlines()[3] == ",right,left,1,1.0"


def test_a_look_outside_of_the_visible_part_of_a_page_ends_a_visit_and_is_a_move(tmp_path: Path) -> None:
    page = stimulus_line("start", "shop", 0.0, (0, 0, 1000, 500), kind="page", view=[0, 0, 1000, 400])
    seen: list[Known] = [(0.0, 200.0, 0.2, 0.5), (240.0, 400.0, 0.2, 0.9), (440.0, 600.0, 0.2, 0.5)]
    found = analysed(opened(tmp_path / "r", seen, page), LEFT, stimulus="shop")
    left = found.people[0].metrics["left"]
    assert (left.visits, left.revisits, left.dwell_ms) == (2, 1, 360.0)
    assert found.transitions.tolist() == [[0, 1], [1, 0]]


def test_one_visit_in_each_showing_is_no_revisit(tmp_path: Path) -> None:
    lines = [stimulus_line(phase, "cat", at) for phase, at in (("start", 0), ("end", 500), ("start", 500))]
    seen: list[Known] = [(100.0, 300.0, 0.2, 0.5), (600.0, 800.0, 0.2, 0.5), (1500.0, 1700.0, 0.2, 0.5)]
    metrics = analysed(opened(tmp_path / "r", seen, *lines), LEFT, stimulus="cat").people[0].metrics["left"]
    assert (metrics.visits, metrics.revisits) == (3, 1), "the second showing has two"


def test_a_fixation_over_the_onset_counts_from_it_and_a_rest_that_is_too_short_does_not(tmp_path: Path) -> None:
    lines = [stimulus_line("start", "cat", 1000.0), stimulus_line("end", "cat", 2000.0)]
    seen: list[Known] = [(800.0, 1059.0, 0.2, 0.5), (1100.0, 1300.0, 0.2, 0.5), (1900.0, 2300.0, 0.8, 0.5)]
    found = analysed(opened(tmp_path / "r", seen, *lines), LEFT, RIGHT, stimulus="cat")
    left, right = (found.people[0].metrics[name] for name in ("left", "right"))
    assert (left.fixation_count, left.time_to_first_fixation_ms, left.first_fixation_duration_ms) == (1, 100.0, 200.0)
    assert (right.time_to_first_fixation_ms, right.first_fixation_duration_ms) == (900.0, 100.0)
    assert left.share == pytest.approx(200.0 / 300.0)


def test_a_fixation_in_two_areas_counts_in_both_and_moves_are_those_of_the_smaller_one(tmp_path: Path) -> None:
    middle = {"name": "middle", "shape": "rectangle", "points": [[0.3, 0.2], [0.7, 0.8]]}
    seen: list[Known] = [(0.0, 200.0, 0.35, 0.5), (300.0, 500.0, 0.2, 0.5), (600.0, 800.0, 0.65, 0.5)]
    found = analysed(opened(tmp_path / "r", seen, accuracy_line(1.0)), LEFT, middle, RIGHT)
    counts = {name: metrics.fixation_count for name, metrics in found.people[0].metrics.items()}
    assert counts == {"left": 2, "middle": 2, "right": 1}
    assert [round(one.share or 0.0, 3) for one in found.people[0].metrics.values()] == [0.667, 0.667, 0.333]
    assert found.people[0].sequence == ("middle", "left", "middle")
    assert found.transitions[:3, :3].tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize(("lost_ms", "fixations", "visits"), [(160.0, 1, 1), (400.0, 2, 1), (720.0, 2, 2)])
def test_lost_data_in_a_fixation_ends_it_and_its_visit_only_when_it_is_long(
    tmp_path: Path, lost_ms: float, fixations: int, visits: int
) -> None:
    """Our detector bridges 300 ms, and a visit 500 ms."""
    times = [40.0 * number for number in range(50)]
    lines = [gaze_line(at, None if 600.0 <= at < 600.0 + lost_ms else (0.2, 0.5)) for at in times]
    metrics = analysed(timeline(open_recording(write_lines(tmp_path / "r", lines))), LEFT).people[0].metrics["left"]
    assert (metrics.fixation_count, metrics.visits) == (fixations, visits)
    here_ms = times[-1] - (0.0 if visits == 1 else lost_ms + 40.0)
    assert metrics.dwell_ms == pytest.approx(here_ms, abs=1.0)


def test_a_recording_without_a_point_has_no_looks_and_an_empty_one_is_refused(tmp_path: Path) -> None:
    lost = [gaze_line(40.0 * number, None) for number in range(20)]
    line = timeline(open_recording(write_lines(tmp_path / "lost", [stimulus_line("start", "cat", 0.0), *lost])))
    found = analysed(line, LEFT, stimulus="cat")
    metrics = found.people[0].metrics["left"]
    assert (metrics.looked, metrics.share, metrics.there_ms) == (False, None, 760.0)
    assert (found.people[0].sequence, found.transitions.sum(), found.heat.max_ms) == ((), 0, 0.0)
    assert {"much_lost", "no_fixations"} <= {caution.code for caution in found.cautions}
    empty = timeline(open_recording(write_lines(tmp_path / "empty", [])))
    with pytest.raises(AnalysisError, match="no samples in this time"):
        analysed(empty, LEFT)
