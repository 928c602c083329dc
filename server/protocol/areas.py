"""Areas of interest as a page or a program reports them, parsed and checked. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from server.protocol.fields import MAX_PX, Fields
from server.protocol.subscriber_view import SPACES, Rect, ScreenLayout
from server.protocol.subscription import parse_rect

MAX_AREAS = 128  # of one socket: a keyboard has 60

MIN_DWELL_MS, MAX_DWELL_MS = 100.0, 60_000.0


@dataclass(frozen=True, slots=True)
class Area:
    """`rect` in CSS px of the screen, or of the page's viewport wherever that is. dwell_ms: None: can't be selected."""

    id: str
    rect: Rect
    in_viewport: bool = False
    in_units: bool = False  # rect is in 0..1 of the screen or viewport instead of px
    dwell_ms: float | None = None
    repeat: bool = False

    def on_screen(self, place: ScreenLayout) -> Rect | None:
        """In CSS px of the screen; None while the viewport isn't known."""
        base = place.viewport if self.in_viewport else Rect(0.0, 0.0, place.width_px, place.height_px)
        return None if base is None else _placed(self.rect, base, self.in_units)


@dataclass(frozen=True, slots=True)
class SetAreas:
    """All areas of the socket that says so; those it named before and not now are gone."""

    areas: tuple[Area, ...]


def parse_areas(fields: Fields) -> SetAreas:
    """Raises ProtocolError."""
    in_viewport = (fields.choice("space", SPACES) if fields.has("space") else "viewport") == "viewport"
    viewport = parse_rect(fields.object("viewport")) if fields.has("viewport") else None
    if viewport is not None and not in_viewport:
        raise fields.bad("viewport", "absent in screen space")
    return SetAreas(tuple(_area(item, in_viewport, viewport) for item in fields.objects("areas", MAX_AREAS)))


def _area(fields: Fields, in_viewport: bool, viewport: Rect | None) -> Area:
    in_units = not fields.has("x_px")
    if in_units:
        x, y = fields.number("x", -10, 10), fields.number("y", -10, 10)
        rect = Rect(x, y, fields.number("width", 0, 10), fields.number("height", 0, 10))
    else:
        x, y = fields.number("x_px", -MAX_PX, MAX_PX), fields.number("y_px", -MAX_PX, MAX_PX)
        rect = Rect(x, y, fields.number("width_px", 0, MAX_PX), fields.number("height_px", 0, MAX_PX))
    if viewport is not None:  # of another window than the camera's: it is known here and now, so the rest needn't know
        rect, in_viewport, in_units = _placed(rect, viewport, in_units), False, False
    return Area(
        id=fields.text("id"),
        rect=rect,
        in_viewport=in_viewport,
        in_units=in_units,
        dwell_ms=fields.optional_number("dwell_ms", MIN_DWELL_MS, MAX_DWELL_MS),
        repeat=fields.flag("repeat"),
    )


def _placed(rect: Rect, base: Rect, in_units: bool) -> Rect:
    across, down = (base.width, base.height) if in_units else (1.0, 1.0)
    return Rect(base.x + across * rect.x, base.y + down * rect.y, across * rect.width, down * rect.height)
