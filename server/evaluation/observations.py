"""The analysed frames of a recorded session: which of them calibrate, and which are measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from calibration.bench.feature_file import FeatureSession
from calibration.samples.sample import Blocks, CalibrationSample
from calibration.samples.selection import settled_mask, visits_of
from calibration.screen import ScreenGeometry
from models.datasets.session_layout import Phase
from server.recordings.reader import RecordedFrame, Recording


@dataclass(frozen=True, slots=True)
class Observation:
    """One recorded frame and its analysis. `blocks` is None exactly for ``no_face`` and ``broken`` (no image).

    distance_mm: from the camera to the eyes, None where it is not known (`FaceAnalysis.distance_mm`).
    """

    frame: RecordedFrame
    status: Literal["ok", "no_face", "eyes_closed", "broken"]
    blocks: Blocks | None = None
    distance_mm: float | None = None


def features_of(recording: Recording, observations: Sequence[Observation]) -> FeatureSession:
    """A session's part in `calibration.bench`: the calibration's frames, and the frames that are measured."""
    return FeatureSession(
        name=recording.name,
        person=recording.person or recording.name,
        screen=with_distance(recording.screen, observations),
        calibrate=tuple(calibration_samples(observations)),
        test=tuple(_sample(observation, None) for observation in settled_test_observations(observations)),
    )


def calibration_samples(observations: Sequence[Observation]) -> list[CalibrationSample]:
    """The frames with a face of phase ``calibrate``, shut eyes included: the selection drops their neighbours, too."""
    samples = []
    for observation, arrived_ms in zip(observations, arrivals_ms(observations), strict=True):
        if observation.frame.phase == "calibrate" and observation.blocks is not None:
            samples.append(_sample(observation, arrived_ms))
    return samples


def _sample(observation: Observation, arrived_ms: float | None) -> CalibrationSample:
    """A frame with a face and a target as the calibration takes it."""
    frame = observation.frame
    assert frame.target is not None  # server.recordings.reader checks both
    assert frame.target_id is not None
    assert observation.blocks is not None
    return CalibrationSample(
        captured_ms=frame.captured_ms,
        target_id=frame.target_id,
        target=frame.target,
        blocks=observation.blocks,
        eyes_open=observation.status == "ok",
        arrived_ms=arrived_ms,
    )


def arrivals_ms(observations: Sequence[Observation]) -> list[float]:
    """When each frame's target arrived: its visit's first frame, with or without a face, whatever the phase."""
    frames = [observation.frame for observation in observations]
    times = [frame.captured_ms for frame in frames]
    arrivals = list(times)
    for start, end in visits_of([(frame.target_id, frame.target) for frame in frames], times):
        arrivals[start:end] = [times[start]] * (end - start)
    return arrivals


def settled_test_observations(observations: Sequence[Observation]) -> list[Observation]:
    """Test frames with open eyes, after the settle time of the calibration; single frames of a target stay."""
    phase: Phase = "test"
    pairs = [
        (observation, arrived)
        for observation, arrived in zip(observations, arrivals_ms(observations), strict=True)
        if observation.frame.phase == phase
    ]
    frames = [observation.frame for observation, _ in pairs]
    settled = settled_mask(
        [(frame.target_id, frame.target) for frame in frames],
        [frame.captured_ms for frame in frames],
        [arrived for _, arrived in pairs],
    )
    return [pair[0] for pair, keep in zip(pairs, settled, strict=True) if keep and pair[0].status == "ok"]


def with_distance(screen: ScreenGeometry, observations: Sequence[Observation]) -> ScreenGeometry:
    """The screen with the viewing distance: the recording's own, else the median of those from the irises of open eyes.

    (The head model's distance is less accurate: it depends on the size of the head and the camera's field of view.)
    """
    return screen.seen_from([o.distance_mm for o in observations if o.status == "ok" and o.distance_mm is not None])
