"""Bars of the areas: total dwell with its 95 % interval, and the people as points. Pure."""

from __future__ import annotations

from server.analysis.analysis import Analysis
from server.report.sheet import COLOURS
from server.report.svg import document, element, text
from server.report.words import about_data, seconds, shortened

LEFT, WIDTH, ROW, TOP = 170.0, 470.0, 44.0, 52.0


def area_bars(found: Analysis) -> str:
    """Mean total dwell of each area."""
    rows = [(name, found.groups[name]["dwell_ms"]) for name in found.names]
    people = {name: [p.metrics[name].dwell_ms for p in found.people if name in p.metrics] for name in found.names}
    most = max(
        [value for values in people.values() for value in values] + [estimate.high or 0.0 for _, estimate in rows]
    )
    most = max(most, 1.0)

    def at(ms: float) -> float:
        return LEFT + WIDTH * min(max(ms, 0.0) / most, 1.0)

    title = f"Total dwell: {found.request.stimulus or 'whole screen'}"
    drawn = [text(title, 16.0, 30.0, font_size=20, font_weight="600", fill="#111111")]
    for number, (name, estimate) in enumerate(rows):
        middle = TOP + ROW * number + ROW / 2.0
        drawn.append(text(shortened(name, 18), LEFT - 10.0, middle + 5.0, text_anchor="end", fill="#111111"))
        mean = estimate.mean or 0.0
        colour = COLOURS[number % len(COLOURS)]
        bar = {"x": LEFT, "y": middle - 13.0, "width": at(mean) - LEFT, "height": 26.0}
        drawn.append(element("rect", **bar, fill=colour, fill_opacity=0.55))
        for place, value in enumerate(people[name]):
            # Spread up and down, so that equal values can be distinguished.
            drawn.append(element("circle", cx=at(value), cy=middle - 8.0 + 4.0 * (place % 5), r=2.5, fill="#333333"))
        if estimate.low is not None and estimate.high is not None:
            low, high = at(estimate.low), at(estimate.high)
            line = f"M{low:.1f} {middle:.1f}H{high:.1f}M{low:.1f} {middle - 6:.1f}v12M{high:.1f} {middle - 6:.1f}v12"
            drawn.append(element("path", d=line, stroke="#111111", stroke_width=1.5, fill="none"))
        drawn.append(text(seconds(mean), LEFT + WIDTH + 10.0, middle + 5.0, fill="#111111"))
    foot = TOP + ROW * len(rows)
    axis = element("path", d=f"M{LEFT} {TOP - 4}V{foot}H{LEFT + WIDTH}", stroke="#888888", fill="none")
    ticks = [
        text(seconds(share * most), at(share * most), foot + 18.0, text_anchor="middle", font_size=12, fill="#444444")
        for share in (0.0, 0.5, 1.0)
    ]
    words = "Bar: mean over recordings. Line: 95 % interval over people (Student's t). Points: recordings."
    notes = [
        text(line, 16.0, foot + 42.0 + 20.0 * number, font_size=13, fill="#444444")
        for number, line in enumerate((words, about_data(found)))
    ]
    return document(LEFT + WIDTH + 100.0, foot + 78.0, [axis, *drawn, *ticks, *notes], title)
