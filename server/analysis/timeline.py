"""A recording on a time line: gaze, fixations, saccades, blinks, lost spans, marks, areas, stimuli, quality. Pure.

Times are ms since the first sample. Fixations come from the recording if it has events, else from our detector.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration.screen import ScreenGeometry
from server.analysis.quality import Accuracy, Quality, accuracy_of, quality_of
from server.analysis.stimuli import Presentation, presentations
from server.events.offline import detections
from server.events.types import DetectedBlink, DetectedFixation
from server.recordings.checks import AREA_SIDES, is_number
from server.recordings.opened import OpenedRecording
from server.recordings.sample_line import SampleColumns

Floats = npt.NDArray[np.float64]
Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Fixations:
    """Fixations in the order of time; all arrays have the same length. x, y: centre, screen units."""

    start_ms: Floats
    end_ms: Floats
    x: Floats
    y: Floats

    def __len__(self) -> int:
        return len(self.start_ms)


@dataclass(frozen=True, slots=True)
class Span:
    """A saccade (from_, to), a blink, or a span without a point (status)."""

    start_ms: float
    end_ms: float
    from_: Place | None = None
    to: Place | None = None
    status: str = ""


@dataclass(frozen=True, slots=True)
class ReportedAreas:
    """All areas that the pages had reported at this time: name, x, y, width, height in screen units."""

    at_ms: float
    areas: tuple[tuple[str, float, float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """start_ms: unix time of the first sample. samples.time_ms: ms since then."""

    name: str
    person: str
    participant: str
    screen: ScreenGeometry
    start_ms: float
    duration_ms: float
    samples: SampleColumns
    fixations: Fixations
    saccades: tuple[Span, ...]
    blinks: tuple[Span, ...]
    lost: tuple[Span, ...]
    marks: tuple[tuple[float, str], ...]
    areas: tuple[ReportedAreas, ...]
    stimuli: tuple[Presentation, ...]
    accuracy: Accuracy | None
    quality: Quality
    problems: tuple[str, ...]

    @property
    def data_loss(self) -> float:
        """The share of samples without a point; 1 without samples."""
        return 1.0 if self.quality.data_loss is None else self.quality.data_loss


def timeline(recording: OpenedRecording) -> Timeline:
    """Detects what the recording lacks, and puts everything on one clock."""
    samples = recording.samples
    start_ms = float(samples.time_ms[0]) if len(samples) else _first_time(recording)
    duration_ms = float(samples.time_ms[-1]) - start_ms if len(samples) else 0.0
    if recording.has_events and recording.events:
        fixations, saccades, blinks = _recorded_events(recording, start_ms)
    else:
        fixations, saccades, blinks = _detected_events(recording, start_ms)
    samples = replace(samples, time_ms=samples.time_ms - start_ms)
    accuracy = accuracy_of(recording.calibrations, recording.validations, samples.error_px[samples.valid])
    return Timeline(
        name=recording.name,
        person=recording.person,
        participant=recording.participant,
        screen=recording.screen,
        start_ms=start_ms,
        duration_ms=duration_ms,
        samples=samples,
        fixations=fixations,
        saccades=saccades,
        blinks=blinks,
        lost=_lost(samples),
        marks=tuple((float(mark["timestamp"]) - start_ms, str(mark.get("label", ""))) for mark in recording.marks),
        areas=_areas(recording, start_ms),
        stimuli=presentations(recording.stimuli, recording.marks, recording.screen, start_ms, duration_ms),
        accuracy=accuracy,
        quality=quality_of(samples, recording.screen, accuracy, fixation_of(samples.time_ms, fixations)),
        problems=recording.problems,
    )


def fixation_of(time_ms: Floats, fixations: Fixations) -> npt.NDArray[np.int64]:
    """The number of the fixation at each time, -1 between fixations."""
    if not len(fixations):
        return np.full(len(time_ms), -1, np.int64)
    which = np.searchsorted(fixations.start_ms, time_ms, side="right") - 1
    inside = (which >= 0) & (time_ms <= fixations.end_ms[np.maximum(which, 0)])
    return np.where(inside, which, -1).astype(np.int64)


def _first_time(recording: OpenedRecording) -> float:
    """Of a recording without gaze, unix ms."""
    lines = (*recording.marks, *recording.stimuli, *recording.calibrations)
    return min((float(line["timestamp"]) for line in lines), default=0.0)


def _detected_events(
    recording: OpenedRecording, start_ms: float
) -> tuple[Fixations, tuple[Span, ...], tuple[Span, ...]]:
    rows, saccades, blinks = [], [], []
    for detected in detections(recording.samples, recording.screen):
        for boundary in detected.boundaries:
            what = boundary.what
            if boundary.phase == "start":
                continue
            start, end = what.start_ms - start_ms, what.end_ms - start_ms
            if isinstance(what, DetectedFixation):
                rows.append((start, end, what.x, what.y))
            elif isinstance(what, DetectedBlink):
                blinks.append(Span(start, end))
            else:
                to = None if what.to is None else (what.to.x, what.to.y)
                saccades.append(Span(start, end, (what.origin.x, what.origin.y), to))
    return _fixations(rows), tuple(saccades), tuple(blinks)


def _recorded_events(
    recording: OpenedRecording, start_ms: float
) -> tuple[Fixations, tuple[Span, ...], tuple[Span, ...]]:
    rows, saccades, blinks = [], [], []
    for event in recording.events:
        if not is_number(event.get("start")):
            continue
        start, end = float(event["start"]) - start_ms, float(event["timestamp"]) - start_ms
        if event["type"] == "fixation":
            if is_number(event.get("x")) and is_number(event.get("y")):
                rows.append((start, end, float(event["x"]), float(event["y"])))
        elif event["type"] == "blink":
            blinks.append(Span(start, end))
        else:
            saccades.append(Span(start, end, _place(event.get("from")), _place(event.get("to"))))
    return _fixations(rows), tuple(saccades), tuple(blinks)


def _fixations(rows: list[tuple[float, float, float, float]]) -> Fixations:
    table: Floats = np.array(sorted(rows), np.float64).reshape(-1, 4)
    return Fixations(*np.ascontiguousarray(table.T))


def _place(value: Any) -> Place | None:
    if not isinstance(value, Mapping) or not (is_number(value.get("x")) and is_number(value.get("y"))):
        return None
    return float(value["x"]), float(value["y"])


def _lost(samples: SampleColumns) -> tuple[Span, ...]:
    """Spans of samples without a point; each ends at the next sample of another status."""
    if not len(samples):
        return ()
    codes = np.where(samples.valid, -1, samples.status)
    first = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
    ends = np.r_[first[1:], len(codes) - 1]
    return tuple(
        Span(float(samples.time_ms[a]), float(samples.time_ms[b]), status=samples.statuses[codes[a]])
        for a, b in zip(first.tolist(), ends.tolist(), strict=True)
        if codes[a] >= 0
    )


def _areas(recording: OpenedRecording, start_ms: float) -> tuple[ReportedAreas, ...]:
    width_px, height_px = recording.screen.width_px, recording.screen.height_px
    reported = []
    for message in recording.areas:
        placed = []
        for area in message["areas"]:
            sides = [area.get(side) for side in AREA_SIDES]
            if all(map(is_number, sides)):
                x, y, width, height = map(float, sides)
                placed.append((str(area["id"]), x / width_px, y / height_px, width / width_px, height / height_px))
        reported.append(ReportedAreas(float(message["timestamp"]) - start_ms, tuple(placed)))
    return tuple(reported)
