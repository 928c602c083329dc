"""Areas of interest as a page or a program reports them, and their place on the screen. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta, field

from server.protocol.geometry import Rect, ScreenLayout
from server.protocol.subscriber_view import Space
from server.protocol.types import Checked, LengthPx, Name, PlacePx, Request

MAX_AREAS = 128  # of one socket: a keyboard has 60

PlaceUnits = Annotated[float, Meta(ge=-10.0, le=10.0)]
LengthUnits = Annotated[float, Meta(ge=0.0, le=10.0)]
DwellMs = Annotated[float, Meta(ge=100.0, le=60_000.0)]


@dataclass(frozen=True, slots=True)
class Area:
    """One rectangle of an area.

    rect: in CSS px of the screen, or of the page's viewport. dwell_ms: None if it can't be selected by dwell.
    """

    id: str
    rect: Rect
    in_viewport: bool = False
    in_units: bool = False  # rect is in 0..1 of the screen or viewport instead of px
    dwell_ms: float | None = None
    repeat: bool = False

    def on_screen(self, place: ScreenLayout) -> Rect | None:
        """The rectangle in CSS px of the screen; None while the viewport is unknown."""
        base = place.viewport if self.in_viewport else Rect(0.0, 0.0, place.width_px, place.height_px)
        return None if base is None else _placed(self.rect, base, self.in_units)


class ReportedArea(Checked, frozen=True):
    """One area of the message `aois`: a rectangle in px, or one in units."""

    id: Name
    x_px: PlacePx | None = None
    y_px: PlacePx | None = None
    width_px: LengthPx | None = None
    height_px: LengthPx | None = None
    x: PlaceUnits | None = None
    y: PlaceUnits | None = None
    width: LengthUnits | None = None
    height: LengthUnits | None = None
    dwell_ms: DwellMs | None = None
    repeat: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        _ = self.rect

    @property
    def in_units(self) -> bool:
        return self.x_px is None

    @property
    def rect(self) -> Rect:
        names = ("x", "y", "width", "height") if self.in_units else ("x_px", "y_px", "width_px", "height_px")
        sides = [getattr(self, name) for name in names]
        if None in sides:
            raise ValueError(f"{names[sides.index(None)]} must be a number; a rectangle has {', '.join(names)}")
        return Rect(*sides)


class SetAreas(Request, frozen=True, tag="aois"):
    """All areas of one socket. They replace its earlier ones.

    viewport: that of another window than the camera's page, in CSS px of the screen.
    """

    reported: Annotated[tuple[ReportedArea, ...], Meta(max_length=MAX_AREAS)] = field(name="areas")
    space: Space = "viewport"
    viewport: Rect | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.viewport is not None and self.space != "viewport":
            raise ValueError("viewport must be left out in screen space")

    @property
    def areas(self) -> tuple[Area, ...]:
        return tuple(self._area(reported) for reported in self.reported)

    def _area(self, reported: ReportedArea) -> Area:
        rect, in_viewport, in_units = reported.rect, self.space == "viewport", reported.in_units
        if self.viewport is not None:  # converted to screen px here, so that later stages need no second viewport
            rect, in_viewport, in_units = _placed(rect, self.viewport, in_units), False, False
        return Area(reported.id, rect, in_viewport, in_units, reported.dwell_ms, reported.repeat)


def _placed(rect: Rect, base: Rect, in_units: bool) -> Rect:
    across, down = (base.width, base.height) if in_units else (1.0, 1.0)
    return Rect(base.x + across * rect.x, base.y + down * rect.y, across * rect.width, down * rect.height)
