"""The subscription that a client requests. Pure."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from msgspec import Meta, field

from server.protocol.geometry import Rect
from server.protocol.subscriber_view import ALWAYS, GazeField, Projection, Space
from server.protocol.types import Request

Detected = Literal["fixation", "saccade", "blink", "aoi", "dwell", "status"]
Event = Literal[Detected, "areas", "geometry", "calibration", "validation", "mark", "stimulus"]
Topic = Literal[Event, "gaze"]
DETECTED_TOPICS: frozenset[Topic] = frozenset(get_args(Detected))  # detected in the gaze
EVENT_TOPICS: frozenset[Topic] = frozenset(get_args(Event))
TOPICS: frozenset[Topic] = frozenset(get_args(Topic))
DEFAULT_TOPICS: frozenset[Topic] = frozenset({"gaze", "mark"})
RateHz = Annotated[float, Meta(ge=0.1, le=1000.0)]


class Subscribe(Request, frozen=True, tag="subscribe"):
    """A subscription. A member left out has its default. Each `subscribe` replaces the one before.

    rate_hz: the highest number of gaze messages per second of capture time; None for all. Events are never thinned.
    viewport: the subscriber's own, in CSS px of the screen.
    """

    topics: frozenset[Topic] = DEFAULT_TOPICS
    fields: frozenset[GazeField] | None = None
    rate_hz: RateHz | None = field(name="rate", default=None)
    space: Space = "screen"
    viewport: Rect | None = None

    @property
    def view(self) -> Projection:
        fields = None if self.fields is None else self.fields - ALWAYS
        return Projection(fields=fields, space=self.space, viewport=self.viewport)
