"""The gaze messages of a recording as columns. Reads only the members that an analysis needs, so it is fast.

A line becomes a `SampleLine` with msgspec, which checks the types while it parses: 54,000 lines take half a second,
where messages as dictionaries take three. `server.recordings.gaze_log` reads all members, for the exports.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from server.recordings.reader import RecordingError

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]


class Point(msgspec.Struct):
    x: float
    y: float


class Target(Point):
    id: int = 0


class _Eye(msgspec.Struct):
    openness: float = math.nan


class _Eyes(msgspec.Struct):
    left: _Eye
    right: _Eye


class SampleLine(msgspec.Struct):
    """One gaze message. target and phase: in session folders only."""

    type: str
    timestamp: float
    valid: bool
    status: str
    x: float | None = None
    y: float | None = None
    x_px: float | None = None
    y_px: float | None = None
    raw: Point | None = None
    error_px: float | None = None
    eyes: _Eyes | None = None
    calibration: str | None = None
    session: str | None = None
    space: str = "screen"
    event: str | msgspec.UnsetType | None = msgspec.UNSET
    target: Target | None = None
    phase: str = ""


_decode = msgspec.json.Decoder(SampleLine).decode


def parsed(place: str, line: bytes | Mapping[str, Any]) -> SampleLine:
    """The sample of a line, or of a message that was parsed before. Raises RecordingError."""
    try:
        sample = msgspec.convert(line, SampleLine) if isinstance(line, Mapping) else _decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise RecordingError(f"{place}: this gaze message can't be read: {problem}") from problem
    if sample.space != "screen":
        raise RecordingError(f"{place}: recorded in the space of a viewport; an analysis needs screen space")
    if sample.valid and not (_finite(sample.x) and _finite(sample.y)):
        raise RecordingError(f"{place}: x and y must be numbers when valid is true")
    return sample


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


@dataclass(frozen=True, slots=True)
class SampleColumns:
    """Samples in the order of capture; all arrays have the same length.

    time_ms: unix ms. x, y: filtered; raw_x, raw_y: not filtered, screen units; NaN without a point, as error_px and
    openness without one. status: index into statuses. calibration: a number for each, -1 without one. target: index
    into targets (x, y, phase), -1 without one; each showing of a target has its own.
    """

    time_ms: Floats
    x: Floats
    y: Floats
    raw_x: Floats
    raw_y: Floats
    error_px: Floats
    openness: Floats
    status: Codes
    statuses: tuple[str, ...]
    calibration: Codes
    target: Codes
    targets: tuple[tuple[float, float, str], ...]

    @property
    def valid(self) -> npt.NDArray[np.bool_]:
        found: npt.NDArray[np.bool_] = ~np.isnan(self.x)
        return found

    def __len__(self) -> int:
        return len(self.time_ms)


def columns(lines: Sequence[SampleLine]) -> SampleColumns:
    """The samples as columns, sorted by time."""
    lines = sorted(lines, key=lambda line: line.timestamp)
    statuses: dict[str, int] = {}
    calibrations: dict[str | None, int] = {None: -1}
    nan = math.nan
    rows = [
        (
            line.timestamp,
            *((line.x, line.y) if line.valid else (nan, nan)),
            *((line.raw.x, line.raw.y) if line.valid and line.raw else (line.x, line.y) if line.valid else (nan, nan)),
            nan if line.error_px is None else line.error_px,
            nan if line.eyes is None else (line.eyes.left.openness + line.eyes.right.openness) / 2.0,
            statuses.setdefault(line.status, len(statuses)),
            calibrations.setdefault(line.calibration, len(calibrations) - 1),
        )
        for line in lines
    ]
    table: Floats = np.array(rows, np.float64).reshape(-1, 9)
    target, targets = _targets(lines)
    time_ms, x, y, raw_x, raw_y, error_px, openness = np.ascontiguousarray(table[:, :7].T)
    return SampleColumns(
        time_ms=time_ms,
        x=x,
        y=y,
        raw_x=raw_x,
        raw_y=raw_y,
        error_px=error_px,
        openness=openness,
        status=table[:, 7].astype(np.int32),
        statuses=tuple(statuses),
        calibration=table[:, 8].astype(np.int32),
        target=target,
        targets=targets,
    )


def _targets(lines: Sequence[SampleLine]) -> tuple[Codes, tuple[tuple[float, float, str], ...]]:
    """The number of each sample's target, and the targets."""
    numbers = np.full(len(lines), -1, np.int32)
    targets: list[tuple[float, float, str]] = []
    before: tuple[int, str] | None = None
    for index, line in enumerate(lines):
        now = None if line.target is None else (line.target.id, line.phase)
        if line.target is not None:
            if now != before:
                targets.append((line.target.x, line.target.y, line.phase))
            numbers[index] = len(targets) - 1
        before = now
    return numbers, tuple(targets)
