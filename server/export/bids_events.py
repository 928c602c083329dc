"""The rows of `_events.tsv`: marks, targets, calibrations, validations.

Onsets are seconds from the first sample. A calibration that was active before it has a negative onset.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from server.export.bids_files import MISSING, one_line
from server.recordings.gaze_log import GazeRecording, Message

HEADER = ("onset", "duration", "trial_type", "label")
DESCRIPTIONS: Mapping[str, Mapping[str, str]] = {
    "trial_type": {
        "Description": "recording: the whole of it; mark: a moment that the experiment has marked; "
        "calibrate, test: a dot to look at, of a calibration or a validation; calibration, validation: its beginning, "
        "before 0 for those that were active when the recording began"
    },
    "label": {
        "Description": "The mark's own words; the dot with its place in 0..1 of the screen; the calibration and its "
        "error: of a calibration as expected from dots left out of its fit, of a validation as measured"
    },
}


def event_rows(recording: GazeRecording) -> list[list[Any]]:
    start_ms = recording.start_ms

    def at(time_ms: float) -> float:
        return round((time_ms - start_ms) / 1000.0, 4)

    rows: list[list[Any]] = [[0.0, at(recording.end_ms), "recording", MISSING]]
    rows += [[at(mark["timestamp"]), 0.0, "mark", one_line(str(mark["label"]))] for mark in recording.marks]
    rows += [[at(m["timestamp"]), 0.0, "calibration", _calibration(m)] for m in recording.calibrations]
    rows += [[at(m["timestamp"]), 0.0, "validation", _validation(m)] for m in recording.validations]
    for dot in _dots(recording):
        start, end = float(dot[0]["timestamp"]), float(dot[-1]["timestamp"])
        place = f"dot {dot[0]['target']['id']} at {dot[0]['target']['x']:.4f} {dot[0]['target']['y']:.4f}"
        rows.append([at(start), round((end - start) / 1000.0, 4), dot[0]["phase"], place])
    rows.sort(key=lambda row: float(row[0]))
    return rows


def _calibration(message: Message) -> str:
    report = message.get("report") or {}
    return _figures(
        message.get("calibration"), "median error", report.get("median_error_px"), report.get("median_error_deg")
    )


def _validation(message: Message) -> str:
    result = message["result"]
    accuracy = result.get("accuracy") or {}
    return _figures(result.get("calibration"), "accuracy", accuracy.get("px"), accuracy.get("deg"))


def _figures(calibration: object, what: str, px: float | None, deg: float | None) -> str:
    figure = "not known" if px is None else f"{px:.1f} px" if deg is None else f"{px:.1f} px, {deg:.2f} deg"
    return one_line(f"{calibration or ''} {what} {figure}")


def _dots(recording: GazeRecording) -> list[list[Message]]:
    """The samples of each target, in the order of their visits."""
    runs = groupby(recording.samples, key=lambda s: (s.get("phase"), (s.get("target") or {}).get("id")))
    return [list(run) for (phase, target_id), run in runs if phase and target_id is not None]
