from __future__ import annotations

from typing import Any

import pytest

from server.recordings.notes import Notes
from tests.support.server import NOW_MS

MARK = {"type": "mark", "session": "s_1", "label": "page 2", "timestamp": NOW_MS + 5.0}
CALIBRATION = {"type": "calibration", "state": "done", "calibration": "c_1", "report": {}, "request_id": 4}
VALIDATION = {"type": "validation", "state": "done", "result": {"points": []}}


def test_marks_calibrations_and_validations_are_kept_with_session_and_time() -> None:
    notes = Notes("s_1")
    assert notes.take(MARK, NOW_MS) == MARK
    line = notes.take(CALIBRATION, NOW_MS)
    assert line == {
        **{"type": "calibration", "state": "done", "calibration": "c_1", "report": {}},
        **{"session": "s_1", "timestamp": NOW_MS},
    }
    assert notes.take(VALIDATION, NOW_MS + 1.0) == {**VALIDATION, "session": "s_1", "timestamp": NOW_MS + 1.0}


@pytest.mark.parametrize(
    "message",
    [
        {"type": "calibration", "state": "collecting", "n_valid": 3},
        {"type": "calibration", "state": "failed", "reason": "no"},
        {"type": "validation", "state": "started"},
        {"type": "heatmap", "state": "cleared"},
        {"type": "drift", "state": "done"},
        {"type": "error", "code": "bad_user", "message": "no"},
    ],
)
def test_everything_else_is_let_go(message: dict[str, Any]) -> None:
    notes = Notes("s_1")
    assert notes.take(message, NOW_MS) is None
    assert notes.current() == []


def test_what_is_in_force_is_the_last_calibration_and_what_was_measured_of_it() -> None:
    notes = Notes("s_1")
    notes.take(MARK, NOW_MS)
    first = [notes.take(CALIBRATION, NOW_MS), notes.take(VALIDATION, NOW_MS + 1.0)]
    assert notes.current() == first
    loaded = notes.take({**CALIBRATION, "state": "loaded", "calibration": "c_2"}, NOW_MS + 2.0)
    assert notes.current() == [loaded], "what was measured before was another calibration's"
