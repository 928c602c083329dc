"""python -m server.bench.lab: how long recordings take to open and to analyse.

Writes recordings with made-up gaze into a temporary folder: one of 30 minutes and a hundred of two minutes, at 30
frames a second, with a stimulus every 10 s. Measures CPU time, because other programs may run.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from server.analysis.analysis import Subject, analyse
from server.analysis.analysis_json import analysis_json
from server.analysis.request import request_from
from server.analysis.timeline import timeline
from server.analysis.timeline_json import timeline_json
from server.protocol.replies import encode
from server.recordings.opened import open_recording

HZ = 30.0
START_MS = 1_763_843_912_000.0
N_SHORT, SHORT_S, LONG_S = 100, 120, 1800
AREAS = [
    {"name": "left", "shape": "rectangle", "points": [[0.1, 0.2], [0.4, 0.8]]},
    {"name": "right", "shape": "ellipse", "points": [[0.6, 0.2], [0.9, 0.8]]},
    {"name": "middle", "shape": "polygon", "points": [[0.4, 0.4], [0.6, 0.4], [0.5, 0.7]]},
]


def lines(seconds: int, seed: int) -> Iterator[dict[str, Any]]:
    """Fixations of 0.2 to 0.7 s with the noise of a webcam."""
    rng = random.Random(seed)
    x = y = 0.5
    left = 0
    for number in range(round(seconds * HZ)):
        now_ms = START_MS + 1000.0 * number / HZ
        common = {"session": "s_1", "timestamp": now_ms}
        if number % round(10.0 * HZ) == 0:
            yield {"type": "stimulus", **common, "phase": "start", "name": f"picture {number // 300 % 6}"}
        if left == 0:
            x, y, left = rng.random(), rng.random(), rng.randint(6, 20)
        left -= 1
        at = {"x": round(x + rng.gauss(0.0, 0.01), 5), "y": round(y + rng.gauss(0.0, 0.015), 5)}
        eye = {"openness": 0.9, "closed": False}
        yield {
            **{"type": "gaze", "v": 1, **common, "seq": number + 1, "frame": number + 1, "latency_ms": 38.2},
            **{"valid": True, "status": "ok", "space": "screen", **at},
            **{"x_px": at["x"] * 1920, "y_px": at["y"] * 1080, "on_screen": True, "error_px": 74.0, "raw": at},
            **{"confidence": 0.9, "gaze": {"yaw": 4.2, "pitch": -2.0}, "eyes": {"left": eye, "right": eye}},
            "head": {"yaw": 4.2, "pitch": -2.0, "roll": 0.6, "x": 12.0, "y": -35.0, "z": 571.0, "track_id": 1},
            **{"calibration": "c_1", "target": None, "phase": ""},
        }


def write(folder: Path, seconds: int, seed: int) -> Path:
    folder.mkdir()
    screen = {"width_px": 1920, "height_px": 1080, "width_mm": 344, "distance_mm": 600}
    session = {"version": 1, "person": f"person {seed}", "screen": screen}
    (folder / "session.json").write_text(json.dumps(session))
    (folder / "samples.ndjson").write_text("".join(encode(line) + "\n" for line in lines(seconds, seed)))
    return folder


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        long = write(Path(home) / "long", LONG_S, 0)
        short = [write(Path(home) / f"short {n}", SHORT_S, n) for n in range(N_SHORT)]
        begun = time.process_time()
        size = len(encode(timeline_json(timeline(open_recording(long)), frozenset())))
        print(f"time line of {LONG_S // 60} minutes, with its {size / 1e6:.1f} MB of JSON: {_since(begun)}")
        begun = time.process_time()
        subjects = [Subject(timeline(open_recording(folder))) for folder in short]
        print(f"{N_SHORT} recordings of {SHORT_S} s opened: {_since(begun)}")
        begun = time.process_time()
        found = analyse(subjects, request_from({"areas": AREAS, "stimulus": "picture 1"}))
        print(f"one of their stimuli analysed: {_since(begun)}")
        begun = time.process_time()
        found = analyse(subjects, request_from({"areas": AREAS}))
        size = len(encode(analysis_json(found)))
        print(f"the whole screen of all, with its {size / 1e6:.1f} MB of JSON: {_since(begun)}")


def _since(begun_s: float) -> str:
    return f"{time.process_time() - begun_s:.2f} s"


if __name__ == "__main__":
    main()
