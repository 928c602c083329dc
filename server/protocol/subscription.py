"""What a subscriber asks for, from a `subscribe` message or from the query of an address. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from server.protocol.fields import MAX_PX, Fields
from server.protocol.subscriber_view import ALWAYS, OPTIONAL, SPACES, WHOLE, Projection, Rect, Space

DETECTED_TOPICS = frozenset({"fixation", "saccade", "blink", "aoi", "dwell", "status"})  # what the gaze tells
EVENT_TOPICS = DETECTED_TOPICS | {"geometry", "calibration", "validation", "mark"}
TOPICS = EVENT_TOPICS | {"gaze"}
DEFAULT_TOPICS = frozenset({"gaze", "mark"})
MIN_RATE_HZ, MAX_RATE_HZ = 0.1, 1000.0


@dataclass(frozen=True, slots=True)
class Subscribe:
    """rate_hz: at most so many gaze messages a second of capture time; None for every one. Events are never thinned."""

    topics: frozenset[str] = DEFAULT_TOPICS
    rate_hz: float | None = None
    view: Projection = WHOLE

    def to_wire(self) -> dict[str, Any]:
        """What is in force now, as the answer to `subscribe`."""
        view = self.view
        return {
            "type": "subscribed",
            "topics": sorted(self.topics),
            "fields": None if view.fields is None else sorted(view.fields),
            "rate": self.rate_hz,
            "space": view.space,
        }


def parse_subscribe(fields: Fields) -> Subscribe:
    """Raises ProtocolError. What is not given is the default; each `subscribe` replaces the one before."""
    viewport = parse_rect(fields.object("viewport")) if fields.has("viewport") else None
    return Subscribe(
        topics=fields.choices("topics", TOPICS) if fields.has("topics") else DEFAULT_TOPICS,
        rate_hz=fields.optional_number("rate", MIN_RATE_HZ, MAX_RATE_HZ),
        view=Projection(
            fields=fields.choices("fields", ALWAYS | OPTIONAL) - ALWAYS if fields.has("fields") else None,
            space=cast(Space, fields.choice("space", SPACES)) if fields.has("space") else "screen",
            viewport=viewport,
        ),
    )


def parse_query(query: Mapping[str, str]) -> Subscribe:
    """`?topics=gaze,fixation&fields=error_px&rate=10&space=viewport&viewport=0,85,1920,951`. Raises ProtocolError."""
    values: dict[str, Any] = {}
    for key in ("topics", "fields"):
        if key in query:
            values[key] = [item for item in query[key].split(",") if item]
    if "rate" in query:
        values["rate"] = _number(query["rate"])
    if "space" in query:
        values["space"] = query["space"]
    if "viewport" in query:
        numbers = [_number(text) for text in query["viewport"].split(",")]
        values["viewport"] = dict(zip(("x", "y", "width", "height"), numbers, strict=False))
    return parse_subscribe(Fields("subscribe", values))


def parse_rect(fields: Fields) -> Rect:
    return Rect(
        fields.number("x", -MAX_PX, MAX_PX),
        fields.number("y", -MAX_PX, MAX_PX),
        fields.number("width", 0, MAX_PX),
        fields.number("height", 0, MAX_PX),
    )


def _number(text: str) -> float | str:
    """The number, or the text as it is, so that the refusal can show it."""
    try:
        return float(text)
    except ValueError:
        return text
