"""Decodes and analyses one batch of pictures. Each worker has one engine, in its process or thread."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.analysis import AnalyzedPicture
from models.face.camera import Box
from models.face.jpeg import DamagedJpeg, decode_jpeg
from models.face.tracking import Picture
from server.errors import FrameUndecodable
from server.inference.fingerprint import fingerprint
from server.inference.jobs import (
    Analyze,
    Analyzed,
    Broken,
    Count,
    Counted,
    Job,
    Outcome,
    Prepare,
    Prepared,
    Undecodable,
)

COMPILE_NICENESS = 5  # a quarter of the core when frames take the rest

Image = npt.NDArray[np.uint8]  # (H, W, 3) RGB


class Analyzer(Protocol):
    """Implemented by `models.analyzer.FaceAnalyzer`, and by the tests' analyzer with known answers."""

    def warm_up(self, count: int) -> None: ...

    def analyze(self, pictures: Sequence[Picture]) -> list[AnalyzedPicture]: ...


class FaceFinder(Protocol):
    """Implemented by `models.face.detector.FaceDetector`, and by the tests' detector."""

    def find(self, image: Image) -> Sequence[Box]: ...


@dataclass(frozen=True, slots=True)
class Engine:
    """Keeps nothing between batches but the networks. Not thread-safe.

    compiling: a thread for each Prepare. It takes a second, in which frames go on, one by one.
    """

    analyzer: Analyzer
    finder: FaceFinder
    compiling: list[threading.Thread] = field(default_factory=list)

    def run(
        self, jobs: Sequence[Job], jpegs: Sequence[bytes], decoding: Callable[[int | None], None] = lambda _: None
    ) -> list[Outcome]:
        """One outcome for each job. decoding: called with the number of each picture before it is decoded, then with
        None."""
        outcomes: dict[int, Outcome] = {}
        pictures: dict[int, Picture] = {}
        for number, (job, jpeg) in enumerate(zip(jobs, jpegs, strict=True)):
            if isinstance(job, Prepare):
                self._prepare(job.count)
                outcomes[number] = Prepared()
                continue
            decoding(number)
            try:
                image = decode_picture(jpeg, job.width_px, job.height_px)
            except FrameUndecodable as problem:
                outcomes[number] = Undecodable(str(problem))
                continue
            match job:
                case Analyze(intrinsics=intrinsics, captured_ms=captured_ms, before=before):
                    pictures[number] = Picture(image, intrinsics, captured_ms, before)
                case Count():
                    outcomes[number] = self._count(image)
        decoding(None)
        outcomes.update(zip(pictures, self._analyze(tuple(pictures.values())), strict=True))
        return [outcomes[number] for number in range(len(jobs))]

    def warm_up(self) -> None:
        """What loads on first use does so here and not with the first frame."""
        self.analyzer.warm_up(1)
        self.finder.find(np.full((240, 320, 3), 128, np.uint8))

    def _prepare(self, count: int) -> None:
        def compile_networks() -> None:
            if sys.platform == "linux":  # elsewhere it would be the niceness of the whole process
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), COMPILE_NICENESS)
            self.analyzer.warm_up(count)

        thread = threading.Thread(target=compile_networks, daemon=True, name=f"compiling for {count}")
        self.compiling.append(thread)
        thread.start()

    def _analyze(self, pictures: Sequence[Picture]) -> list[Outcome]:
        if len(pictures) > 1 and any(thread.is_alive() for thread in self.compiling):
            return self._one_by_one(pictures)
        try:
            found = self.analyzer.analyze(pictures) if pictures else []
        except Exception:
            if len(pictures) == 1:
                return [Broken(traceback.format_exc())]
            # The picture with the bug is unknown. The others of its batch must not fail with it.
            return self._one_by_one(pictures)
        return [
            Analyzed(result.analysis, result.track, None if result.grey is None else fingerprint(result.grey))
            for result in found
        ]

    def _one_by_one(self, pictures: Sequence[Picture]) -> list[Outcome]:
        return [outcome for picture in pictures for outcome in self._analyze([picture])]

    def _count(self, image: Image) -> Outcome:
        try:
            return Counted(tuple(self.finder.find(image)))
        except Exception:
            return Broken(traceback.format_exc())


def decode_picture(jpeg: bytes, width_px: int, height_px: int) -> Image:
    """(H, W, 3) uint8 RGB. Raises FrameUndecodable, also when the picture does not have this size."""
    try:
        image = decode_jpeg(jpeg)
    except DamagedJpeg as problem:
        raise FrameUndecodable(f"the JPEG is cut off or damaged: {problem}") from problem
    if image.shape[:2] != (height_px, width_px):
        raise FrameUndecodable("the JPEG's size differs from the size in its header")
    return image
