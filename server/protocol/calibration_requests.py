"""The page's messages around dots, parsed and checked: calibration, validation, drift, clicks, looks, profiles."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from calibration.screen import Point
from calibration.targets.patterns import MAX_TARGETS, MIN_TARGETS, PATTERNS
from calibration.targets.pursuit import Knot
from server.protocol import requests as ask
from server.protocol.fields import MAX_TIME_MS, Fields

MAX_REPEATS = 5
MAX_EXTRA_POINTS = 6
MAX_KNOTS = 400
MAX_PATH_MS = 60_000.0
MAX_LOOK_MS = 10_000.0


def _start(fields: Fields) -> ask.CalibrationStart:
    points = _points(fields, MIN_TARGETS)
    if fields.has("pattern") and points is not None:
        raise fields.bad("pattern", "left out where points are given")
    pattern = fields.text("pattern") if fields.has("pattern") else "9"
    if pattern not in PATTERNS:
        raise fields.bad("pattern", "one of " + ", ".join(f'"{name}"' for name in PATTERNS))
    return ask.CalibrationStart(
        user=fields.text("user") if fields.has("user") else None,
        pattern=pattern,
        points=points,
        pursuit=fields.flag("pursuit"),
        head_round=fields.flag("head_round"),
        repeats=fields.whole("repeats", 0, MAX_REPEATS) if fields.has("repeats") else 0,
        extra_points=fields.whole("extra_points", 0, MAX_EXTRA_POINTS) if fields.has("extra_points") else 0,
    )


def _point(fields: Fields) -> ask.CalibrationPoint:
    moved = fields.has("x") or fields.has("y")
    return ask.CalibrationPoint(
        target_id=fields.whole("target_id", 0, 10_000),
        shown_ms=fields.number("shown_ms", 0, MAX_TIME_MS),
        place=_place(fields) if moved else None,
        path=_path(fields),
    )


def _place(fields: Fields) -> Point:
    return fields.number("x", 0, 1), fields.number("y", 0, 1)


def _points(fields: Fields, fewest: int) -> tuple[Point, ...] | None:
    if not fields.has("points"):
        return None
    rows = fields.rows("points", columns=2, most=MAX_TARGETS)
    points = tuple((x, y) for x, y in rows)
    if not all(0.0 <= value <= 1.0 for point in points for value in point):
        raise fields.bad("points", "places in 0..1 of the screen")
    if len(set(points)) < max(fewest, len(points)):
        raise fields.bad("points", f"{fewest} to {MAX_TARGETS} different places [x, y]")
    return points


def _path(fields: Fields) -> tuple[Knot, ...] | None:
    if not fields.has("path"):
        return None
    rows = fields.rows("path", columns=3, most=MAX_KNOTS)
    knots = tuple((t, x, y) for t, x, y in rows)
    times = [knot[0] for knot in knots]
    inside = all(0.0 <= x <= 1.0 and 0.0 <= y <= 1.0 for _, x, y in knots)
    grows = len(times) >= 2 and times[0] == 0.0 and all(a < b for a, b in itertools.pairwise(times))
    if not (inside and grows and times[-1] <= MAX_PATH_MS):
        raise fields.bad("path", f"knots [ms, x, y], ms growing from 0 to {MAX_PATH_MS:g} at most, x and y in 0..1")
    return knots


def _validation(fields: Fields) -> ask.ValidationStart:
    check = fields.flag("check")
    if check and fields.has("points"):
        raise fields.bad("points", "left out for a check")
    return ask.ValidationStart(check=check, points=_points(fields, 1))


def _look(fields: Fields) -> ask.Look:
    start_ms = fields.number("start_ms", 0, MAX_TIME_MS)
    return ask.Look(_place(fields), start_ms, fields.number("end_ms", start_ms, start_ms + MAX_LOOK_MS))


def _drift(fields: Fields) -> ask.Drift | ask.DriftUndo:
    if not fields.flag("undo"):
        return ask.Drift(_place(fields), fields.number("shown_ms", 0, MAX_TIME_MS))
    if any(fields.has(key) for key in ("x", "y", "shown_ms")):
        raise fields.bad("undo", "alone: nothing is shown for it")
    return ask.DriftUndo()


CALIBRATION_PARSERS: dict[str, Callable[[Fields], ask.Body]] = {
    "calibration_start": _start,
    "calibration_point": _point,
    "calibration_finish": lambda _: ask.CalibrationFinish(),
    "calibration_cancel": lambda _: ask.CalibrationCancel(),
    "validation_start": _validation,
    "drift": _drift,
    "click": lambda fields: ask.Click(_place(fields), fields.number("timestamp", 0, MAX_TIME_MS)),
    "look": _look,
    "look_fit": lambda fields: ask.LookFit(user=fields.text("user") if fields.has("user") else None),
    "look_clear": lambda _: ask.LookClear(),
    "record_start": lambda fields: ask.RecordStart(
        frames=fields.flag("frames"),
        consent=fields.flag("consent"),
        person=fields.text("person") if fields.has("person") else None,
    ),
    "record_stop": lambda _: ask.RecordStop(),
    "profile_load": lambda fields: ask.ProfileLoad(user=fields.text("user")),
    "profile_save": lambda fields: ask.ProfileSave(user=fields.text("user")),
}
