"""The rows of `_events.tsv`: stimuli, marks, targets, calibrations, validations.

Onsets are seconds from the first sample. A calibration that was made before it has a negative onset.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from server.export.bids_files import MISSING, one_line
from server.export.stimuli import Pictures, picture_name, places_px, shown
from server.recordings.gaze_log import GazeRecording, Message

HEADER = ("onset", "duration", "trial_type", "label")
STIMULUS_HEADER = ("stim_file", "stimulus_x", "stimulus_y", "stimulus_width", "stimulus_height")
DESCRIPTIONS: Mapping[str, Mapping[str, str]] = {
    "trial_type": {
        "Description": "recording: the whole recording; stimulus: a showing of a stimulus; stimulus_move: it has "
        "another place from then on; mark: a moment that the experiment has marked; "
        "calibrate, test: a target of a calibration or a validation; calibration, validation: its time, negative when "
        "it was made before the recording"
    },
    "label": {
        "Description": "The name of a stimulus; the label of a mark; a target (dot) with its place in 0..1 of the "
        "screen; a calibration with its predicted error on targets left out of the fit; a validation with the "
        "measured error"
    },
}


_SIDES = {"stimulus_x": "left edge", "stimulus_y": "upper edge", "stimulus_width": "width", "stimulus_height": "height"}
STIMULUS_DESCRIPTIONS: Mapping[str, Mapping[str, str]] = {
    "stim_file": {"Description": "The picture of the stimulus, below stimuli/"},
    **{
        name: {"Description": f"{side.capitalize()} of the stimulus on the screen, CSS pixels", "Units": "pixel"}
        for name, side in _SIDES.items()
    },
}


def table(recording: GazeRecording, pictures: Pictures) -> tuple[tuple[str, ...], list[list[Any]]]:
    """Header and rows; with the columns of stimuli only if there are some."""
    rows = event_rows(recording)
    stimuli = _stimulus_rows(recording, pictures)
    if not stimuli:
        return HEADER, rows
    rows = [[*row, *(None,) * len(STIMULUS_HEADER)] for row in rows] + stimuli
    return (*HEADER, *STIMULUS_HEADER), sorted(rows, key=lambda row: float(row[0]))


def _stimulus_rows(recording: GazeRecording, pictures: Pictures) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for one in shown(recording):
        file = picture_name(one.name, pictures[one.name]) if one.name in pictures else None
        for number, (at_ms, sides) in enumerate(places_px(recording, one)):
            duration_s = round((one.end_ms - one.start_ms) / 1000.0, 4) if number == 0 else 0.0
            kind = "stimulus" if number == 0 else "stimulus_move"
            rows.append([round(at_ms / 1000.0, 4), duration_s, kind, one_line(one.name), file, *sides])
    return rows


def event_rows(recording: GazeRecording) -> list[list[Any]]:
    start_ms = recording.start_ms

    def at(time_ms: float) -> float:
        return round((time_ms - start_ms) / 1000.0, 4)

    rows: list[list[Any]] = [[0.0, at(recording.end_ms), "recording", MISSING]]
    rows += [[at(mark["timestamp"]), 0.0, "mark", one_line(str(mark["label"]))] for mark in recording.marks]
    rows += [[at(m["timestamp"]), 0.0, "calibration", _calibration(m)] for m in recording.calibrations]
    rows += [[at(m["timestamp"]), 0.0, "validation", _validation(m)] for m in recording.validations]
    for visit in _visits(recording):
        start, end, target = float(visit[0]["timestamp"]), float(visit[-1]["timestamp"]), visit[0]["target"]
        label = f"dot {target['id']} at {target['x']:.4f} {target['y']:.4f}"
        rows.append([at(start), round((end - start) / 1000.0, 4), visit[0]["phase"], label])
    rows.sort(key=lambda row: float(row[0]))
    return rows


def _calibration(message: Message) -> str:
    report = message.get("report") or {}
    return _figures(
        message.get("calibration"), "median error", report.get("median_error_px"), report.get("median_error_deg")
    )


def _validation(message: Message) -> str:
    result = message["result"]
    error, accuracy = result.get("error"), result.get("accuracy") or {}
    if error is None:  # recordings of older versions, and a dot without frames
        return _figures(result.get("calibration"), "accuracy", accuracy.get("px"), accuracy.get("deg"))
    return _figures(result.get("calibration"), "median error", error.get("px"), error.get("deg"))


def _figures(calibration: object, what: str, px: float | None, deg: float | None) -> str:
    figure = "not known" if px is None else f"{px:.1f} px" if deg is None else f"{px:.1f} px, {deg:.2f} deg"
    return one_line(f"{calibration or ''} {what} {figure}")


def _visits(recording: GazeRecording) -> list[list[Message]]:
    """The samples of each visit of a target, in the order of time."""
    runs = groupby(recording.samples, key=lambda s: (s.get("phase"), (s.get("target") or {}).get("id")))
    return [list(run) for (phase, target_id), run in runs if phase and target_id is not None]
