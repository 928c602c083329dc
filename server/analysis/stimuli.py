"""Says what was shown when, and where on the screen, from the lines of a recording. Pure.

1. `stimulus` lines have the true onset, the rectangle on the screen, and each move of it. A page that scrolls moves
   up, so its places stay places of the page.
2. The marks "stimulus: NAME" and "stimulus end" say the same for the whole screen, for programs that can only mark.
3. Without either, each mark opens a stimulus of kind "mark" on the whole screen, until the next mark. So a recording
   of jsPsych, of the plugin or of `sightline mark` is divided by its marks.

One stimulus is open at a time: a start ends the one before, and the end of the recording ends the last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration.screen import ScreenGeometry
from server.recordings.checks import AREA_SIDES

Message = Mapping[str, Any]
Floats = npt.NDArray[np.float64]
MARK_STARTS, MARK_ENDS = "stimulus:", "stimulus end"
WHOLE_SCREEN = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Presentation:
    """One showing of a stimulus. Times are ms since the first sample.

    places: (from_ms, x, y, width, height), the rectangle in screen units from that time on; the first is at start_ms.
    view: the visible part of the screen in screen units (x, y, width, height); points outside are not
    on the stimulus. None: all of it.
    """

    name: str
    kind: str
    start_ms: float
    end_ms: float
    places: tuple[tuple[float, float, float, float, float], ...]
    view: tuple[float, float, float, float] | None = None

    def size_px(self, screen: ScreenGeometry) -> tuple[float, float]:
        _, _, _, width, height = self.places[0]
        return width * screen.width_px, height * screen.height_px

    def place_at(self, time_ms: Floats) -> Floats:
        """The rectangles at these times, (n, 4)."""
        places = np.array(self.places)
        which = np.clip(np.searchsorted(places[:, 0], time_ms, side="right") - 1, 0, None)
        rectangles: Floats = places[which, 1:]
        return rectangles


def whole_recording(duration_ms: float) -> Presentation:
    """The whole screen during the whole recording, which is analysed when no stimulus is chosen."""
    return Presentation("", "screen", 0.0, duration_ms, ((0.0, *WHOLE_SCREEN),))


def presentations(
    stimuli: Sequence[Message],
    marks: Sequence[Message],
    screen: ScreenGeometry,
    start_ms: float,
    duration_ms: float,
) -> tuple[Presentation, ...]:
    """All showings in the order of time. stimuli, marks: lines of a recording. start_ms: time of the first sample."""
    lines = stimuli or _from_marks(marks)
    shown: list[Presentation] = []
    is_open = False
    for line in sorted(lines, key=lambda line: float(line["timestamp"])):
        at_ms = min(max(float(line["timestamp"]) - start_ms, 0.0), duration_ms)
        if line["phase"] == "move":
            if is_open and shown[-1].name == line["name"]:
                places = (*shown[-1].places, (at_ms, *_rectangle(line, screen)))
                shown[-1] = replace(shown[-1], places=places)
            continue
        if is_open and (line["phase"] == "start" or line["name"] in ("", shown[-1].name)):
            shown[-1] = replace(shown[-1], end_ms=at_ms)
            is_open = False
        if line["phase"] == "start":
            place = (at_ms, *_rectangle(line, screen))
            kind, view = str(line.get("kind", "picture")), _view(line, screen)
            shown.append(Presentation(str(line["name"]), kind, at_ms, duration_ms, (place,), view))
            is_open = True
    return tuple(_grown(one) for one in shown if one.end_ms > one.start_ms)


def _grown(shown: Presentation) -> Presentation:
    """A page gets longer as it loads: its places are those of the whole page, as large as it became."""
    if shown.kind != "page":
        return shown
    width, height = (max(place[side] for place in shown.places) for side in (3, 4))
    return replace(shown, places=tuple((at_ms, x, y, width, height) for at_ms, x, y, _, _ in shown.places))


def stimulus_names(stimuli: Sequence[Message], marks: Sequence[Message]) -> list[str]:
    """The names in the order of their first showing."""
    lines = sorted(stimuli or _from_marks(marks), key=lambda line: float(line["timestamp"]))
    return list(dict.fromkeys(str(line["name"]) for line in lines if line["phase"] == "start"))


def _from_marks(marks: Sequence[Message]) -> list[Message]:
    """`stimulus` lines that the marks stand for."""
    labels = [str(mark.get("label", "")).strip() for mark in marks]
    named = any(label.startswith(MARK_STARTS) for label in labels)
    lines: list[Message] = []
    for mark, label in zip(marks, labels, strict=True):
        if label == MARK_ENDS:
            lines.append({"timestamp": mark["timestamp"], "phase": "end", "name": ""})
        elif label.startswith(MARK_STARTS) and label[len(MARK_STARTS) :].strip():
            name = label[len(MARK_STARTS) :].strip()
            lines.append({"timestamp": mark["timestamp"], "phase": "start", "name": name})
        elif not named and label:
            lines.append({"timestamp": mark["timestamp"], "phase": "start", "name": label, "kind": "mark"})
    return lines


def _rectangle(line: Message, screen: ScreenGeometry) -> tuple[float, float, float, float]:
    sides = [line.get(side) for side in AREA_SIDES]
    return WHOLE_SCREEN if sides[0] is None else _in_units([float(side or 0.0) for side in sides], screen)


def _view(line: Message, screen: ScreenGeometry) -> tuple[float, float, float, float] | None:
    view = line.get("view")
    return None if view is None else _in_units([float(side) for side in view], screen)


def _in_units(px: Sequence[float], screen: ScreenGeometry) -> tuple[float, float, float, float]:
    x, y, width, height = px
    return x / screen.width_px, y / screen.height_px, width / screen.width_px, height / screen.height_px
