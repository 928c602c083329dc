"""Places on the screen: rectangles, the page's viewport, and the message `geometry`, which reports both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta, Struct, field

from calibration.screen import ScreenGeometry
from server.protocol.types import MAX_PX, Checked, LengthMm, LengthPx, Name, PlacePx, Request

ScreenPx = Annotated[float, Meta(ge=1.0, le=MAX_PX)]


class Rect(Struct, frozen=True):
    """A rectangle in CSS px of the screen or of the viewport; the member that holds it says which."""

    x: PlacePx
    y: PlacePx
    width: LengthPx
    height: LengthPx


@dataclass(frozen=True, slots=True)
class ScreenLayout:
    """The screen of a session's page, and its viewport in CSS px of the screen; None: unknown."""

    screen: ScreenGeometry
    viewport: Rect | None = None

    @property
    def width_px(self) -> float:
        return self.screen.width_px

    @property
    def height_px(self) -> float:
        return self.screen.height_px


class ScreenSize(Checked, frozen=True):
    """The screen's size in CSS px, and in mm if the page knows it."""

    width_px: ScreenPx
    height_px: ScreenPx
    width_mm: LengthMm | None = None
    height_mm: LengthMm | None = None


class Geometry(Request, frozen=True, tag="geometry"):
    """The screen, the viewport, the viewing distance and the camera. None: unknown.

    viewport: the place of the page, in CSS px of the screen. hfov_deg: along the longer side of the camera's picture.
    camera: its name. Profiles have it, because a calibration is for one camera.
    """

    size: ScreenSize = field(name="screen")
    device_pixel_ratio: Annotated[float, Meta(ge=0.01, le=100.0)] = 1.0
    viewport: Rect | None = None
    hfov_deg: Annotated[float, Meta(ge=11.0, le=169.0)] | None = None
    distance_mm: LengthMm | None = None
    camera: Name | None = None

    @property
    def screen(self) -> ScreenGeometry:
        size = self.size
        return ScreenGeometry(size.width_px, size.height_px, size.width_mm, size.height_mm, self.distance_mm)

    @property
    def layout(self) -> ScreenLayout:
        return ScreenLayout(self.screen, self.viewport)
