"""The coverage of `error_px` in the stream, with a simulated person of known noise and bias."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.analysis import AnalyzedPicture, FaceAnalysis
from models.face.tracking import Picture
from tests.support.server import GEOMETRY, CameraClient, ColourAnalyzer, analysis, camera_client, running_server

TREMBLES = 0.03  # of the screen, from frame to frame
WIDTH_PX, HEIGHT_PX = GEOMETRY["screen"]["width_px"], GEOMETRY["screen"]["height_px"]  # type: ignore[index]


class Trembling(ColourAnalyzer):
    """An analyzer with noise and a wave-shaped bias that no linear map removes."""

    def __init__(self) -> None:
        super().__init__()
        self._rng = np.random.default_rng(1)

    def analyze(self, pictures: Sequence[Picture]) -> list[AnalyzedPicture]:
        return [AnalyzedPicture(self._tremble(picture)) for picture in pictures]

    def _tremble(self, picture: Picture) -> FaceAnalysis:
        red, green, _ = (float(value) / 255.0 for value in picture.image.mean(axis=(0, 1)))
        dx, dy = self._rng.normal(0.0, TREMBLES, 2)
        return analysis(red + 0.04 * math.sin(4.0 * green) + dx, green + 0.08 * math.sin(3.0 * red) + dy)


def error_px(gaze: dict[str, Any], x: float, y: float) -> float:
    return math.hypot((gaze["x"] - x) * WIDTH_PX, (gaze["y"] - y) * HEIGHT_PX)


async def looks(
    camera: CameraClient, places: npt.NDArray[np.float64], frames: int, now_ms: float
) -> list[tuple[float, float]]:
    """(error, predicted radius) in px of the last frame at each place, with 2 s between places."""
    found = []
    for i, (x, y) in enumerate(places.tolist()):
        for k in range(frames):
            gaze = await camera.show(x, y, captured_ms=now_ms + 2000.0 * i + 33.0 * k)
        found.append((error_px(gaze, x, y), gaze["error_px"]))
    return found


async def test_two_thirds_of_the_points_lie_within_their_radius_and_smoothed_ones_are_better(tmp_path: Path) -> None:
    places = np.random.default_rng(2).uniform(0.05, 0.95, (60, 2))
    async with running_server(tmp_path, Trembling) as server, camera_client(server) as camera:
        report = (await camera.calibrate())["report"]
        now_ms = time.time() * 1000.0 - 200_000.0
        single = np.array(await looks(camera, places, 1, now_ms))
        smooth = np.array(await looks(camera, places[:20], 15, now_ms + 130_000.0))
    assert 0.65 < np.median(single[:, 0]) / report["median_error_px"] < 1.35
    assert 0.5 < np.mean(single[:, 0] <= single[:, 1]) < 0.86
    assert np.median(smooth[:, 0]) < np.median(single[:20, 0])
    assert np.mean(smooth[:, 0] <= smooth[:, 1]) > 0.6
