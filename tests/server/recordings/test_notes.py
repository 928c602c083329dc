from __future__ import annotations

import pytest
from msgspec import structs

from server.protocol.calibration import (
    CalibrationActive,
    CalibrationCollecting,
    CalibrationFailed,
    DriftStep,
    ValidationCancelled,
    ValidationDone,
)
from server.protocol.events import AreaEvent, AreasEvent, PlacedArea, StimulusEvent
from server.protocol.replies import to_wire
from server.protocol.session import ErrorReply, HeatmapReply
from server.protocol.types import ServerMessage
from server.recordings.notes import Notes
from tests.support.gaze_messages import mark
from tests.support.protocol_document import examples, typed
from tests.support.server import NOW_MS

MARK = mark("page 2")
ANSWERS = [typed(message)[0] for message in examples("server") if "state" in message]
CALIBRATION = next(answer for answer in ANSWERS if isinstance(answer, CalibrationActive))
VALIDATION = next(answer for answer in ANSWERS if isinstance(answer, ValidationDone))


def test_marks_calibrations_and_validations_are_kept_with_session_and_time() -> None:
    notes = Notes("s_1")
    assert notes.take(MARK, NOW_MS) == to_wire(MARK)
    line = notes.take(CALIBRATION, NOW_MS)
    assert line == {**to_wire(CALIBRATION), "session": "s_1", "timestamp": NOW_MS}
    assert notes.take(VALIDATION, NOW_MS + 1.0) == {**to_wire(VALIDATION), "session": "s_1", "timestamp": NOW_MS + 1.0}


@pytest.mark.parametrize(
    "message",
    [
        CalibrationCollecting("collecting", 1, 3, False),
        CalibrationFailed("failed", "no"),
        ValidationCancelled("cancelled"),
        HeatmapReply("cleared"),
        DriftStep("undone"),
        ErrorReply("bad_user", "no"),
    ],
)
def test_other_messages_are_not_kept(message: ServerMessage) -> None:
    notes = Notes("s_1")
    assert notes.take(message, NOW_MS) is None
    assert notes.current() == []


def test_a_recording_begins_with_the_active_calibration_and_its_validation() -> None:
    notes = Notes("s_1")
    notes.take(MARK, NOW_MS)
    first = [notes.take(CALIBRATION, NOW_MS), notes.take(VALIDATION, NOW_MS + 1.0)]
    assert notes.current() == first
    loaded = notes.take(structs.replace(CALIBRATION, state="loaded", calibration="c_2"), NOW_MS + 2.0)
    assert notes.current() == [loaded], "what was measured before was another calibration's"


def test_areas_and_visits_are_kept_and_a_recording_begins_with_those_of_the_moment() -> None:
    notes = Notes("s_1")
    areas = AreasEvent("s_1", NOW_MS, (PlacedArea("a", 1.0, 2.0, 3.0, 4.0, None, False),))
    entered = AreaEvent("s_1", NOW_MS + 1.0, "start", "a", NOW_MS + 1.0, 0.0)
    assert notes.take(areas, NOW_MS) == to_wire(areas)
    assert notes.take(entered, NOW_MS + 50.0) == to_wire(entered)
    assert notes.current() == [to_wire(areas), to_wire(entered)]
    left = structs.replace(entered, phase="end", timestamp=NOW_MS + 9.0)
    assert notes.take(left, NOW_MS + 60.0) == to_wire(left)
    assert notes.current() == [to_wire(areas)]


def test_a_recording_begins_with_the_stimulus_that_is_shown_at_its_newest_place() -> None:
    notes = Notes("s_1")
    shown = StimulusEvent("s_1", NOW_MS, "start", "shop", "page", 0.0, 0.0, 800.0, 5_000.0)
    assert notes.take(shown, NOW_MS) == to_wire(shown)
    moved = structs.replace(shown, phase="move", timestamp=NOW_MS + 1.0, y_px=-400.0)
    notes.take(moved, NOW_MS + 1.0)
    notes.take(structs.replace(moved, name="another", y_px=-900.0), NOW_MS + 2.0)
    assert notes.current() == [{**to_wire(moved), "phase": "start"}]
    notes.take(structs.replace(moved, phase="end"), NOW_MS + 3.0)
    assert notes.current() == []
