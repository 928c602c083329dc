"""The analysed frames of a recorded session, and the selection of those to fit and those to measure."""

from __future__ import annotations

from collections import Counter
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
    """One recorded frame and its analysis. blocks: None only with ``no_face`` and ``broken`` (no image).

    distance_mm: from the camera to the eyes, None if unknown (`FaceAnalysis.distance_mm`). glare: a reflection in
    glasses hides an iris. camera_px: width and height of the camera's full frame, None if unknown.
    """

    frame: RecordedFrame
    status: Literal["ok", "no_face", "eyes_closed", "broken"]
    blocks: Blocks | None = None
    distance_mm: float | None = None
    glare: bool = False
    camera_px: tuple[int, int] | None = None


def features_of(recording: Recording, observations: Sequence[Observation]) -> FeatureSession:
    """A session's features for `calibration.bench`: the frames to fit and the frames to measure."""
    return FeatureSession(
        name=recording.name,
        person=recording.person or recording.name,
        screen=with_distance(recording.screen, observations),
        calibrate=tuple(calibration_samples(observations)),
        test=tuple(_sample(observation, None) for observation in settled_test_observations(observations)),
    )


def calibration_samples(observations: Sequence[Observation]) -> list[CalibrationSample]:
    """The frames with a face of phase ``calibrate``. Closed eyes are included: the selection drops their neighbours."""
    samples = []
    for observation, arrived_ms in zip(observations, arrivals_ms(observations), strict=True):
        if observation.frame.phase == "calibrate" and observation.blocks is not None:
            samples.append(_sample(observation, arrived_ms))
    return samples


def _sample(observation: Observation, arrived_ms: float | None) -> CalibrationSample:
    """The calibration sample of a frame with a face and a target."""
    frame = observation.frame
    assert frame.target is not None  # server.recordings.reader checks target and target_id
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


def calibrated_camera_px(observations: Sequence[Observation]) -> tuple[int, int] | None:
    """The usual size of the camera's frames during the calibration."""
    sizes = Counter(o.camera_px for o in observations if o.frame.phase == "calibrate" and o.camera_px is not None)
    return sizes.most_common(1)[0][0] if sizes else None


def arrivals_ms(observations: Sequence[Observation]) -> list[float]:
    """For each frame, the time at which its target was first shown: the first frame of the visit, of any phase."""
    frames = [observation.frame for observation in observations]
    times = [frame.captured_ms for frame in frames]
    arrivals = list(times)
    for start, end in visits_of([(frame.target_id, frame.target) for frame in frames], times):
        arrivals[start:end] = [times[start]] * (end - start)
    return arrivals


def settled_test_observations(observations: Sequence[Observation]) -> list[Observation]:
    """Test frames with open eyes, after the settle time. A target with a single frame keeps it."""
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
    """The screen with the viewing distance: that of the recording, or else the median iris distance of open eyes.

    (The head model's distance is less accurate: it depends on the size of the head and the camera's field of view.)
    """
    return screen.seen_from([o.distance_mm for o in observations if o.status == "ok" and o.distance_mm is not None])
