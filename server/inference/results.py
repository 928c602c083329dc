"""Pictures to analyse, and the results of the analysis, as values."""

from __future__ import annotations

from dataclasses import dataclass

from models.analysis import FaceAnalysis
from models.face.camera import Box
from server.inference.fingerprint import Fingerprint
from server.protocol.frames import FrameMessage


@dataclass(frozen=True, slots=True)
class AnalyzedFrame:
    """The result for a frame. problem: why there is no `analysis`. paused: the session was, so nothing was decoded.

    fingerprint: of the decoded picture, None without one.
    """

    frame: FrameMessage
    analysis: FaceAnalysis | None = None
    problem: str | None = None
    paused: bool = False
    fingerprint: Fingerprint | None = None


@dataclass(frozen=True, slots=True)
class LostFrame:
    """A frame whose worker ended. It is answered as dropped."""

    frame: FrameMessage


@dataclass(frozen=True, slots=True)
class CountedFaces:
    """The faces in an overview. boxes: (x, y, width, height) in 0..1; None if it could not be decoded or was lost."""

    frame: FrameMessage
    boxes: tuple[Box, ...] | None


@dataclass(frozen=True, slots=True)
class AnalyzeFrame:
    """Analyse a frame. paused: the session is paused, so the frame is answered and its picture is not decoded."""

    frame: FrameMessage
    hfov_deg: float | None
    paused: bool = False


@dataclass(frozen=True, slots=True)
class CountFaces:
    """Count the faces in an overview, or in a frame that shows the camera's whole picture. An overview is answered."""

    frame: FrameMessage
