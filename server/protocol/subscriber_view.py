"""The projection of a message for one subscriber: its fields and its space. Pure.

Messages are published in the space `screen`: screen units, and CSS px from the screen's corner. A page can request the
space `viewport`: 0..1 of the part of the screen in which it is drawn, and CSS px as in `clientX` and `clientY`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from server.protocol.geometry import Rect, ScreenLayout

Payload = Mapping[str, Any]
Space = Literal["screen", "viewport"]

_Always = Literal["type", "v", "session", "seq", "timestamp", "valid", "status", "x", "y", "x_px", "y_px", "confidence"]
_Measured = Literal["frame", "latency_ms", "space", "on_screen", "error_px", "raw", "gaze", "eyes", "head"]
_Optional = Literal[_Measured, "event", "fixation", "aoi", "dwell", "calibration", "reason", "doubt"]
GazeField = Literal[_Always, _Optional]
ALWAYS: frozenset[GazeField] = frozenset(get_args(_Always))
OPTIONAL: frozenset[GazeField] = frozenset(get_args(_Optional))


@dataclass(frozen=True, slots=True)
class Projection:
    """What one subscriber gets of a message.

    fields: the optional fields, None: all. viewport: the subscriber's own, None: that of the camera's page.
    """

    fields: frozenset[GazeField] | None = None
    space: Space = "screen"
    viewport: Rect | None = None

    def of(self, payload: Payload, place: ScreenLayout | None) -> Payload:
        """The message for this subscriber. If the viewport is unknown, it has no point."""
        if self.space == "viewport":
            payload = _in_viewport(payload, place, self.viewport or (place.viewport if place else None))
        if self.fields is not None and payload.get("type") == "gaze":
            fields = ALWAYS | self.fields
            payload = {key: value for key, value in payload.items() if key in fields}
        return payload


WHOLE = Projection()


def _in_viewport(payload: Payload, place: ScreenLayout | None, viewport: Rect | None) -> Payload:
    if place is None or viewport is None or viewport.width <= 0 or viewport.height <= 0:
        return _without_points(payload)
    moved = dict(payload)
    if "space" in moved:
        moved["space"] = "viewport"
    _move(moved, place, viewport)
    for key in ("raw", "fixation", "from", "to"):
        if isinstance(moved.get(key), Mapping):
            moved[key] = dict(moved[key])
            _move(moved[key], place, viewport)
    return moved


def _move(point: dict[str, Any], place: ScreenLayout, viewport: Rect) -> None:
    """Converts a point in place, from screen units to viewport units, with its px and dispersion if it has them."""
    if point.get("x") is None or point.get("y") is None:
        return
    x_px, y_px = point["x"] * place.width_px - viewport.x, point["y"] * place.height_px - viewport.y
    point["x"], point["y"] = round(x_px / viewport.width, 5), round(y_px / viewport.height, 5)
    if "x_px" in point:
        point["x_px"], point["y_px"] = round(x_px, 1), round(y_px, 1)
    if "dispersion" in point:  # a length, in screen widths
        point["dispersion"] = round(point["dispersion"] * place.width_px / viewport.width, 5)


def _without_points(payload: Payload) -> Payload:
    if payload.get("type") == "gaze":
        bare = {key: value for key, value in payload.items() if key not in ("on_screen", "error_px")}
        if payload["valid"]:
            bare |= {"valid": False, "status": "no_viewport", "confidence": 0.0}
        nothing = dict.fromkeys(("x", "y", "x_px", "y_px", "raw"))
        return bare | {"space": "viewport"} | nothing | ({"fixation": None} if "fixation" in bare else {})
    hidden = {key: None for key in ("x", "y", "x_px", "y_px", "dispersion", "from", "to") if key in payload}
    return {**payload, **({"space": "viewport"} if "space" in payload else {}), **hidden}
