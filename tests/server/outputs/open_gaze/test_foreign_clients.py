"""Existing Open Gaze clients, unchanged, read a running server with a simulated user."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import html
import json
import math
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.open_gaze import LookingPerson, OpenGazeClient, calibration_place, connect_open_gaze, send_screen
from tests.support.paths import ROOT
from tests.support.server import (
    OPEN,
    OPEN_GAZE,
    SHUT,
    CameraClient,
    Server,
    camera_client,
    open_gaze_port,
    running_server,
)
from tests.support.times import LONG_WAIT_S, WAIT_S

CLIENTS = Path(sys.prefix) / "clients"
LEFT, RIGHT = (0.2, 0.3), (0.8, 0.7)
DWELL_S = 1.0  # on each of the two places, to and fro

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (CLIENTS / "psychopy").is_dir(), reason="needs the programs that `make test` installs"),
]


@contextlib.asynccontextmanager
async def a_person_looks_around(folder: Path) -> AsyncIterator[tuple[Server, int]]:
    """A calibrated person who looks left and right in turn, 30 times a second, and the Open Gaze port."""
    async with running_server(folder, outputs=OPEN_GAZE) as server, camera_client(server) as camera:
        await camera.calibrate()
        looking = asyncio.create_task(_look_around(camera))
        port = open_gaze_port(server)
        assert port is not None
        yield server, port
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def _look_around(camera: CameraClient) -> None:
    while True:
        await camera.show(*(LEFT if int(time.monotonic() / DWELL_S) % 2 == 0 else RIGHT))
        await asyncio.sleep(1.0 / 30.0)  # as a camera does


async def run_client(script: str, *arguments: object, home: Path) -> dict[str, Any]:
    """What the script prints. Its folders come first on the path, so its libraries are its own."""
    environment = {**os.environ, "PYTHONPATH": str(CLIENTS), "HOME": str(home)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P" if sys.version_info >= (3, 11) else "-B"),
        *(str(ROOT / "tests/foreign" / script), *map(str, arguments)),
        cwd=home,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), LONG_WAIT_S)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    print(err.decode()[-3000:])  # shown by pytest when the test fails
    assert process.returncode == 0
    return dict(json.loads(out.decode().splitlines()[-1]))


def near(point: tuple[float, float], place: tuple[float, float]) -> bool:
    return math.dist(point, place) < 0.05


async def test_pygaze_reads_points_of_gaze_and_fixations(tmp_path: Path) -> None:
    log = tmp_path / "pygaze.tsv"
    async with a_person_looks_around(tmp_path) as (_server, port):
        result = await run_client("pygaze_reader.py", port, 4.0, log, home=tmp_path)
    facts = result["facts"]
    assert facts["started"] is True
    assert facts["stopped"] is True
    assert facts["tick_frequency"] == "10000000"
    assert facts["product"] == "Sightline"
    points = [tuple(point) for point in result["points"] if point[0] is not None]
    assert sum(near(point, LEFT) for point in points) > 8
    assert sum(near(point, RIGHT) for point in points) > 8
    with log.open(newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    counts = [int(row["CNT"]) for row in rows]
    assert counts == sorted(set(counts))
    times = [float(row["TIME"]) for row in rows]
    assert times == sorted(times)
    assert {row["BPOGV"] for row in rows} == {"1"}
    assert {row["LPV"] for row in rows} == {"0"}, "a webcam measures no pupils"
    assert [row["USER"] for row in rows].count("half time") == 1
    assert facts["screen"] == ["0", "0", "1000", "500"]
    assert facts["camera"] == ["640", "480"]
    assert facts["pupil"] is None
    check_fixations([(row["FPOGID"], row["FPOGX"], row["FPOGY"], row["FPOGD"]) for row in rows if row["FPOGV"] == "1"])


def check_fixations(rows: list[tuple[str, ...]]) -> None:
    """Checks that each fixation id has one of the two places and a growing duration."""
    stays: dict[str, list[tuple[float, float, float]]] = {}
    for fixation_id, x, y, duration_s in rows:
        stays.setdefault(fixation_id, []).append((float(x), float(y), float(duration_s)))
    assert len(stays) >= 3
    for stay in stays.values():
        sides = {"left" if near((x, y), LEFT) else "right" if near((x, y), RIGHT) else "" for x, y, _ in stay}
        assert sides in ({"left"}, {"right"})
        durations = [duration_s for _, _, duration_s in stay]
        assert durations == sorted(durations)
    assert max(stay[-1][2] for stay in stays.values()) > DWELL_S / 2


TEXTS = [
    "plain",
    'say "hi"',
    "a < b",
    "a & b",
    "tab\there",
    "x" * 300,
    "größer",
    "two\nlines",
    'a="b" />',
    "\U0001f440" * 50,
]


async def test_pygaze_sends_any_text_and_takes_shut_eyes_for_an_invalid_sample(tmp_path: Path) -> None:
    log = tmp_path / "pygaze.tsv"
    shut = asyncio.Event()

    async def look(camera: CameraClient) -> None:
        while True:
            await camera.show(*LEFT, SHUT if shut.is_set() else OPEN)
            await asyncio.sleep(1.0 / 30.0)  # as a camera does

    async with running_server(tmp_path, outputs=OPEN_GAZE) as server, camera_client(server) as camera:
        await camera.calibrate()
        looking = asyncio.create_task(look(camera))
        client = asyncio.create_task(
            run_client("pygaze_messages.py", open_gaze_port(server), log, json.dumps(TEXTS), home=tmp_path)
        )
        async with connect_open_gaze(server) as reader:
            await reader.enable("USER_DATA", "DATA")
            while TEXTS[-1][0] not in html.unescape(await reader.line()):
                pass
        shut.set()
        result = await client
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
    assert [message["ok"] for message in result["sent"]] == [True] * len(TEXTS)
    assert max(message["s"] for message in result["sent"]) < 2.9, "PyGaze did not repeat a message after 3 s"
    with log.open(newline="", encoding="utf-8") as lines:
        users = {row["USER"] for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)}
    assert users >= {" ".join(text.split()) for text in TEXTS}
    x, y = result["last"]
    assert (x * 1000, y * 500) == (-1, -1), "is_valid_sample of PyGaze is False, so its blink begins"


async def test_psychopy_reads_points_of_gaze_and_fixations(tmp_path: Path) -> None:
    async with a_person_looks_around(tmp_path) as (_server, port):
        result = await run_client("psychopy_reader.py", port, 4.0, home=tmp_path)
    assert result["connected"] is True
    assert result["recording"] is True
    samples = result["samples"]
    assert len(samples) > 20
    points = [place(s["left_gaze_x"], s["left_gaze_y"]) for s in samples]
    assert sum(near(point, LEFT) for point in points) > 8
    assert sum(near(point, RIGHT) for point in points) > 8
    assert {s["status"] for s in samples} == {0.0}, "both eyes are seen"
    fixations = result["fixations"]
    assert sum(event["kind"] == "start" for event in fixations) >= 4, "two for each: PsychoPy's are of one eye"
    assert all(near(place(*event["at"]), LEFT) or near(place(*event["at"]), RIGHT) for event in fixations)
    ended = [event["duration_s"] for event in fixations if event["kind"] == "end"]
    assert max(ended) > DWELL_S / 2


def place(x: float, y: float) -> tuple[float, float]:
    """PsychoPy's pix units of a screen of 1000 x 500 to ours."""
    return (x + 500) / 1000, (250 - y) / 500


