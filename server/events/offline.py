"""Detects fixations, saccades and blinks in a recording that has samples only, with the live detector.

The noise is measured over the whole recording, because the calibration's frames are not available. So it is the same
for all samples, unlike in `server.events.annotator`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from msgspec.structs import asdict

from calibration.screen import ScreenGeometry, ScreenPoint
from server.events.fixation_detector import EventDetector
from server.events.noise import TYPICAL, Noise, StepNoise, limited
from server.events.types import Boundary, Detected, boundary_message, fixation_so_far
from server.gaze.eyelids import ClosingEyelids
from server.protocol.events import EyeEvent
from server.protocol.replies import to_wire
from server.recordings.gaze_log import GazeRecording

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
    """Each sample with `event` and `fixation`, and the events before it; then None with those that are still open."""
    detector, eyelids = EventDetector(), ClosingEyelids()
    detector.aspect = screen.height_px / screen.width_px
    detector.noise = _noise(samples)
    session = str(samples[0].get("session", ""))

    def messages(boundaries: Sequence[Boundary]) -> list[EyeEvent]:
        return [boundary_message(boundary, session, screen) for boundary in boundaries]

    calibration: object = None
    for sample in samples:
        before: list[EyeEvent] = []
        if sample.get("calibration") != calibration:
            before += messages(detector.reset().boundaries)  # points of two calibrations can't be compared
            calibration = sample.get("calibration")
        detected = _step(detector, eyelids, sample)
        before += messages(detected.boundaries)
        fixation = None if detected.fixation is None else asdict(fixation_so_far(detected.fixation))
        yield {**sample, "event": detected.event, "fixation": fixation}, before
    yield None, messages(detector.reset().boundaries)


def _step(detector: EventDetector, eyelids: ClosingEyelids, sample: Message) -> Detected:
    time_ms = float(sample["timestamp"])
    if sample["status"] == "eyes_closed":
        return detector.closed(time_ms)
    if not sample["valid"]:
        return detector.lost(time_ms)
    if _eyelids_close(eyelids, sample):
        return detector.unreliable(time_ms)
    return detector.valid(_raw(sample), time_ms)


def _raw(sample: Message) -> ScreenPoint:
    """The unfiltered point, because the filter smooths saccades. Some recordings have only the filtered one."""
    point = sample.get("raw") or sample
    return ScreenPoint(float(point["x"]), float(point["y"]))


def _noise(samples: Sequence[Message]) -> Noise:
    steps = StepNoise()
    for sample in samples:
        if sample["valid"]:
            steps.add(_raw(sample), float(sample["timestamp"]))
    estimate = steps.estimate()
    return TYPICAL if estimate is None else limited(estimate)


def _eyelids_close(eyelids: ClosingEyelids, sample: Message) -> bool:
    """Whether the eyelids close; False when the recording has no `eyes`."""
    eyes = sample.get("eyes")
    if not eyes:
        return False
    openness = (eyes["left"]["openness"] + eyes["right"]["openness"]) / 2.0
    return eyelids.closing(openness, float(sample["timestamp"]))
