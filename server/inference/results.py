"""Pictures to analyse, and what the analysis found, as values."""

from __future__ import annotations

from dataclasses import dataclass

from models.analyzer import FaceAnalysis
from models.face.detector import Box
from server.protocol.frames import FrameMessage


@dataclass(frozen=True, slots=True)
class AnalyzedFrame:
    """What the pipeline found in a frame. Without an `analysis`, `problem` says why; not `looked`: it was paused."""

    frame: FrameMessage
    analysis: FaceAnalysis | None = None
    problem: str | None = None
    looked: bool = True


@dataclass(frozen=True, slots=True)
class CountedFaces:
    """The faces in an overview, as (x, y, width, height) in 0..1; None when its picture could not be decoded."""

    frame: FrameMessage
    boxes: tuple[Box, ...] | None


@dataclass(frozen=True, slots=True)
class AnalyzeFrame:
    """`look` is False while paused: the frame is answered without anybody decoding the picture."""

    frame: FrameMessage
    hfov_deg: float | None
    look: bool


@dataclass(frozen=True, slots=True)
class CountFaces:
    """In an overview, which is answered, or in a frame that happens to show all that the camera sees."""

    frame: FrameMessage
