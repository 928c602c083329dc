"""Selects the frames of a session that are analysed, and turns each analysis into annotated gaze. Pure."""

from __future__ import annotations

import math
from dataclasses import replace

from server.clock import latency_ms
from server.errors import ProtocolError
from server.events.annotator import Annotations, GazeAnnotator
from server.events.heatmap import HeatGrid
from server.gaze.bystanders import BystanderDetector, Overview
from server.gaze.estimator import GazeEstimator
from server.gaze.sample import GazeSample, face_place
from server.inference.results import AnalyzedFrame, AnalyzeFrame, CountedFaces, CountFaces
from server.protocol.frames import FrameMessage
from server.protocol.gaze import Status
from server.protocol.geometry import ScreenLayout
from server.session.liveness import FrameWatch, PictureWatch

LATE_MS = 5_000.0  # up to this much older than the newest frame, a frame is late; if older, the client's clock was set


class FrameProcessor:
    """Processes the frames of one session.

    heat: the heat map. n_frames: number of analysed frames. camera_px: width and height of the camera's frame.
    """

    def __init__(self, *, estimator: GazeEstimator, annotator: GazeAnnotator, count_faces: bool) -> None:
        """count_faces: whether a second face stops the gaze; see `server.gaze.bystanders`."""
        self.heat = HeatGrid()
        self.n_frames = 0
        self.camera_px: tuple[int, int] | None = None
        self._estimator = estimator
        self._annotator = annotator
        self._bystanders = BystanderDetector() if count_faces else None
        self._sends_overviews = False
        self._last_frame_seq = -1
        self._captured_ms = -math.inf
        self._last_frame: FrameMessage | None = None
        self._watch = FrameWatch()
        self._pictures = PictureWatch()
        self._last: tuple[float, float] | None = None  # capture time of the last analysed frame, and the time after it

    def client_ms(self, now_ms: float) -> float:
        """The present time on the clock of the capture times, so that marks and gaze of one record share a clock.

        It is the server's clock, except when that clock and the capture times can't belong together.
        """
        if self._last is None or latency_ms(*self._last) is not None:
            return now_ms
        captured_ms, analyzed_ms = self._last
        return captured_ms + max(now_ms - analyzed_ms, 0.0)

    def forget(self) -> None:
        """Resets the filter and the count of people. Called at a pause, when the person may change."""
        self._estimator.reset_filter()
        if self._bystanders is not None:
            self._bystanders = BystanderDetector()

    def received(self, frame: FrameMessage, hfov_deg: float | None, *, paused: bool) -> list[AnalyzeFrame | CountFaces]:
        """Returns the work to do on the picture, an empty list when it is dropped. Raises ProtocolError."""
        if frame.seq <= self._last_frame_seq:
            raise ProtocolError("bad_seq", f"frame numbers must grow, got {frame.seq} after {self._last_frame_seq}")
        self._last_frame_seq = frame.seq
        if frame.overview:
            self._sends_overviews = True
            return [] if paused or self._bystanders is None else [CountFaces(frame)]
        if 0.0 <= self._captured_ms - frame.captured_ms <= LATE_MS:
            return []  # a newer frame arrived first, or the same one again; capture times of samples grow
        self._captured_ms = frame.captured_ms
        analyze = AnalyzeFrame(frame, hfov_deg, paused=paused)
        # A page that sends overviews has its faces counted there; a picture must not count twice.
        if paused or self._bystanders is None or self._sends_overviews or not frame.is_whole:
            return [analyze]
        return [analyze, CountFaces(frame)] if self._bystanders.due(frame.captured_ms) else [analyze]

    def counted(self, counted: CountedFaces, *, paused: bool) -> Overview | None:
        """The faces in an overview, or in a frame that served as one; None when they are not used."""
        if counted.boxes is None or self._bystanders is None or paused:
            return None
        overview = self._bystanders.count(counted.boxes, counted.frame.captured_ms)
        # Only a page that sends overviews can follow another face.
        if overview.follow is not None and counted.frame.overview:
            self._estimator.forget_face()
        return overview

    def analyzed(
        self, result: AnalyzedFrame, layout: ScreenLayout | None, now_ms: float, *, paused: bool, calibrating: bool
    ) -> tuple[GazeSample, Annotations]:
        """The sample and its annotations.

        calibrating: the eyes follow targets, so the sample counts for no heat map and no areas.
        """
        frame = result.frame
        sample = self._estimator.sample(
            result,
            screen=layout.screen if layout else None,
            paused=paused,
            now_ms=now_ms,
            bystander=self._has_bystander(result),
            frozen=not paused and self._pictures.frozen(result),
        )
        annotations = self._annotator.annotate(sample, layout, areas_live=not calibrating)
        self.n_frames += 1
        self._last = (frame.captured_ms, now_ms)
        self._last_frame = frame
        self._watch.frame()
        self.camera_px = (frame.full_width_px, frame.full_height_px)
        if sample.estimate is not None and not calibrating:
            self.heat.add(sample.estimate.filtered.x, sample.estimate.filtered.y, frame.captured_ms)
        return sample, annotations

    def tick(self, elapsed_ms: float) -> bool:
        """Takes the time since the last tick. Returns whether the frames have stopped; False after `stopped`."""
        return self._watch.tick(elapsed_ms)

    def stopped(
        self, status: Status, layout: ScreenLayout | None, now_ms: float
    ) -> tuple[GazeSample, Annotations] | None:
        """The sample that follows the last one when no frames come. None when there was none, or it was sent before.

        Its time is that of the last frame plus a millisecond, so that a frame which arrives late is not older.
        """
        if not self._watch.stop() or self._last_frame is None:
            return None
        self._last_frame = replace(self._last_frame, jpeg=b"", captured_ms=self._last_frame.captured_ms + 1.0)
        self._captured_ms = max(self._captured_ms, self._last_frame.captured_ms)
        self._estimator.reset_filter()
        sample = self._estimator.stopped(status, self._last_frame, now_ms)
        return sample, self._annotator.annotate(sample, layout)

    def _has_bystander(self, result: AnalyzedFrame) -> bool:
        if self._bystanders is None:
            return False
        box = face_place(result.analysis, result.frame)
        if box is not None:
            self._bystanders.follow(box, result.frame.captured_ms)
        return self._bystanders.present(result.frame.captured_ms)
