"""What to analyse: the stimulus, the time, the areas. Checked when it is parsed. Pure."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from server.analysis.area_times import ALWAYS, Times
from server.analysis.shapes import Shape
from server.protocol.parsing import converted
from server.protocol.types import Checked, Name

MAX_AREAS = 64
MAX_CORNERS = 200
MAX_SPAN_MS = 4 * 3_600_000.0

Units = Annotated[float, Meta(ge=-10.0, le=10.0)]
SpanMs = Annotated[float, Meta(ge=0.0, le=MAX_SPAN_MS)]
Radius = Annotated[float, Meta(ge=0.002, le=0.5)]
ELSEWHERE = "elsewhere"


class AreaOfInterest(Checked, frozen=True):
    """points: in 0..1 of the stimulus: two opposite corners of a rectangle or an ellipse's box, or a polygon's.

    span_ms: the area counts from and until then, ms from the onset; None: always, or until the end.
    """

    name: Name
    shape: Literal["rectangle", "ellipse", "polygon"]
    points: Annotated[tuple[tuple[Units, Units], ...], Meta(min_length=2, max_length=MAX_CORNERS)]
    span_ms: tuple[SpanMs, SpanMs | None] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        fewest = 3 if self.shape == "polygon" else 2
        if len(self.points) < fewest or (fewest == 2 and len(self.points) > 2):
            needs = "3 or more corners" if self.shape == "polygon" else "2 opposite corners"
            raise ValueError(f"points of a {self.shape} must be {needs}, got {len(self.points)}")
        left, top, right, bottom = self.form.box
        if not (left < right and top < bottom):
            raise ValueError(f"points of {self.name!r} must have different x and different y: the area is empty")
        if right <= 0.0 or bottom <= 0.0 or left >= 1.0 or top >= 1.0:
            raise ValueError(f"{self.name!r} lies outside of the stimulus, which is 0..1 in x and y")
        if self.span_ms is not None and self.span_ms[1] is not None and self.span_ms[0] >= self.span_ms[1]:
            raise ValueError(f"span_ms of {self.name!r} must begin before it ends")

    @property
    def form(self) -> Shape:
        return Shape(self.shape, self.points)

    @property
    def times(self) -> Times:
        """When it counts, from the onset of the stimulus."""
        if self.span_ms is None:
            return ALWAYS
        begin, end = self.span_ms
        return ((begin, math.inf if end is None else end),)


class HeatOptions(Struct, frozen=True):
    """radius: of the blur (one standard deviation) in widths of the stimulus; None: each person's own error."""

    radius: Radius | None = None


class AnalysisRequest(Checked, frozen=True):
    """stimulus: None for the whole screen. span_ms: from the onset of the stimulus; None for all of it.

    reported_areas: also those that a page reported while the person looked.
    """

    stimulus: Name | None = None
    span_ms: tuple[SpanMs, SpanMs] | None = None
    areas: Annotated[tuple[AreaOfInterest, ...], Meta(max_length=MAX_AREAS)] = ()
    reported_areas: bool = False
    heat: HeatOptions = HeatOptions()

    def __post_init__(self) -> None:
        super().__post_init__()
        check_names(self.areas)
        if self.span_ms is not None and self.span_ms[0] >= self.span_ms[1]:
            raise ValueError("span_ms must begin before it ends")


def check_names(areas: tuple[AreaOfInterest, ...]) -> None:
    """Raises ValueError if two areas have the same name."""
    seen = {ELSEWHERE}
    for number, area in enumerate(areas):
        if area.name in seen:
            why = "stands for no area" if area.name == ELSEWHERE else "is the name of two areas"
            raise ValueError(f"areas[{number}].name: {area.name!r} {why}")
        seen.add(area.name)


def request_from(values: dict[str, Any]) -> AnalysisRequest:
    """Raises ProtocolError, which names the member."""
    return converted("analysis", values, AnalysisRequest)
