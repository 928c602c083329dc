"""Our fixations and areas of interest beside those of pymovements, an independent program, on known gaze."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from server.analysis.analysis import Subject, analyse
from server.analysis.request import request_from
from server.analysis.timeline import timeline
from server.recordings.opened import open_recording
from tests.support.hand_made import INTERVAL_MS, Known, gaze_line, write_lines, write_recording
from tests.support.paths import ROOT
from tests.support.times import seconds

CLIENTS = Path(sys.prefix) / "clients"
NOISE = (0.006, 0.009)  # standard deviation of a good webcam's points, in screen units
DISPERSION_NOISES = 7.0  # I-DT needs a threshold that fits the noise; ours measures it
DEG = (344.0 / 600.0 * 57.3, 172.0 / 600.0 * 57.3)  # of the screen's width and height, about
AREAS = {"left": (0.0, 0.0, 0.4, 1.0), "right": (0.6, 0.0, 0.4, 1.0), "top": (0.0, 0.0, 1.0, 0.3)}

pytestmark = pytest.mark.skipif(
    not (CLIENTS / "pymovements").is_dir(), reason="needs pymovements, which `make test` installs"
)


def known_gaze(seed: int) -> tuple[list[Known], list[tuple[float, float, float]]]:
    """60 fixations of 200 to 800 ms at places of some distance, and the noisy points (ms, x, y)."""
    rng = random.Random(seed)
    known: list[Known] = []
    points: list[tuple[float, float, float]] = []
    x = y = 0.5
    for _ in range(60):
        before = (x, y)
        while abs(x - before[0]) + abs(y - before[1]) < 0.15:
            x, y = rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.9)
        start = INTERVAL_MS * len(points)
        for _ in range(rng.randint(6, 20)):
            points.append((INTERVAL_MS * len(points), x + rng.gauss(0, NOISE[0]), y + rng.gauss(0, NOISE[1])))
        known.append((start, points[-1][0], x, y))
    return known, points


def pymovements(known: list[Known], points: list[tuple[float, float, float]]) -> dict[str, object]:
    noise_deg = float(np.hypot(NOISE[0] * DEG[0], NOISE[1] * DEG[1]))
    asked = {
        "time_ms": [round(at) for at, _, _ in points],
        "x_deg": [x * DEG[0] for _, x, _ in points],
        "y_deg": [y * DEG[1] for _, _, y in points],
        "dispersion_deg": DISPERSION_NOISES * noise_deg,
        "minimum_ms": 80,
        "known": known,
        "areas": [[name, *rectangle] for name, rectangle in AREAS.items() if name != "top"],
    }
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests/foreign/pymovements_fixations.py")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(CLIENTS)},
        timeout=seconds(60),
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def matched(some: list[tuple[float, float]], others: list[tuple[float, float]]) -> int:
    """How many of some have one among the others with at least half of their common span in common."""

    def share(a: tuple[float, float], b: tuple[float, float]) -> float:
        return (min(a[1], b[1]) - max(a[0], b[0])) / (max(a[1], b[1]) - min(a[0], b[0]))

    return sum(any(share(one, other) >= 0.5 for other in others) for one in some)


def test_both_find_the_known_fixations_and_the_same_areas(tmp_path: Path) -> None:
    known, points = known_gaze(1)
    theirs = pymovements(known, points)
    detected = timeline(open_recording(write_lines(tmp_path / "a", [gaze_line(at, (x, y)) for at, x, y in points])))
    ours = list(zip(detected.fixations.start_ms.tolist(), detected.fixations.end_ms.tolist(), strict=True))
    truth = [(start, end) for start, end, _, _ in known]
    fixations = [(float(start), float(end)) for start, end in theirs["fixations"]]  # type: ignore[attr-defined]
    found = {"ours": matched(truth, ours), "pymovements": matched(truth, fixations), "both": matched(ours, fixations)}
    print(f"of {len(truth)} known fixations: {found}; pymovements {theirs['version']}")
    assert found["ours"] >= 59
    assert found["both"] >= 57
    assert len(ours) <= 62

    areas = [
        {"name": name, "shape": "rectangle", "points": [[x, y], [x + width, y + height]]}
        for name, (x, y, width, height) in AREAS.items()
    ]
    line = timeline(open_recording(write_recording(tmp_path / "b", known)))
    metrics = analyse([Subject(line)], request_from({"areas": areas})).people[0].metrics
    counted = {name: [one.fixation_count, one.fixation_ms] for name, one in metrics.items() if name != "top"}
    assert counted == {name: [count, pytest.approx(total)] for name, (count, total) in theirs["areas"].items()}  # type: ignore[attr-defined]
