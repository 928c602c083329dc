"""Worker processes for tests, and JPEGs that are hard on them."""

from __future__ import annotations

import sys

import cv2
import numpy as np

from models.face.camera import DEFAULT_HFOV_DEG
from server.inference.pipeline import Pipeline
from server.inference.worker_starter import WorkerStarter

COLOUR_WORKER = (sys.executable, "-m", "tests.support.colour_worker")


def process_pipeline(max_workers: int, *options: str) -> Pipeline:
    """Its workers are processes with the tests' analyzer, all but the first forks where that is possible."""
    return Pipeline(
        start_worker=WorkerStarter((*COLOUR_WORKER, *options), [None]),
        max_workers=max_workers,
        hfov_deg=DEFAULT_HFOV_DEG,
    )


def endless_jpeg(n_scans: int = 30_000, *, width: int = 2000, height: int = 2000) -> bytes:
    """A progressive JPEG in which a scan of 14 bytes comes again and again. Each takes 0.3 ms to decode."""
    _, encoded = cv2.imencode(".jpg", np.full((height, width, 3), 128, np.uint8), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])
    jpeg = encoded.tobytes()
    scan = bytearray(jpeg[jpeg.rindex(b"\xff\xda") : -2])
    scan[9] = 0  # the first scan of its coefficients, not a refinement, so the decoder has nothing to warn of
    return bytes(jpeg[:-2] + n_scans * scan + jpeg[-2:])
