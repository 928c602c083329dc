"""Writes CSV and NDJSON: one row or line for each sample, in the order of capture. Absent values are empty cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from server.analysis.tables import csv_text, write_csv_rows
from server.export.areas import Analyses, area_messages, drawn_areas, fixations_on, metrics_of
from server.export.stimuli import COLUMNS as STIMULUS_COLUMNS
from server.export.stimuli import Pictures, stimulus_rows, write_pictures
from server.protocol.replies import encode
from server.recordings.gaze_log import GazeRecording, Message

Get = Callable[[Message], Any]


def _at(*path: str) -> Get:
    def get(message: Message) -> Any:
        value: Any = message
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value

    return get


NO_PICTURES: Pictures = MappingProxyType({})
MOMENTS = ("mark", "calibration", "validation")  # events without an end


def _first(message: Message, *paths: tuple[str, ...]) -> Any:
    return next((value for path in paths if (value := _at(*path)(message)) is not None), None)


SAMPLE_COLUMNS: Mapping[str, Get] = {
    **{name: _at(name) for name in ("session", "seq", "timestamp", "latency_ms", "valid", "status")},
    **{name: _at(name) for name in ("x", "y", "x_px", "y_px", "on_screen", "error_px", "confidence")},
    **{"raw_x": _at("raw", "x"), "raw_y": _at("raw", "y")},
    **{"gaze_yaw_deg": _at("gaze", "yaw"), "gaze_pitch_deg": _at("gaze", "pitch")},
    **{f"{side}_openness": _at("eyes", side, "openness") for side in ("left", "right")},
    **{f"head_{angle}_deg": _at("head", angle) for angle in ("yaw", "pitch", "roll")},
    **{f"head_{axis}_mm": _at("head", axis) for axis in ("x", "y", "z")},
    **{"event": _at("event"), "fixation_id": _at("fixation", "id"), "calibration": _at("calibration")},
    # The target of a calibration or a validation, in session folders only.
    **{"phase": _at("phase"), "target_id": _at("target", "id"), "target_x": _at("target", "x")},
    **{"target_y": _at("target", "y")},
    # The areas of interest in which the point lies.
    "aoi": lambda message: ";".join(message.get("aoi") or ()),
}

EVENT_COLUMNS: Mapping[str, Get] = {
    "type": _at("type"),
    "id": _at("id"),
    "start": _at("start"),
    "end": lambda message: None if message["type"] in MOMENTS else message["timestamp"],
    "duration_ms": _at("duration_ms"),
    **{name: _at(name) for name in ("x", "y", "x_px", "y_px", "dispersion")},
    **{"from_x": _at("from", "x"), "from_y": _at("from", "y"), "to_x": _at("to", "x"), "to_y": _at("to", "y")},
    "label": _at("label"),
    # The median error: of a calibration the expected one, of a validation the measured one. Validations of older
    # recordings have only the mean offset of their dots.
    "calibration": lambda message: message.get("calibration") or _at("result", "calibration")(message),
    "error_px": lambda message: _first(
        message, ("report", "median_error_px"), ("result", "error", "px"), ("result", "accuracy", "px")
    ),
    "error_deg": lambda message: _first(
        message, ("report", "median_error_deg"), ("result", "error", "deg"), ("result", "accuracy", "deg")
    ),
    # A dwell has one row when it selects, and one when the gaze leaves.
    **{name: _at(name) for name in ("phase", "dwell_ms", "progress")},
}

AREA_COLUMNS: Mapping[str, Get] = {
    name: _at(name) for name in ("timestamp", "id", "x_px", "y_px", "width_px", "height_px", "dwell_ms", "repeat")
}


def write_csv(
    recording: GazeRecording, out: Path, *, pictures: Pictures = NO_PICTURES, analyses: Analyses = ()
) -> list[Path]:
    """Writes OUT/NAME_gaze.csv and OUT/NAME_events.csv. Returns the paths.

    With areas of a page also OUT/NAME_areas.csv, with a row for each rectangle, again after each change of the areas.
    With stimuli also OUT/NAME_stimuli.csv, their pictures in OUT/NAME_stimuli, and OUT/NAME_fixations.csv. With areas
    from the lab also OUT/NAME_drawn_areas.csv and OUT/NAME_area_metrics.csv.
    """
    moments = (*recording.marks, *recording.calibrations, *recording.validations)
    events: list[Message] = [*recording.events, *recording.visits]
    events += [{**moment, "start": moment["timestamp"]} for moment in moments]
    events.sort(key=lambda event: float(event.get("start") or event["timestamp"]))
    written = [
        _write(out / f"{recording.name}_gaze.csv", SAMPLE_COLUMNS, recording.samples),
        _write(out / f"{recording.name}_events.csv", EVENT_COLUMNS, events),
    ]
    if recording.areas:
        areas = [
            {**area, "timestamp": message["timestamp"]} for message in recording.areas for area in message["areas"]
        ]
        written.append(_write(out / f"{recording.name}_areas.csv", AREA_COLUMNS, areas))
    if stimuli := stimulus_rows(recording, pictures):
        path = out / f"{recording.name}_stimuli.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            write_csv_rows(file, STIMULUS_COLUMNS, stimuli)
        written += [path, *write_pictures(out / f"{recording.name}_stimuli", pictures)]
    for kind, table in (
        ("fixations", fixations_on(analyses)),
        ("drawn_areas", drawn_areas(analyses)),
        ("area_metrics", metrics_of(analyses)),
    ):
        if table is not None:
            written.append(out / f"{recording.name}_{kind}.csv")
            written[-1].write_text(csv_text(table), encoding="utf-8", newline="")
    return written


def write_ndjson(recording: GazeRecording, out: Path, *, analyses: Analyses = ()) -> list[Path]:
    """Writes OUT/NAME.ndjson: all messages of the recording in the order of time. Returns the paths.

    With areas from the lab also the areas, and each fixation on them (`server.export.areas.area_messages`).
    """
    path = out / f"{recording.name}.ndjson"
    messages = [*area_messages(recording, analyses), *recording.messages()]
    messages.sort(key=lambda message: float(message["timestamp"]))
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(encode(message) + "\n" for message in messages)
    return [path]


def _write(path: Path, columns: Mapping[str, Get], messages: Any) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        write_csv_rows(file, columns, ([get(message) for get in columns.values()] for message in messages))
    return path
