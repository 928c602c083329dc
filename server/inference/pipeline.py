"""The work that the event loop must not do: decoding, landmarks and networks in one thread, fits and files in another.
One inference thread for all sessions: the networks already use every core they are given, and two at once would only
make both late. Each session has its own analyzer, because landmarks are tracked from frame to frame.
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
    """Two exist: `models.analyzer.FaceAnalyzer`, and the one of the tests that knows the answer."""

    def analyze(
        self, image: npt.NDArray[np.uint8], intrinsics: CameraIntrinsics, captured_ms: float
    ) -> FaceAnalysis: ...

    def close(self) -> None: ...


class FaceFinder(Protocol):
    """Two exist: `models.face.detector.FaceDetector`, and the one of the tests."""

    def find(self, image: npt.NDArray[np.uint8]) -> Sequence[Box]: ...

    def close(self) -> None: ...


class AnalysisStream:
    """One session's analyzer, made in the inference thread when its first frame comes."""

    def __init__(self, create_analyzer: Callable[[], Analyzer], default_hfov_deg: float) -> None:
        self._create_analyzer = create_analyzer
        self._default_hfov_deg = default_hfov_deg
        self._analyzer: Analyzer | None = None

    def analyze(self, command: AnalyzeFrame) -> AnalyzedFrame:
        """Runs in the inference thread."""
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
        """Runs in the inference thread."""
        if self._analyzer is not None:
            self._analyzer.close()
            self._analyzer = None


class Pipeline:
    """The two threads. Futures are those of `concurrent.futures`; the driver awaits them."""

    def __init__(
        self,
        *,
        create_analyzer: Callable[[], Analyzer],
        create_finder: Callable[[], FaceFinder],
        hfov_deg: float,
    ) -> None:
        self._create_analyzer = create_analyzer
        self._create_finder = create_finder
        self._finder: FaceFinder | None = None  # one for all sessions: it remembers nothing; of the inference thread
        self._hfov_deg = hfov_deg
        self._inference = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inference")
        self._background = ThreadPoolExecutor(max_workers=1, thread_name_prefix="background")

    def warm_up(self) -> Future[None]:
        """Loads what loads itself on first use: the landmark graph, half a second that a first frame should not pay."""
        return self._inference.submit(self._warm_up)

    def _warm_up(self) -> None:
        analyzer = self._create_analyzer()
        grey = np.full((480, 640, 3), 128, np.uint8)
        analyzer.analyze(grey, CameraIntrinsics.from_field_of_view(640, 480, self._hfov_deg), captured_ms=0.0)
        analyzer.close()
        self._the_finder().find(grey)

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
        return CountedFaces(frame, tuple(self._the_finder().find(image)))

    def _the_finder(self) -> FaceFinder:
        if self._finder is None:
            self._finder = self._create_finder()
        return self._finder

    def close_stream(self, stream: AnalysisStream) -> Future[None]:
        """Waits its turn behind a frame that is still being analysed."""
        return self._inference.submit(stream.close)

    def in_background(self, work: Callable[..., T], *args: Any) -> Future[T]:
        """For fits and files: seconds at worst, and nobody's next frame waits for them."""
        return self._background.submit(work, *args)

    def close(self) -> None:
        """Ends both threads after what they are doing now."""
        self._inference.shutdown(wait=True, cancel_futures=True)
        if self._finder is not None:
            self._finder.close()
        self._background.shutdown(wait=True)  # a profile on its way to the disk arrives there


def decode_frame(frame: FrameMessage) -> npt.NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB. Raises FrameUndecodable."""
    if not is_complete(frame.jpeg):
        raise FrameUndecodable("the JPEG is cut off: its end marker is missing")
    # Orientation tags are ignored: the region and the field of view speak of the pixels as they are.
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        bgr = cv2.imdecode(np.frombuffer(frame.jpeg, np.uint8), flags)
    except cv2.error as problem:
        raise FrameUndecodable("the JPEG can't be decoded") from problem
    if bgr is None:
        raise FrameUndecodable("the JPEG can't be decoded")
    if bgr.shape[:2] != (frame.jpeg_size.height_px, frame.jpeg_size.width_px):
        raise FrameUndecodable("the JPEG has another size than its header says")
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
