"""Turns an analysed frame into a gaze sample: active calibration, corrections, filter, face track, sequence number."""

from __future__ import annotations

import math
from dataclasses import replace

from calibration.calibration import Calibration
from calibration.screen import ScreenGeometry, ScreenPoint
from models.analysis import FaceAnalysis
from server.clock import latency_ms
from server.gaze.confidence import CHANGED_CAMERA, STALE_EYES, STALE_POSE, PoseReference, bare, light, misplaced
from server.gaze.doubts import GROWN, DistanceJumps, Steady, cause_of
from server.gaze.drift_correction import DriftCorrector
from server.gaze.eyelids import BlinkGuard
from server.gaze.filters import PointFilter
from server.gaze.openness import OPEN, PersonOpenness, ShutEyes
from server.gaze.sample import Estimate, GazeSample, in_full_frame
from server.inference.results import AnalyzedFrame
from server.protocol.frames import FrameMessage
from server.protocol.gaze import Status

OTHER_SCREEN = "the screen has another size than at the calibration"
OTHER_CAMERA_SIZE = "the camera's picture has another size or shape than at the calibration"
CAMERA_JUMPED = "the distance of the head jumped: the camera may have another zoom or format than at the calibration"
UNLIKE_EYES = "the eyes look unlike those of the calibration: reflections, something over an eye, a mirrored picture"
AWAY_MS = 1000.0  # after a longer absence, the face may be another person's


