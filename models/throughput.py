"""Faces per second by batch size: the gaze network alone, and the whole analysis of pictures with a face.

    python -m models.throughput [--device cuda] [--network accurate] [--seconds 1]

`python -m server.bench --device cuda` prints the same table before its own. Decoding is not part of it.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from models.analyzer import FaceAnalyzer, create_analyzer
from models.face.camera import CameraIntrinsics
from models.face.tracking import Picture
from models.predictor import DEFAULT_NETWORK, NETWORK_NAMES, GazePredictor, NetworkName, choose_device, load_predictor

SIZES = (1, 2, 4, 8, 16, 32)
FRAME_MS = 33.0
_PICTURE = Path(__file__).parent.parent / "web" / "demo" / "person" / "frames" / "0000.jpg"


@dataclass(frozen=True, slots=True)
class Throughput:
    """Faces per second in batches of this size."""

    batch: int
    network: float
    analysis: float


def measure(
    device: str, network: NetworkName, *, sizes: Sequence[int] = SIZES, seconds: float = 1.0
) -> list[Throughput]:
    """seconds: for each figure. Raises CheckpointError or ValueError as `load_predictor` does."""
    chosen = choose_device(device)
    predictor = load_predictor(chosen, network)
    analyzer = create_analyzer(predictor, chosen)
    return [
        Throughput(
            batch=size,
            network=size * runs_per_second(_network_run(predictor, size), seconds),
            analysis=size * runs_per_second(_analysis_run(analyzer, size), seconds),
        )
        for size in sizes
    ]


def runs_per_second(run: Callable[[], Any], seconds: float) -> float:
    """A first run is not counted, and at least one is."""
    run()
    start, count = time.perf_counter(), 0
    while count == 0 or time.perf_counter() - start < seconds:
        run()
        count += 1
    return count / (time.perf_counter() - start)


def _network_run(predictor: GazePredictor, size: int) -> Callable[[], Any]:
    random = np.random.default_rng(0)
    faces = random.integers(0, 256, (size, predictor.face_px, predictor.face_px, 3), np.uint8)
    eyes, heads = random.integers(0, 256, (size, 2, 32, 64), np.uint8), np.zeros((size, 3), np.float32)
    return lambda: predictor.predict(faces, eyes, heads)


def _analysis_run(analyzer: FaceAnalyzer, size: int) -> Callable[[], Any]:
    """One frame of each stream. The landmarks follow the face from frame to frame, as they do in the server."""
    image = _picture()
    camera = CameraIntrinsics.from_field_of_view(image.shape[1], image.shape[0])
    pictures = [Picture(image, camera, captured_ms=0.0)] * size

    def run() -> None:
        for stream, found in enumerate(analyzer.analyze(pictures)):
            before = pictures[stream]
            pictures[stream] = replace(before, captured_ms=before.captured_ms + FRAME_MS, before=found.track)

    return run


def _picture() -> npt.NDArray[np.uint8]:
    rgb: npt.NDArray[np.uint8] = cv2.cvtColor(cv2.imread(str(_PICTURE)), cv2.COLOR_BGR2RGB)
    return rgb


def table(rows: Sequence[Throughput], device: str) -> str:
    lines = [f"faces/s on {device_name(device)}", "batch    network   analysis"]
    return "\n".join([*lines, *(f"{row.batch:>5} {row.network:>10.0f} {row.analysis:>10.0f}" for row in rows)])


def device_name(device: str) -> str:
    if choose_device(device) == "cpu":
        return f"one core, {platform.machine()}"
    import torch

    return torch.cuda.get_device_name()


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--network", choices=NETWORK_NAMES, default=DEFAULT_NETWORK)
    parser.add_argument("--seconds", type=float, default=1.0, help="for each figure (default: %(default)s)")
    args = parser.parse_args(argv)
    try:
        rows = measure(args.device, args.network, seconds=args.seconds)
    except ValueError as problem:
        sys.exit(f"error: {problem}")
    print(table(rows, args.device))


if __name__ == "__main__":
    main()
