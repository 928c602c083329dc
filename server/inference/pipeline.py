"""Work outside the event loop: decoding, landmarks and networks in one thread, fits and files in another.

All sessions share one inference thread and one analyzer. Landmarks are tracked from frame to frame, so each session
keeps the track of its last frame.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from models.analyzer import AnalyzedPicture
from models.face.camera import CameraIntrinsics
from models.face.detector import Box
from models.face.jpeg import DamagedJpeg, decode_jpeg
from models.face.tracking import FaceTrack, Picture
from server.errors import FrameUndecodable
from server.inference.results import AnalyzedFrame, AnalyzeFrame, CountedFaces, CountFaces
from server.protocol.frames import FrameMessage

T = TypeVar("T")


class Analyzer(Protocol):
    """Implemented by `models.analyzer.FaceAnalyzer`, and by the tests' analyzer with known answers."""

    def analyze(self, pictures: Sequence[Picture]) -> list[AnalyzedPicture]: ...


class FaceFinder(Protocol):
    """Implemented by `models.face.detector.FaceDetector`, and by the tests' detector."""

    def find(self, image: npt.NDArray[np.uint8]) -> Sequence[Box]: ...


class AnalysisStream:
    """One session's track of its face. Only the inference thread uses it."""

    def __init__(self, default_hfov_deg: float) -> None:
        self._default_hfov_deg = default_hfov_deg
        self._track: FaceTrack | None = None

    def analyze(self, command: AnalyzeFrame, analyzer: Analyzer) -> AnalyzedFrame:
        """Decodes and analyses a frame. Runs in the inference thread."""
        frame = command.frame
        try:
            image = decode_frame(frame)
        except FrameUndecodable as problem:
            return AnalyzedFrame(frame, problem=str(problem))
        intrinsics = CameraIntrinsics.from_field_of_view(
            frame.full_width_px, frame.full_height_px, command.hfov_deg or self._default_hfov_deg
        ).for_region(frame.roi, image_width_px=image.shape[1], image_height_px=image.shape[0])
        (analyzed,) = analyzer.analyze([Picture(image, intrinsics, frame.captured_ms, before=self._track)])
        self._track = analyzed.track
        return AnalyzedFrame(frame, analyzed.analysis)


class Pipeline:
    """The inference thread and the background thread. The driver awaits the futures, which are `concurrent.futures`."""

    def __init__(
        self,
        *,
        create_analyzer: Callable[[], Analyzer],
        create_finder: Callable[[], FaceFinder],
        hfov_deg: float,
    ) -> None:
        self._create_analyzer = create_analyzer
        self._create_finder = create_finder
        self._analyzer: Analyzer | None = None  # one for all sessions, as is the finder; inference thread only
        self._finder: FaceFinder | None = None
        self._hfov_deg = hfov_deg
        self._inference = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inference")
        self._background = ThreadPoolExecutor(max_workers=1, thread_name_prefix="background")

    def warm_up(self) -> Future[None]:
        """Loads the landmark graph, which loads on first use in half a second, so the first frame is not delayed."""
        return self._inference.submit(self._warm_up)

    def _warm_up(self) -> None:
        grey = np.full((480, 640, 3), 128, np.uint8)
        camera = CameraIntrinsics.from_field_of_view(640, 480, self._hfov_deg)
        self._shared_analyzer().analyze([Picture(grey, camera, captured_ms=0.0)])
        self._face_finder().find(grey)

    def open_stream(self) -> AnalysisStream:
        return AnalysisStream(self._hfov_deg)

    def analyze(self, stream: AnalysisStream, command: AnalyzeFrame) -> Future[AnalyzedFrame]:
        return self._inference.submit(lambda: stream.analyze(command, self._shared_analyzer()))

    def _shared_analyzer(self) -> Analyzer:
        if self._analyzer is None:
            self._analyzer = self._create_analyzer()
        return self._analyzer

    def count_faces(self, command: CountFaces) -> Future[CountedFaces]:
        return self._inference.submit(self._count_faces, command.frame)

    def _count_faces(self, frame: FrameMessage) -> CountedFaces:
        try:
            image = decode_frame(frame)
        except FrameUndecodable:
            return CountedFaces(frame, None)
        return CountedFaces(frame, tuple(self._face_finder().find(image)))

    def _face_finder(self) -> FaceFinder:
        if self._finder is None:
            self._finder = self._create_finder()
        return self._finder

    def in_background(self, work: Callable[..., T], *args: Any) -> Future[T]:
        """Runs fits and file access in the background thread. They may take seconds and must not delay frames."""
        return self._background.submit(work, *args)

    def close(self) -> None:
        """Ends both threads after their current work."""
        self._inference.shutdown(wait=True, cancel_futures=True)
        self._background.shutdown(wait=True)  # waits until profiles are written


def decode_frame(frame: FrameMessage) -> npt.NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB. Raises FrameUndecodable."""
    try:
        image = decode_jpeg(frame.jpeg)
    except DamagedJpeg as problem:
        raise FrameUndecodable(f"the JPEG is cut off or damaged: {problem}") from problem
    if image.shape[:2] != (frame.jpeg_size.height_px, frame.jpeg_size.width_px):
        raise FrameUndecodable("the JPEG's size differs from the size in its header")
    return image
