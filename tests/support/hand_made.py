"""Recordings whose fixations are known, because they are written by hand."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

START_MS = 1_763_843_912_000.0
INTERVAL_MS = 40.0
SCREEN_PX = (1000.0, 500.0)
Known = tuple[float, float, float, float]  # start and end in ms since the first sample, x, y


def gaze_line(at_ms: float, point: tuple[float, float] | None, **more: Any) -> dict[str, Any]:
    """A gaze message. point: None for a lost face."""
    line: dict[str, Any] = {
        **{"type": "gaze", "v": 1, "session": "s_1", "seq": 1, "timestamp": START_MS + at_ms},
        **{"valid": point is not None, "status": "no_face" if point is None else "ok", "space": "screen"},
        **dict.fromkeys(("x", "y", "x_px", "y_px", "raw")),
    }
    if point is not None:
        x, y = point
        line |= {"x": x, "y": y, "x_px": x * SCREEN_PX[0], "y_px": y * SCREEN_PX[1], "raw": {"x": x, "y": y}}
    return line | more


def fixation_line(known: Known) -> dict[str, Any]:
    start, end, x, y = known
    return {
        **{"type": "fixation", "session": "s_1", "phase": "end", "id": 1, "space": "screen", "x": x, "y": y},
        **{"start": START_MS + start, "timestamp": START_MS + end, "duration_ms": end - start},
    }


def accuracy_line(error_px: float) -> dict[str, Any]:
    """A validation with this mean error."""
    result = {"accuracy": {"px": error_px, "deg": None}, "precision": None, "points": [{}]}
    return {"type": "validation", "session": "s_1", "state": "done", "timestamp": START_MS, "result": result}


def stimulus_line(phase: str, name: str, at_ms: float, rect_px: Sequence[float] | None = None, **more: Any) -> Any:
    sides = dict(zip(("x_px", "y_px", "width_px", "height_px"), rect_px or (None,) * 4, strict=True))
    return (
        {"type": "stimulus", "session": "s_1", "timestamp": START_MS + at_ms, "phase": phase, "name": name}
        | sides
        | more
    )


def mark_line(label: str, at_ms: float) -> dict[str, Any]:
    return {"type": "mark", "session": "s_1", "label": label, "timestamp": START_MS + at_ms}


def write_recording(
    folder: Path,
    fixations: Sequence[Known],
    *more: dict[str, Any],
    person: str = "Ada",
    duration_ms: float | None = None,
) -> Path:
    """A session folder with a sample every INTERVAL_MS, which has a point during fixations, and with these lines.

    The fixations are in it as events, so their times are known to the millisecond.
    """
    folder.mkdir(parents=True, exist_ok=True)
    end_ms = duration_ms if duration_ms is not None else max((end for _, end, _, _ in fixations), default=0.0)
    lines: list[dict[str, Any]] = list(more)
    for number in range(math.ceil(end_ms / INTERVAL_MS) + 1):
        at_ms = INTERVAL_MS * number
        here = [(x, y) for start, end, x, y in fixations if start <= at_ms <= end]
        lines.append(gaze_line(at_ms, here[0] if here else None))
    lines += [fixation_line(known) for known in fixations]
    return write_lines(folder, lines, person=person)


def write_lines(folder: Path, lines: Sequence[dict[str, Any]], *, person: str = "Ada", **members: Any) -> Path:
    """A session folder with these lines."""
    folder.mkdir(parents=True, exist_ok=True)
    screen = {"width_px": SCREEN_PX[0], "height_px": SCREEN_PX[1], "width_mm": 300.0, "distance_mm": 600.0}
    about = {"started_ms": START_MS, "ended_ms": START_MS + 5000.0, "frames": False, "n_samples": 1, "n_frames": 0}
    session = {"version": 1, "person": person, "screen": screen, "recording": about} | members
    (folder / "session.json").write_text(json.dumps(session), encoding="utf-8")
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    (folder / "samples.ndjson").write_text(text, encoding="utf-8")
    return folder
