"""What the server acknowledged is kept when it is killed. A longer run: `python -m tests.server.test_killed 30`."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.support.paths import ROOT
from tests.support.server import GEOMETRY, frame_bytes
from tests.support.times import WAIT_S


@dataclass
class Acknowledged:
    """What the server said before it was killed."""

    recording: str = ""
    marks: int = 0
    samples: int = 0


@contextlib.contextmanager
def light_server(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    command = [sys.executable, "-m", "tests.support.light_server", str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.wait(WAIT_S)


async def record_until_killed(folder: Path, rng: random.Random) -> Acknowledged:
    """Records frames with pictures and marks. Kills the server after a random number of answers."""
    answered = Acknowledged()
    with light_server(folder) as (process, port):
        async with connect(f"ws://127.0.0.1:{port}/v1/camera") as camera:
            await camera.send(json.dumps(GEOMETRY))
            await camera.send(json.dumps({"type": "record_start", "frames": True, "consent": True}))
            n_answers, seq = rng.randrange(20, 120), 0
            with contextlib.suppress(ConnectionClosed):
                while True:
                    message = json.loads(await asyncio.wait_for(camera.recv(), WAIT_S))
                    if message["type"] == "record":
                        answered.recording = message["recording"]
                    answered.marks += message["type"] == "mark"
                    answered.samples += message["type"] == "gaze" and bool(answered.recording)
                    if answered.marks + answered.samples >= n_answers:
                        process.kill()
                    if message["type"] in ("record", "gaze"):
                        seq += 1
                        await camera.send(json.dumps({"type": "mark", "label": f"{seq}"}))
                        await camera.send(frame_bytes(seq))
    return answered


def check_kept(folder: Path, answered: Acknowledged) -> tuple[int, int]:
    """-> the samples, and the rows of pictures, that are missing."""
    recording = folder / "recordings" / answered.recording
    lines = [json.loads(line) for line in (recording / "samples.ndjson").read_text().splitlines()]
    marks = [line["label"] for line in lines if line["type"] == "mark"]
    assert [str(i) for i in range(1, answered.marks + 1)] == marks[: answered.marks]
    pictures = {f"frames/{path.name}" for path in (recording / "frames").iterdir()}
    with (recording / "frames.csv").open(newline="") as table:
        rows = {row["frame"] for row in csv.DictReader(table)}
    assert rows <= pictures
    return answered.samples - sum(line["type"] == "gaze" for line in lines), len(pictures - rows)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
async def test_a_killed_server_has_kept_what_it_acknowledged(tmp_path: Path, seed: int) -> None:
    answered = await record_until_killed(tmp_path, random.Random(seed))
    assert answered.marks > 5
    missing_samples, missing_rows = check_kept(tmp_path, answered)
    assert missing_samples <= 2  # the frames that were on their way
    assert missing_rows <= 1  # a picture is written before its row


def main(repeats: int) -> None:
    marks = samples = lost_samples = lost_rows = 0
    for seed in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            answered = asyncio.run(record_until_killed(Path(folder), random.Random(1_000 + seed)))
            missing_samples, missing_rows = check_kept(Path(folder), answered)
        marks, samples = marks + answered.marks, samples + answered.samples
        lost_samples, lost_rows = lost_samples + max(0, missing_samples), lost_rows + missing_rows
    print(f"{repeats} kills: {marks} marks, 0 lost; {samples} samples, {lost_samples} lost; {lost_rows} rows lost")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
