"""How a figure is laid out: the stimulus with an overlay, the title above, the legend and what it shows below. Pure.

A stimulus without a picture is a grey rectangle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from server.analysis.analysis import Analysis
from server.events.heatmap import STOPS
from server.report.svg import document, element, image, text
from server.report.words import about_data, seconds

WIDTH, MAX_HEIGHT = 720.0, 1600.0
MARGIN, HEAD = 16.0, 44.0
LINE = 20.0
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#6a3d9a", "#000000")  # Okabe and Ito
Picture = tuple[bytes, str]  # the bytes and the content type


@dataclass(frozen=True, slots=True)
class Frame:
    """The rectangle of the stimulus in a figure."""

    x: float
    y: float
    width: float
    height: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.x + x * self.width, self.y + y * self.height


def frame_of(found: Analysis) -> Frame:
    width_px, height_px = found.size_px
    height = WIDTH * height_px / width_px
    width = WIDTH if height <= MAX_HEIGHT else WIDTH * MAX_HEIGHT / height
    return Frame(MARGIN, HEAD, width, min(height, MAX_HEIGHT))


def figure(
    found: Analysis,
    picture: Picture | None,
    title: str,
    overlay: Sequence[str],
    notes: Sequence[str],
    legend: Sequence[tuple[str, str]] = (),
    *,
    scale_ms: float | None = None,
) -> str:
    """The stimulus with the overlay, the title above, and below it the legend and what is shown."""
    frame = frame_of(found)
    name = found.request.stimulus or "whole screen"
    foot = frame.y + frame.height + 8.0
    below: list[str] = []
    if scale_ms is not None:
        below += _scale(frame, foot, scale_ms)
        foot += 40.0
    if legend:
        row, rows = "", 1
        x = frame.x
        for colour, who in legend:
            width = 34.0 + 8.0 * len(who)
            if x + width > frame.x + WIDTH and x > frame.x:
                x, rows = frame.x, rows + 1
            y = foot + LINE * rows - 6.0
            row += element("circle", cx=x + 7.0, cy=y - 5.0, r=6.0, fill=colour) + text(
                who, x + 18.0, y, fill="#222222"
            )
            x += width
        below.append(row)
        foot += LINE * rows
    for line in (*notes, about_data(found)):
        foot += LINE
        below.append(text(line, frame.x, foot, fill="#444444", font_size=13))
    clip = element("clipPath", element("rect", **vars_of(frame)), id="stimulus")
    under = element("rect", **vars_of(frame), fill="#e4e4ea")
    if picture is not None:
        under += image(*picture, frame.x, frame.y, frame.width, frame.height)
    edge = element("rect", **vars_of(frame), fill="none", stroke="#888888")
    children = [
        element("defs", clip),
        text(f"{title}: {name}", frame.x, 30.0, font_size=20, font_weight="600", fill="#111111"),
        under,
        element("g", *(overlay or [""]), clip_path="url(#stimulus)"),
        edge,
        *below,
    ]
    return document(max(frame.width, WIDTH) + 2.0 * MARGIN, foot + MARGIN, children, f"{title}: {name}")


def vars_of(frame: Frame) -> dict[str, float]:
    return {"x": frame.x, "y": frame.y, "width": frame.width, "height": frame.height}


def _scale(frame: Frame, top: float, max_ms: float) -> list[str]:
    """The colour scale from 0 to the maximum."""
    width = 240.0
    stops = [element("stop", offset=share, stop_color=f"rgb({r},{g},{b})") for share, r, g, b in STOPS]
    gradient = element("linearGradient", *stops, id="scale")
    bar = element("rect", x=frame.x, y=top + 6.0, width=width, height=12.0, fill="url(#scale)", stroke="#888888")
    style = {"font_size": 12, "fill": "#444444"}
    ticks = [
        text(seconds(share * max_ms), frame.x + share * width, top + 34.0, text_anchor=anchor, **style)
        for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end"))
    ]
    return [element("defs", gradient), bar, *ticks]
