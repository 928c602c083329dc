"""The figures of an analysis over its stimulus: scan path, heat map, focus map, gaze plot, areas. Pure.

Each has below it what it shows: people, time, accuracy (`server.report.sheet`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from server.analysis.analysis import Analysis, Person
from server.analysis.looks import gaze_points
from server.events.heatmap import coloured_png, focus_png
from server.report.sheet import COLOURS, Frame, Picture, figure, frame_of
from server.report.svg import element, image, text
from server.report.words import about_span, seconds, shortened

CHAR_WIDTH = 8.0  # of the labels' font, about
LINE_HEIGHT = 18.0
MAX_PEOPLE = 4  # in one scan path; more can't be distinguished
LEAST_RADIUS, RADIUS_PER_ROOT_S = 7.0, 18.0  # of a fixation: its disc grows with its duration
MAX_POINTS = 20_000  # of a gaze plot; more only fill the file


def scan_path(found: Analysis, picture: Picture | None) -> str:
    """Numbered fixations, the disc's area by duration, one colour for each recording."""
    frame, people = frame_of(found), found.people[:MAX_PEOPLE]
    drawn = [line for person, colour in zip(people, COLOURS, strict=False) for line in _path(frame, person, colour)]
    notes = ["Discs: fixations in the order of their numbers. The disc's area grows with the duration; ring: 1 s."]
    if len(people) < len(found.people):
        notes.append(f"The first {len(people)} of {len(found.people)} recordings.")
    legend = [(colour, person.subject.title) for person, colour in zip(people, COLOURS, strict=False)]
    ring_x, ring_y = frame.x + frame.width - 40.0, frame.y + frame.height - 40.0
    ring = element("circle", cx=ring_x, cy=ring_y, r=_radius(1000.0), fill="none", stroke="#ffffff", stroke_width=3)
    ring += element("circle", cx=ring_x, cy=ring_y, r=_radius(1000.0), fill="none", stroke="#333333", stroke_width=1)
    return figure(found, picture, "Scan path", [*_outlines(found, frame), *drawn, ring], notes, legend)


def heat_map(found: Analysis, picture: Picture | None) -> str:
    frame = frame_of(found)
    heat = found.heat.values / found.heat.max_ms if found.heat.max_ms > 0.0 else found.heat.values
    png = coloured_png(heat.astype(np.float32), round(frame.width), round(frame.height))
    notes = [
        f"Colour: fixation time near each place, mean over recordings; blur {found.heat.sigma_px:.0f} px "
        + ("(the error of the data)." if found.request.heat.radius is None else "(chosen)."),
    ]
    overlay = [image(png, "image/png", frame.x, frame.y, frame.width, frame.height)]
    return figure(found, picture, "Heat map", overlay, notes, scale_ms=found.heat.max_ms)


def focus_map(found: Analysis, picture: Picture | None) -> str:
    """Dark where people did not look."""
    frame = frame_of(found)
    heat = found.heat.values / found.heat.max_ms if found.heat.max_ms > 0.0 else found.heat.values
    png = focus_png(heat.astype(np.float32), round(frame.width), round(frame.height))
    overlay = [image(png, "image/png", frame.x, frame.y, frame.width, frame.height)]
    notes = [f"Clear: looked at for up to {seconds(found.heat.max_ms)} (mean over recordings). Dark: not looked at."]
    return figure(found, picture, "Focus map", overlay, notes)


