"""The JSON of a time line, as `GET /v1/recordings/{recording}/timeline` answers it. Pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from server.analysis.quality import Accuracy
from server.analysis.timeline import Span, Timeline

Floats = npt.NDArray[np.float64]


def timeline_json(line: Timeline, pictures: frozenset[str]) -> dict[str, Any]:
    """pictures: the names of the stimuli that have a picture."""
    samples, fixations, screen = line.samples, line.fixations, line.screen
    return {
        "recording": line.name,
        "person": line.person,
        "participant": line.participant,
        "start_ms": line.start_ms,
        "duration_ms": round(line.duration_ms, 1),
        "screen": {
            name: getattr(screen, name) for name in ("width_px", "height_px", "width_mm", "height_mm", "distance_mm")
        },
        "accuracy": accuracy_json(line.accuracy),
        "quality": {key: _rounded(value) for key, value in asdict(line.quality).items()},
        "statuses": list(samples.statuses),
        "samples": {
            "t_ms": _numbers(samples.time_ms, 1),
            "x": _numbers(samples.x, 4),
            "y": _numbers(samples.y, 4),
            "radius_px": _numbers(samples.error_px, 1),
            "status": samples.status.tolist(),
        },
        "fixations": [
            {"start_ms": start, "end_ms": end, "x": x, "y": y}
            for start, end, x, y in zip(
                *(_numbers(column, 1) for column in (fixations.start_ms, fixations.end_ms)),
                *(_numbers(column, 4) for column in (fixations.x, fixations.y)),
                strict=True,
            )
        ],
        "saccades": [_times(span) | {"from": span.from_, "to": span.to} for span in line.saccades],
        "blinks": [_times(span) for span in line.blinks],
        "lost": [_times(span) | {"status": span.status} for span in line.lost],
        "marks": [{"t_ms": round(at_ms, 1), "label": label} for at_ms, label in line.marks],
        "areas": [
            {
                "t_ms": round(reported.at_ms, 1),
                "areas": [
                    {"name": name, "x": x, "y": y, "width": width, "height": height}
                    for name, x, y, width, height in reported.areas
                ],
            }
            for reported in line.areas
        ],
        "stimuli": [
            {
                "name": shown.name,
                "kind": shown.kind,
                "start_ms": round(shown.start_ms, 1),
                "end_ms": round(shown.end_ms, 1),
                "rect": dict(zip(("x", "y", "width", "height"), shown.places[0][1:], strict=True)),
                "moves": [list(place) for place in shown.places[1:]],
                "view": shown.view,
                "picture": shown.name in pictures,
                "size_px": [round(side, 1) for side in shown.size_px(screen)],
            }
            for shown in line.stimuli
        ],
        "targets": _targets(line),
        "problems": list(line.problems),
    }


def accuracy_json(accuracy: Accuracy | None) -> dict[str, Any] | None:
    return None if accuracy is None else {"px": round(accuracy.px, 1), "deg": accuracy.deg, "kind": accuracy.kind}


def _targets(line: Timeline) -> list[dict[str, Any]]:
    """The targets of calibrations and validations during the recording."""
    numbers, time_ms = line.samples.target, line.samples.time_ms
    shown = []
    for number, (x, y, phase) in enumerate(line.samples.targets):
        times = time_ms[numbers == number]
        shown.append({"start_ms": float(times[0]), "end_ms": float(times[-1]), "x": x, "y": y, "phase": phase})
    return shown


def _times(span: Span) -> dict[str, Any]:
    return {"start_ms": round(span.start_ms, 1), "end_ms": round(span.end_ms, 1)}


def _numbers(column: Floats, digits: int) -> list[float | None]:
    """NaN becomes null."""
    rounded = column.round(digits)
    if not np.isnan(rounded).any():
        return rounded.tolist()  # type: ignore[no-any-return]
    return [None if value != value else value for value in rounded.tolist()]


def _rounded(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value
