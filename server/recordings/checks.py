"""Checks the messages of a recording: the members that the export formats need.

Each check raises RecordingError. Its text begins with `place`, the file and the line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from server.recordings.reader import RecordingError

Message = Mapping[str, Any]
AREA_SIDES = ("x_px", "y_px", "width_px", "height_px")
REPORTED = frozenset({"median_error_px", "median_error_deg", "mean_error_px", "mean_error_deg"})


def checked_sample(place: str, message: Message) -> Message:
    """Checks a gaze message. A valid sample has numbers as its point, an invalid one has null."""
    timed(place, message)
    valid = message.get("valid")
    if not isinstance(valid, bool) or not isinstance(message.get("status"), str):
        raise RecordingError(f"{place}: a gaze message needs valid and status")
    for name in ("x", "y", "x_px", "y_px"):
        if is_number(message.get(name)) is not valid:
            raise RecordingError(f"{place}: {name} must be {'a number' if valid else 'null'} when valid is {valid}")
    if type(message.get("seq")) is not int:
        raise RecordingError(f"{place}: seq must be a whole number")
    if message.get("space", "screen") != "screen":
        raise RecordingError(f"{place}: recorded in the space of a viewport; exports need screen space")
    return message


def checked_validation(place: str, message: Message) -> Message:
    """Checks a validation. `error`, `accuracy` and `precision` are null, or objects of numbers and nulls."""
    timed(place, message)
    result = message.get("result")
    if not isinstance(result, Mapping) or not isinstance(result.get("points"), list):
        raise RecordingError(f"{place}: a validation needs a result with points")
    for name in ("error", "accuracy", "precision"):
        if not _are_figures({} if result.get(name) is None else result[name]):
            raise RecordingError(f"{place}: the {name} of a validation must have numbers, or be null")
    return message


def checked_calibration(place: str, message: Message) -> Message:
    """Checks a calibration. Its report is optional."""
    timed(place, message)
    report = message.get("report", {})
    figures = {key: value for key, value in report.items() if key in REPORTED} if isinstance(report, Mapping) else None
    targets = report.get("targets", []) if isinstance(report, Mapping) else None
    if not _are_figures(figures) or not isinstance(targets, list):
        raise RecordingError(f"{place}: a calibration's report must have numbers and targets")
    for target in targets:
        values = {key: target.get(key) for key in ("x", "y", "error_deg")} if isinstance(target, Mapping) else None
        if not _are_figures(values) or values is None or values["x"] is None or values["y"] is None:
            raise RecordingError(f"{place}: a target of a calibration's report must have numbers as x and y")
    return message


def checked_visit(place: str, message: Message) -> Message:
    """Checks an `aoi` or a `dwell` message."""
    timed(place, message)
    if not isinstance(message.get("id"), str) or message.get("phase") not in ("start", "select", "end"):
        raise RecordingError(f"{place}: a visit needs the id of its area and a phase")
    if not is_number(message.get("start")) or not is_number(message.get("duration_ms")):
        raise RecordingError(f"{place}: start and duration_ms of a visit must be numbers")
    return message


def checked_areas(place: str, message: Message) -> Message:
    """Checks an `areas` message: rectangles with an id, their sides numbers or null."""
    timed(place, message)
    areas = message.get("areas")
    for area in areas if isinstance(areas, list) else (None,):
        values: Message = area if isinstance(area, Mapping) else {}
        if not isinstance(values.get("id"), str) or not _are_figures({key: values.get(key) for key in AREA_SIDES}):
            raise RecordingError(f"{place}: areas must be a list of rectangles with id, {', '.join(AREA_SIDES)}")
    return message


def checked_stimulus(place: str, message: Message) -> Message:
    """Checks a `stimulus` message: a name, a phase, and a rectangle of numbers, or without one the whole screen."""
    timed(place, message)
    name, kind = message.get("name"), message.get("kind", "picture")
    if not isinstance(name, str) or not name or not isinstance(kind, str):
        raise RecordingError(f"{place}: a stimulus needs a name, and its kind must be a text")
    if message.get("phase") not in ("start", "move", "end"):
        raise RecordingError(f"{place}: the phase of a stimulus must be start, move or end")
    sides = [message.get(side) for side in AREA_SIDES]
    numbers = [float(side) for side in sides if is_number(side) and side is not None]
    if any(side is not None for side in sides) and not (len(numbers) == 4 and min(numbers[2:]) > 0.0):
        raise RecordingError(f"{place}: the rectangle of a stimulus needs {', '.join(AREA_SIDES)}, or none of them")
    view = message.get("view")
    if view is not None and not (isinstance(view, list) and len(view) == 4 and all(map(is_number, view))):
        raise RecordingError(f"{place}: the view of a stimulus must be a list of 4 numbers: x, y, width, height in px")
    return message


def _are_figures(values: object) -> bool:
    """Whether it is an object of numbers and nulls."""
    if not isinstance(values, Mapping):
        return False
    return all(value is None or is_number(value) for value in values.values())


def timed(place: str, message: Message) -> Message:
    if not is_number(message.get("timestamp")):
        raise RecordingError(f"{place}: timestamp must be a number")
    return message


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