def gaze_plot(found: Analysis, picture: Picture | None) -> str:
    """All points of gaze, filtered, with the error radius of each recording."""
    frame = frame_of(found)
    drawn: list[str] = []
    step = max(sum(len(person.subject.line.samples) for person in found.people) // MAX_POINTS, 1)
    for number, person in enumerate(found.people):
        colour = COLOURS[number % len(COLOURS)]
        dots = []
        for look in person.looks:
            x, y = gaze_points(person.subject.line, look)
            inside = (x > -0.05) & (x < 1.05) & (y > -0.05) & (y < 1.05)
            for at_x, at_y in zip(x[inside][::step].tolist(), y[inside][::step].tolist(), strict=True):
                cx, cy = frame.at(at_x, at_y)
                dots.append(f"M{cx:.1f} {cy:.1f}h0")
        for stroke, width, opacity in (("#ffffff", 7, 0.3), (colour, 4, 0.6)) if dots else ():
            line = {"stroke": stroke, "stroke_width": width, "stroke_opacity": opacity, "stroke_linecap": "round"}
            drawn.append(element("path", d="".join(dots), **line))
    legend = [(colour, person.subject.title) for person, colour in zip(found.people, COLOURS, strict=False)]
    return figure(found, picture, "Gaze plot", drawn, ["Points: gaze of each camera frame, filtered."], legend)


def area_map(found: Analysis, picture: Picture | None) -> str:
    """The areas with the share of people who looked and the mean dwell."""
    frame = frame_of(found)
    drawn = _outlines(found, frame, filled=True)
    for area in found.request.areas:
        left, top, right, bottom = area.form.box
        words = [shortened(area.name, (right - left) * frame.width / CHAR_WIDTH)]
        if (estimates := found.groups.get(area.name)) is not None:
            looked, dwell = estimates["looked"], estimates["dwell_ms"]
            words += [f"{100 * (looked.mean or 0.0):.0f} % looked", f"dwell {seconds(dwell.mean or 0.0)}"]
            words += [span] if (span := about_span(found, area.name)) else []
        x, y = _inside(frame, frame.at((left + right) / 2.0, (top + bottom) / 2.0), words)
        for line, words_of_line in enumerate(words):
            drawn += _label(words_of_line, x, y + LINE_HEIGHT * line, middle=True, bold=line == 0)
    return figure(found, picture, "Areas of interest", drawn, ["Share of people who looked, and mean total dwell."])


FIGURES: Mapping[str, Callable[[Analysis, Picture | None], str]] = MappingProxyType(
    {
        "scan-path": scan_path,
        "heat-map": heat_map,
        "focus-map": focus_map,
        "gaze-plot": gaze_plot,
        "areas": area_map,
    }
)


def _path(frame: Frame, person: Person, colour: str) -> Iterator[str]:
    number = 0
    for look in person.looks:
        places = [frame.at(x, y) for x, y in zip(look.x.tolist(), look.y.tolist(), strict=True)]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        if len(places) > 1:
            yield element("polyline", points=line, fill="none", stroke="#ffffff", stroke_width=3.5, stroke_opacity=0.7)
            yield element("polyline", points=line, fill="none", stroke=colour, stroke_width=1.8)
        for (x, y), duration_ms in zip(places, look.duration_ms.tolist(), strict=True):
            number += 1
            edge = {"stroke": "#ffffff", "stroke_width": 1.2}
            yield element("circle", cx=x, cy=y, r=_radius(duration_ms), fill=colour, fill_opacity=0.6, **edge)
            shown = {"font_size": 11, "font_weight": "600", "text_anchor": "middle", "fill": "#ffffff"}
            halo = {"stroke": "#222222", "stroke_width": 2.0, "paint_order": "stroke"}
            yield text(str(number), x, y + 4.0, **shown, **halo)


def _radius(duration_ms: float) -> float:
    return max(LEAST_RADIUS, RADIUS_PER_ROOT_S * math.sqrt(duration_ms / 1000.0))


def _outlines(found: Analysis, frame: Frame, *, filled: bool = False) -> list[str]:
    """The areas that were drawn; filled, or with their names."""
    drawn: list[str] = []
    for number, area in enumerate(found.request.areas):
        colour = COLOURS[number % len(COLOURS)]
        left, top, right, bottom = area.form.box
        (x, y), (x2, y2) = frame.at(left, top), frame.at(right, bottom)
        fill = {"fill": colour if filled else "none", "fill_opacity": 0.3 if filled else None}
        for stroke, width in (("#ffffff", 4.0), (colour, 2.0)):
            line = {"stroke": stroke, "stroke_width": width, **(fill if width == 2.0 else {"fill": "none"})}
            if area.shape == "rectangle":
                drawn.append(element("rect", x=x, y=y, width=x2 - x, height=y2 - y, **line))
            elif area.shape == "ellipse":
                middle = {"cx": (x + x2) / 2.0, "cy": (y + y2) / 2.0}
                drawn.append(element("ellipse", **middle, rx=(x2 - x) / 2.0, ry=(y2 - y) / 2.0, **line))
            else:
                corners = " ".join("{:.1f},{:.1f}".format(*frame.at(*corner)) for corner in area.points)
                drawn.append(element("polygon", points=corners, **line))
        if not filled:
            name = shortened(area.name, (x2 - x) / CHAR_WIDTH)
            drawn += _label(name, max(x, frame.x) + 5.0, max(y, frame.y) + 16.0)
    return drawn


def _inside(frame: Frame, middle: tuple[float, float], words: Sequence[str]) -> tuple[float, float]:
    """The middle and the base of the first of these lines, near the middle of an area and all inside the frame."""
    half = max(map(len, words)) * CHAR_WIDTH / 2.0
    below = LINE_HEIGHT * (len(words) - 1) + 6.0
    x = max(min(middle[0], frame.x + frame.width - half), frame.x + half)
    y = max(min(middle[1] - 2.0, frame.y + frame.height - below), frame.y + LINE_HEIGHT)
    return x, y


def _label(words: str, x: float, y: float, *, middle: bool = False, bold: bool = False) -> list[str]:
    """Text with a light edge, so that it can be read over any picture."""
    style = {"text_anchor": "middle" if middle else None, "font_weight": "600" if bold else None, "font_size": 14}
    return [text(words, x, y, **style, fill="#111111", stroke="#ffffff", stroke_width=3.5, paint_order="stroke")]