class GazeEstimator:
    """Makes one sample of each frame, so `seq` has no gaps. corrector: drift and click corrections."""

    def __init__(self, session_id: str, point_filter: PointFilter) -> None:
        self._session_id = session_id
        self._seq = 0
        self._own_filter = self._filter = point_filter
        self._reference = PoseReference()
        self._openness = PersonOpenness()
        self._blinks = BlinkGuard()
        self._jumps = DistanceJumps()
        self._likeness, self._growth = Steady(), Steady()
        self._track_id = 0
        self._face_ms: float | None = None
        self.calibration: Calibration | None = None
        self._camera_px: tuple[int, int] | None = None  # of the first frame after a calibration that has none
        self.corrector = DriftCorrector()

    def use(self, calibration: Calibration, reference: PoseReference) -> None:
        """Sets the active calibration. Resets the filter, because points of two calibrations can't be compared."""
        self.calibration, self._reference = calibration, reference
        self._camera_px = None
        self._openness.use(reference.openness)
        self._jumps.reset()
        self._likeness.reset()
        self._growth.reset()
        self.corrector.reset()
        self.reset_filter()

    def use_filter(self, point_filter: PointFilter | None) -> None:
        """Smooths with this filter from now on; None for the one of the constructor. It begins with the next point."""
        self._filter = point_filter or self._own_filter
        self.reset_filter()

    def reset_filter(self) -> None:
        self._filter.reset()

    def sample(
        self,
        result: AnalyzedFrame,
        *,
        screen: ScreenGeometry | None,
        paused: bool,
        now_ms: float,
        bystander: bool = False,
        frozen: bool = False,
    ) -> GazeSample:
        """The sample of one frame.

        screen: the current one, None before the page has sent it. bystander: whether a second person is present.
        frozen: whether the camera's picture stands still; the face in it is an old one.
        """
        if paused or frozen:
            stopped = self.stopped("paused" if paused else "frozen", result.frame, now_ms)
            self._seq += 1
            return stopped
        track_id = self._track(result.analysis, result.frame.captured_ms)
        analysis, shut = result.analysis, OPEN
        if analysis is not None:
            analysis, shut = self._openness.judged(analysis, result.frame.captured_ms)
        status, estimate, reason = self._estimate(replace(result, analysis=analysis), shut, screen, bystander)
        self._seq += 1
        return GazeSample(
            session_id=self._session_id,
            seq=self._seq,
            frame=result.frame,
            status=status,
            latency_ms=latency_ms(result.frame.captured_ms, now_ms),
            analysis=analysis,
            shut=shut,
            track_id=track_id,
            estimate=estimate,
            calibration_id=self.calibration.calibration_id if self.calibration else None,
            reason=reason,
        )

    def stopped(self, status: Status, frame: FrameMessage, now_ms: float) -> GazeSample:
        """A sample without anything about the person. status: one of STOPPED_STATUSES.

        It has the next sample's number: without a frame, it takes that sample's place and leaves no gap.
        """
        return GazeSample(
            session_id=self._session_id,
            seq=self._seq + 1,
            frame=frame,
            status=status,
            latency_ms=latency_ms(frame.captured_ms, now_ms),
            calibration_id=self.calibration.calibration_id if self.calibration else None,
        )

    def forget_face(self) -> None:
        """Gives the next face a new track id."""
        self._face_ms = None

    def _estimate(
        self, result: AnalyzedFrame, shut: ShutEyes, screen: ScreenGeometry | None, bystander: bool
    ) -> tuple[Status, Estimate | None, str | None]:
        analysis = result.analysis
        if analysis is None:
            return "error", None, result.problem
        if analysis.features is None or analysis.status == "no_face":
            return "no_face", None, None
        if bystander:
            return "multiple_faces", None, None
        openness = analysis.features.mean_openness
        if self._blinks.rejects(openness, shut=shut.both, time_ms=result.frame.captured_ms) or shut.one:
            return "eyes_closed", None, None
        eyes = [in_full_frame(eye, result.frame) for eye in analysis.eye_points or ()]
        out_of_place = misplaced(eyes, float(analysis.features.head_translation_mm[2]))
        if out_of_place is not None:
            return out_of_place, None, None
        lit = light(analysis.brightness)
        if lit <= 0.0:
            return "low_light", None, None
        if self.calibration is None:
            return "uncalibrated", None, None
        blocks = analysis.features.blocks()
        predicted = self.calibration.predict(blocks)
        if not (math.isfinite(predicted.x) and math.isfinite(predicted.y)):
            return "error", None, "the features of this frame are not finite numbers"
        self.corrector.add(result.frame.captured_ms, (predicted.x, predicted.y))
        raw = ScreenPoint(*self.corrector.correct((predicted.x, predicted.y)))
        time_ms = result.frame.captured_ms
        calibrated_screen = self.calibration.screen
        camera_px = result.frame.full_width_px, result.frame.full_height_px
        calibrated_px = self._camera_px = self.calibration.camera_px or self._camera_px or camera_px
        jumped = self._jumps.jumped(float(analysis.features.head_translation_mm[2]), time_ms)
        changed = jumped or camera_px != calibrated_px
        other_screen = screen is not None and screen.key != calibrated_screen.key
        agreement, doubt = self._reference.agreement(blocks), self.calibration.doubt(blocks, changed=changed)
        alike = self._likeness.add(doubt.likeness, time_ms)
        filtered = self._filter.apply(raw, time_ms)
        error_px, usual_px = (self.calibration.radius_px(filtered.x, filtered.y, each) for each in (doubt, None))
        grown = self._growth.add(error_px / usual_px if usual_px else 1.0, time_ms) >= GROWN
        estimate = Estimate(
            filtered=filtered,
            raw=raw,
            error_px=error_px,
            confidence=lit * agreement * doubt.likeness * bare(analysis.glare) * (CHANGED_CAMERA if changed else 1.0),
            screen=screen or calibrated_screen,
            cause=cause_of(doubt, head_away=agreement < 1.0) if grown and not (changed or other_screen) else None,
        )
        if other_screen:
            return "stale_calibration", estimate, OTHER_SCREEN
        if changed:
            return "stale_calibration", estimate, CAMERA_JUMPED if camera_px == calibrated_px else OTHER_CAMERA_SIZE
        if agreement < STALE_POSE:
            return "stale_calibration", estimate, None
        return ("ok", estimate, None) if alike >= STALE_EYES else ("stale_calibration", estimate, UNLIKE_EYES)

    def _track(self, analysis: FaceAnalysis | None, captured_ms: float) -> int | None:
        """A number that changes when the face was away for longer than AWAY_MS."""
        if analysis is None or analysis.features is None:
            return None
        if self._face_ms is None or captured_ms - self._face_ms > AWAY_MS:
            self._track_id += 1
            self._openness.forget()
        self._face_ms = captured_ms
        return self._track_id
