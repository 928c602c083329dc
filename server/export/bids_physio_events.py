"""Writes `_physioevents.tsv.gz` and its sidecar: fixations, saccades, blinks, visits of areas, marks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from server.export.areas import Analyses, AreaFixation, area_fixations
from server.export.bids_files import MISSING, one_line, write_json, write_tsv_gz
from server.export.stimuli import name_at, shown
from server.recordings.gaze_log import GazeRecording, Message


def write_physio_events(folder: Path, stem: str, recording: GazeRecording, analyses: Analyses) -> list[Path]:
    """analyses: with the areas from the lab."""
    when = "after the recording" if recording.events_detected_offline else "while recording"
    columns = {
        "onset": {"Description": "Start of the event, on the clock of the samples", "Units": "ms"},
        "duration": {"Description": "Duration of the event", "Units": "s"},
        "trial_type": {
            "Description": f"fixation, saccade or blink, detected {when}; aoi: a visit of an area of interest; dwell: "
            "rest on an area; select: the moment at which a dwell has selected its area; area_fixation: a fixation on "
            "an area that was drawn afterwards, as far as it lies in the area's time, for each area that it hit"
        },
        "x_coordinate": {"Description": "Centre of a fixation, from the left edge of the screen", "Units": "pixel"},
        "y_coordinate": {"Description": "Centre of a fixation, from the upper edge of the screen", "Units": "pixel"},
        "message": {"Description": "The label of a mark, or the name of an area of interest"},
    }
    stimuli = shown(recording)
    start_ms = recording.start_ms
    rows = [[*_physio_event(event), name_at(stimuli, event["start"] - start_ms)] for event in recording.events]
    rows += [[*_visit(visit), None] for visit in recording.visits]
    rows += [[m["timestamp"], 0.0, MISSING, None, None, one_line(str(m["label"])), None] for m in recording.marks]
    on_areas = [_on_area(one, recording) for one in area_fixations(analyses)]
    rows += on_areas
    if stimuli or on_areas:
        columns["stimulus"] = {"Description": "The stimulus that was shown at the onset"}
    else:
        rows = [row[:-1] for row in rows]
    rows.sort(key=lambda row: float(row[0]))
    sidecar = {
        "Description": f"Gaze events, detected {when} in units of the gaze's noise, and marks of the experiment",
        "Columns": list(columns),
        "OnsetSource": "timestamp",
        **_areas(recording),
        **columns,
    }
    return [write_tsv_gz(folder / f"{stem}.tsv.gz", rows), write_json(folder / f"{stem}.json", sidecar)]


def _physio_event(event: Message) -> list[Any]:
    duration_s = round(event["duration_ms"] / 1000.0, 4)
    return [event["start"], duration_s, event["type"], event.get("x_px"), event.get("y_px"), None]


def _on_area(one: AreaFixation, recording: GazeRecording) -> list[Any]:
    stimulus = None if one.stimulus is None else one_line(one.stimulus)
    place_px = (round(one.x * recording.screen.width_px, 1), round(one.y * recording.screen.height_px, 1))
    duration_s = round((one.end_ms - one.start_ms) / 1000.0, 4)
    return [recording.start_ms + one.start_ms, duration_s, "area_fixation", *place_px, one_line(one.area), stimulus]


def _visit(visit: Message) -> list[Any]:
    if visit["phase"] == "select":
        return [visit["timestamp"], 0.0, "select", None, None, one_line(visit["id"])]
    duration_s = round(visit["duration_ms"] / 1000.0, 4)
    return [visit["start"], duration_s, visit["type"], None, None, one_line(visit["id"])]


def _areas(recording: GazeRecording) -> dict[str, Any]:
    """The areas of interest, as an own field: BIDS has none. Each entry has all areas from its onset on."""
    if not recording.areas:
        return {}
    entries = [{"onset": message["timestamp"], "areas": message["areas"]} for message in recording.areas]
    return {"AreasOfInterest": {"Units": "pixel, from the top left of the screen", "Changes": entries}}
