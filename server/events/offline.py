"""Detects fixations, saccades and blinks in a recording that has samples only, with the live detector.

The noise is measured over the whole recording, because the calibration's frames are not available. So it is the same
for all samples, unlike in `server.events.annotator`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from msgspec.structs import asdict

from calibration.screen import ScreenGeometry, ScreenPoint
from server.events.fixation_detector import EventDetector
from server.events.noise import TYPICAL, Noise, limited, recorded_noise
from server.events.types import Boundary, Detected, boundary_message, fixation_so_far
from server.gaze.eyelids import ClosingEyelids
from server.protocol.events import EyeEvent
from server.protocol.replies import to_wire
from server.recordings.gaze_log import GazeRecording
from server.recordings.sample_line import SampleColumns, columns, parsed

Message = Mapping[str, Any]


def with_events(recording: GazeRecording) -> GazeRecording:
    """The recording with `event` and `fixation` in its samples, and with events in the order of their ends.

    A recording that already has events is returned unchanged.
    """
    if recording.has_events:
        return recording
    annotated: list[Message] = []
    events: list[EyeEvent] = []
    for sample, before in annotate(recording.samples, recording.screen):
        events += before
        if sample is not None:
            annotated.append(sample)
    ends = tuple(to_wire(event) for event in events if event.phase == "end")
    return replace(recording, samples=tuple(annotated), events=ends, has_events=True, events_detected_offline=True)


def annotate(samples: Sequence[Message], screen: ScreenGeometry) -> Iterator[tuple[Message | None, list[EyeEvent]]]:
    """Each sample with `event` and `fixation`, and the events before it; then None with those that are still open.

    samples: gaze messages in the order of capture.
    """
    session = str(samples[0].get("session", ""))
    read = columns([parsed(f"gaze message {number}", sample) for number, sample in enumerate(samples, start=1)])
    for sample, detected in zip((*samples, None), detections(read, screen), strict=True):
        before = [boundary_message(boundary, session, screen) for boundary in detected.boundaries]
        if sample is None:
            yield None, before
        else:
            fixation = None if detected.fixation is None else asdict(fixation_so_far(detected.fixation))
            yield {**sample, "event": detected.event, "fixation": fixation}, before


def detections(samples: SampleColumns, screen: ScreenGeometry) -> Iterator[Detected]:
    """The detector's answer for each sample, and at last what the end of the recording ends."""
    detector, eyelids = EventDetector(), ClosingEyelids()
    detector.aspect = screen.height_px / screen.width_px
    detector.noise = _noise(samples)
    calibration = -1
    shut = samples.statuses.index("eyes_closed") if "eyes_closed" in samples.statuses else -1
    rows = (samples.time_ms, samples.raw_x, samples.raw_y, samples.openness, samples.status, samples.calibration)
    for time_ms, x, y, openness, status, of in zip(*(row.tolist() for row in rows), strict=True):
        before: tuple[Boundary, ...] = ()
        if of != calibration:
            before = detector.reset().boundaries  # points of two calibrations can't be compared
            calibration = of
        if status == shut:
            detected = detector.closed(time_ms)
        elif x != x:  # NaN: no point
            detected = detector.lost(time_ms)
        elif openness == openness and eyelids.closing(openness, time_ms):
            detected = detector.unreliable(time_ms)
        else:
            detected = detector.valid(ScreenPoint(x, y), time_ms)
        yield replace(detected, boundaries=before + detected.boundaries) if before else detected
    yield detector.reset()


def _noise(samples: SampleColumns) -> Noise:
    known = ~np.isnan(samples.raw_x)
    estimate = recorded_noise(samples.time_ms[known], samples.raw_x[known], samples.raw_y[known])
    return TYPICAL if estimate is None else limited(estimate)
