"""Metrics of random recordings, against a program that knows no intervals: it looks at each millisecond.

The fixations of a recording are known to the millisecond, in the middle of the cells of a grid. Areas have their edges
on the lines of the grid, so a fixation is far inside or outside. The person's error is next to nothing.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from server.analysis.analysis import Analysis, Subject, analyse
from server.analysis.request import request_from
from server.analysis.timeline import timeline
from server.recordings.opened import open_recording
from tests.support.hand_made import SCREEN_PX, START_MS, Known, accuracy_line, stimulus_line, write_recording

CELLS = 10
END_MS = 6000
SHORTEST_MS, LONGEST_GAP_MS = 60, 500  # as the documents say


@dataclass(frozen=True)
class Seen:
    """A fixation as it was seen in a showing.

    ms: the milliseconds that count, from the onset, which is at onset_ms. place: None outside the visible part.
    """

    ms: tuple[int, ...]
    place: tuple[float, float] | None
    onset_ms: int


def random_case(seed: int) -> tuple[list[Known], list[dict[str, Any]], list[tuple[int, int]], bool]:
    """Fixations, areas, showings, and whether the stimulus is a page of which the lower half is not in sight."""
    rng = random.Random(seed)
    fixations: list[Known] = []
    now = rng.randint(0, 200)
    places = [((rng.randrange(CELLS) + 0.5) / CELLS, (rng.randrange(CELLS) + 0.5) / CELLS) for _ in range(5)]
    while now < END_MS - 700:
        length = rng.choice((20, 45, rng.randint(60, 300), rng.randint(200, 700)))
        fixations.append((float(now), float(now + length), *rng.choice(places)))
        now += length + rng.choice((10, 40, rng.randint(20, 200), rng.randint(400, 900)))
    areas = []
    for number in range(rng.randint(1, 4)):
        left, top = rng.randrange(CELLS - 1), rng.randrange(CELLS - 1)
        right, bottom = rng.randint(left + 1, CELLS), rng.randint(top + 1, CELLS)
        corners = [[left / CELLS, top / CELLS], [right / CELLS, bottom / CELLS]]
        area: dict[str, Any] = {"name": f"a{number}", "shape": "rectangle", "points": corners}
        if rng.random() < 0.5:
            begin = rng.randint(0, 900)
            area["span_ms"] = [begin, rng.choice((None, begin + rng.randint(1, 1500)))]
        areas.append(area)
    for name, more in (("#menu", 0.01), (".popup", 0.02)):  # reported by the page while they were there
        edges = sorted(rng.sample(range(END_MS), 2 * rng.randint(1, 4)))
        left, top = rng.randrange(CELLS - 4) / CELLS, rng.randrange(CELLS - 4) / CELLS
        corners = [[left, top], [left + 0.4 + more, top + 0.4]]  # of another size than all others
        times = list(zip(edges[::2], edges[1::2], strict=True))
        areas.append({"name": name, "shape": "rectangle", "points": corners, "times": times})
    first = rng.randint(0, 1500)
    showings = [(first, first + rng.randint(1200, 2500))]
    if rng.random() < 0.5:
        again = showings[0][1] + rng.choice((0, 300))
        showings.append((again, again + rng.randint(1000, 1500)))
    return fixations, areas, showings, rng.random() < 0.3


def reports(areas: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Messages of a page: at each change, all areas that are there."""
    reported = [area for area in areas if "times" in area]
    lines = []
    for at in sorted({edge for area in reported for time in area["times"] for edge in time}):
        there = []
        for area in reported:
            (left, top), (right, bottom) = area["points"]
            sides = (
                left * SCREEN_PX[0],
                top * SCREEN_PX[1],
                (right - left) * SCREEN_PX[0],
                (bottom - top) * SCREEN_PX[1],
            )
            if any(begin <= at < end for begin, end in area["times"]):
                there.append(
                    {"id": area["name"], **dict(zip(("x_px", "y_px", "width_px", "height_px"), sides, strict=True))}
                )
        lines.append({"type": "areas", "session": "s_1", "timestamp": START_MS + at, "areas": there})
    return lines


def looked_at(folder: Path, seed: int) -> Analysis:
    fixations, areas, showings, is_page = random_case(seed)
    width, height = SCREEN_PX
    more = {"kind": "page", "view": [0, 0, width, height / 2]} if is_page else {}
    lines = [accuracy_line(0.01), *reports(areas)]
    for onset, end in showings:
        lines.append(stimulus_line("start", "cat", onset, (0, 0, width, height), **more))
        lines.append(stimulus_line("end", "cat", end))
    line = timeline(open_recording(write_recording(folder, fixations, *lines, duration_ms=END_MS)))
    drawn = [area for area in areas if "times" not in area]
    return analyse([Subject(line)], request_from({"stimulus": "cat", "areas": drawn, "reported_areas": True}))


def counted(ms: list[int], whole: int) -> tuple[int, ...]:
    """What is left of a fixation counts if it is long enough, or the whole."""
    return tuple(ms) if len(ms) in (whole, *range(SHORTEST_MS, END_MS)) else ()


