"""Work outside the event loop: decoding, landmarks and networks in one thread, fits and files in another.

All sessions share one inference thread. The networks already use all cores that they are given, so two frames at the
same time would both be late. Each session has its own analyzer, because landmarks are tracked from frame to frame.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from models.analyzer import FaceAnalysis
from models.face.camera import CameraIntrinsics
from models.face.detector import Box
from server.errors import FrameUndecodable
from server.inference.results import AnalyzedFrame, AnalyzeFrame, CountedFaces, CountFaces
from server.protocol.frames import FrameMessage, is_complete

T = TypeVar("T")


class Analyzer(Protocol):
    """Implemented by `models.analyzer.FaceAnalyzer`, and by the tests' analyzer with known answers."""

    def analyze(
        self, image: npt.NDArray[np.uint8], intrinsics: CameraIntrinsics, captured_ms: float
    ) -> FaceAnalysis: ...

    def close(self) -> None: ...


class FaceFinder(Protocol):
    """Implemented by `models.face.detector.FaceDetector`, and by the tests' detector."""

    def find(self, image: npt.NDArray[np.uint8]) -> Sequence[Box]: ...

    def close(self) -> None: ...


class AnalysisStream:
    """One session's analyzer. The inference thread creates it for the first frame."""

    def __init__(self, create_analyzer: Callable[[], Analyzer], default_hfov_deg: float) -> None:
        self._create_analyzer = create_analyzer
        self._default_hfov_deg = default_hfov_deg
        self._analyzer: Analyzer | None = None

    def analyze(self, command: AnalyzeFrame) -> AnalyzedFrame:
        """Decodes and analyses a frame. Runs in the inference thread."""
        frame = command.frame
        try:
            image = decode_frame(frame)
        except FrameUndecodable as problem:
            return AnalyzedFrame(frame, problem=str(problem))
        intrinsics = CameraIntrinsics.from_field_of_view(
            frame.full_width_px, frame.full_height_px, command.hfov_deg or self._default_hfov_deg
        ).for_region(frame.roi, image_width_px=image.shape[1], image_height_px=image.shape[0])
        if self._analyzer is None:
            self._analyzer = self._create_analyzer()
        return AnalyzedFrame(frame, self._analyzer.analyze(image, intrinsics, frame.captured_ms))

    def close(self) -> None:
        """Closes the analyzer. Runs in the inference thread."""
        if self._analyzer is not None:
            self._analyzer.close()
            self._analyzer = None


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
        self._finder: FaceFinder | None = None  # one for all sessions, as it has no state; inference thread only
        self._hfov_deg = hfov_deg
        self._inference = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inference")
        self._background = ThreadPoolExecutor(max_workers=1, thread_name_prefix="background")

    def warm_up(self) -> Future[None]:
        """Loads the landmark graph, which loads on first use in half a second, so the first frame is not delayed."""
        return self._inference.submit(self._warm_up)

    def _warm_up(self) -> None:
        analyzer = self._create_analyzer()
        grey = np.full((480, 640, 3), 128, np.uint8)
        analyzer.analyze(grey, CameraIntrinsics.from_field_of_view(640, 480, self._hfov_deg), captured_ms=0.0)
        analyzer.close()
        self._face_finder().find(grey)

    def open_stream(self) -> AnalysisStream:
        return AnalysisStream(self._create_analyzer, self._hfov_deg)

    def analyze(self, stream: AnalysisStream, command: AnalyzeFrame) -> Future[AnalyzedFrame]:
        return self._inference.submit(stream.analyze, command)

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

    def close_stream(self, stream: AnalysisStream) -> Future[None]:
        """Closes the stream after the frame that is being analysed."""
        return self._inference.submit(stream.close)

    def in_background(self, work: Callable[..., T], *args: Any) -> Future[T]:
        """Runs fits and file access in the background thread. They may take seconds and must not delay frames."""
        return self._background.submit(work, *args)

    def close(self) -> None:
        """Ends both threads after their current work."""
        self._inference.shutdown(wait=True, cancel_futures=True)
        if self._finder is not None:
            self._finder.close()
        self._background.shutdown(wait=True)  # waits until profiles are written


def decode_frame(frame: FrameMessage) -> npt.NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB. Raises FrameUndecodable."""
    if not is_complete(frame.jpeg):
        raise FrameUndecodable("the JPEG is cut off: its end marker is missing")
    # Orientation tags are ignored: the region and the field of view refer to the pixels as stored.
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        bgr = cv2.imdecode(np.frombuffer(frame.jpeg, np.uint8), flags)
    except cv2.error as problem:
        raise FrameUndecodable("the JPEG can't be decoded") from problem
    if bgr is None:
        raise FrameUndecodable("the JPEG can't be decoded")
    if bgr.shape[:2] != (frame.jpeg_size.height_px, frame.jpeg_size.width_px):
        raise FrameUndecodable("the JPEG's size differs from the size in its header")
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