async def test_pygaze_calibrates_at_dots_that_it_draws_itself(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, outputs=OPEN_GAZE) as server,
        camera_client(server) as camera,
        connect_open_gaze(server) as dots,
    ):
        await send_screen(camera)
        person = LookingPerson(camera)
        follow = asyncio.create_task(follow_the_dots(dots, person))
        port = open_gaze_port(server)
        result = await run_client("pygaze_calibration.py", port, tmp_path / "pygaze.tsv", WAIT_S, home=tmp_path)
        await person.leave()
        follow.cancel()
        await asyncio.gather(follow, return_exceptions=True)
        assert (await camera.show(*RIGHT))["valid"]
    assert result["started"] is True
    assert [point for _, point in result["shown"]] == result["points"], "all of them, in the client's own order"
    assert len(result["result"]) == 9
    for point in result["result"]:
        assert point["LV"]
        assert point["RV"]
        assert near((point["LX"], point["LY"]), (point["CALX"], point["CALY"]))
    average_error_px, n_valid = result["summary"]
    assert int(n_valid) == 9
    assert 0.0 < float(average_error_px) < 50.0


async def follow_the_dots(client: OpenGazeClient, person: LookingPerson) -> None:
    """A person looks at the client's targets; all clients get the progress."""
    while line := (await client.reader.readline()).decode():
        if "CALIB_START_PT" in line:
            person.place = calibration_place(line)


async def test_psychopy_has_the_page_calibrate_and_reads_the_result(tmp_path: Path) -> None:
    async with running_server(tmp_path, outputs=OPEN_GAZE) as server, camera_client(server) as camera:
        port = open_gaze_port(server)
        running = asyncio.create_task(run_client("psychopy_reader.py", port, 0.1, "calibrate", home=tmp_path))
        while (await camera.get("calibration"))["state"] != "requested":
            pass
        await camera.calibrate()
        result = (await running)["calibrated"]
    assert result["SUMMARY"]["VALID_POINTS"] == 9
    assert result["SUMMARY"]["AVE_ERROR"] > 0
    for i in range(1, 10):
        assert (result[f"LV{i}"], result[f"RV{i}"]) == (1, 1)
        assert near((result[f"LX{i}"], result[f"LY{i}"]), (result[f"CALX{i}"], result[f"CALY{i}"]))