def seen_in(showing: tuple[int, int], fixations: list[Known], *, is_page: bool) -> list[Seen]:
    onset, end = showing
    found = []
    for start, stop, x, y in fixations:
        ms = [t - onset for t in range(int(start), int(stop)) if onset <= t < end]
        if left := counted(ms, int(stop - start)):
            found.append(Seen(left, None if is_page and y >= 0.5 else (x, y), onset))
    return found


def is_on(area: dict[str, Any], seen: Seen) -> tuple[int, ...]:
    """The milliseconds that a fixation is on an area."""
    (left, top), (right, bottom) = area["points"]
    if seen.place is None or not (left < seen.place[0] < right and top < seen.place[1] < bottom):
        return ()
    return there(area, seen)


def times_of(area: dict[str, Any], onset_ms: int) -> list[tuple[int, int]]:
    """When the area is there, from the onset."""
    if "times" in area:
        return [(begin - onset_ms, end - onset_ms) for begin, end in area["times"]]
    begin, end = area.get("span_ms") or (0, None)
    return [(begin, END_MS if end is None else end)]


def there(area: dict[str, Any], seen: Seen) -> tuple[int, ...]:
    """Of a fixation in several times of an area, the longest part."""
    parts = [[t for t in seen.ms if begin <= t < end] for begin, end in times_of(area, seen.onset_ms)]
    return counted(max(parts, key=len), len(seen.ms))


def by_milliseconds(area: dict[str, Any], showings: list[list[Seen]]) -> dict[str, Any]:
    """The metrics of an area by the words of the documents."""
    durations: list[int] = []
    visits: list[list[int]] = []  # the milliseconds from the first fixation to the end of the last one
    revisits, all_ms = 0, 0
    firsts: list[tuple[int, int]] = []
    for showing in showings:
        before: tuple[int, ...] = ()
        n_before = len(visits)
        for seen in showing:
            all_ms += len(there(area, seen))
            on = is_on(area, seen)
            if on:
                if before and on[0] - before[-1] - 1 <= LONGEST_GAP_MS:
                    visits[-1] += range(before[-1] + 1, on[-1] + 1)
                else:
                    visits.append(list(on))
                if len(visits) == n_before + 1 and visits[-1] == list(on):
                    firsts.append((on[0] - begins_ms(area, seen.onset_ms), len(on)))
                durations.append(len(on))
            before = on
        revisits += max(len(visits) - n_before - 1, 0)
    n = len(durations)
    return {
        "looked": n > 0,
        "fixation_count": n,
        "fixation_ms": sum(durations),
        "mean_fixation_ms": sum(durations) / n if n else None,
        "time_to_first_fixation_ms": sum(start for start, _ in firsts) / len(firsts) if firsts else None,
        "first_fixation_duration_ms": sum(ms for _, ms in firsts) / len(firsts) if firsts else None,
        "visits": len(visits),
        "revisits": revisits,
        "dwell_ms": sum(map(len, visits)),
        "mean_dwell_ms": sum(map(len, visits)) / len(visits) if visits else None,
        "share": sum(durations) / all_ms if all_ms else None,
    }


def begins_ms(area: dict[str, Any], onset_ms: int) -> int:
    """The beginning of its first time after the onset, or the onset."""
    return max(next(begin for begin, end in times_of(area, onset_ms) if end > 0), 0)


def is_there(area: dict[str, Any], showing: tuple[int, int]) -> bool:
    onset, end = showing
    return any(begin < end - onset and stop > 0 for begin, stop in times_of(area, onset))


def innermost(areas: list[dict[str, Any]], seen: Seen) -> str:
    def size(area: dict[str, Any]) -> float:
        (left, top), (right, bottom) = area["points"]
        return round((right - left) * (bottom - top), 6)

    on = [area for area in areas if is_on(area, seen)]
    return str(min(on, key=size)["name"]) if on else "elsewhere"


@pytest.mark.parametrize("seed", range(60))
def test_metrics_sequence_and_transitions_are_those_of_each_millisecond(tmp_path: Path, seed: int) -> None:
    fixations, areas, times, is_page = random_case(seed)
    found = looked_at(tmp_path / "r", seed)
    showings = [seen_in(showing, fixations, is_page=is_page) for showing in times]
    (person,) = found.people
    there_in = [area for area in areas if any(is_there(area, showing) for showing in times)]
    assert sorted(person.metrics) == sorted(area["name"] for area in there_in)
    for area in there_in:
        metrics = person.metrics[area["name"]]
        expected = by_milliseconds(area, showings)
        assert {name: getattr(metrics, name) for name in expected} == pytest.approx(expected), (area, times)
    sequence, moves = [], dict.fromkeys(((a, b) for a in found.columns for b in found.columns), 0)
    for showing in showings:
        names = [innermost(areas, seen) for seen in showing]
        for before, after in itertools.pairwise(names):
            moves[before, after] += before != after
        visited = [name for name in names if name != "elsewhere"]
        sequence += [name for i, name in enumerate(visited) if i == 0 or visited[i - 1] != name]
    assert list(person.sequence) == sequence
    assert {
        (a, b): found.transitions[i, j] for i, a in enumerate(found.columns) for j, b in enumerate(found.columns)
    } == moves
