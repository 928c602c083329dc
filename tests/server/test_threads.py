"""The pools of the numerical libraries have one thread each: threads.py."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from server.bench.processes import Usage, usage
from tests.support.paths import ROOT
from tests.support.whole_product import PERSON, Camera, pictures_by_target

POOLS = """
import json, cv2, numpy, threadpoolctl
sizes = [pool["num_threads"] for pool in threadpoolctl.threadpool_info()] + [cv2.getNumThreads()]
print(json.dumps(sizes))
"""
SERVE = f"import sys; from server.cli import main; main(sys.argv[1:]){POOLS}"
MAX_THREADS = 6
"""Server: main, background, one of asyncio for files, one that waits for the worker's end. Worker: main, one that waits
for the server's end, and no more. The networks compute in the thread that calls them."""


@pytest.mark.parametrize("package", ["server", "models", "calibration"])
def test_each_package_limits_the_pools_before_numpy_is_loaded(package: str) -> None:
    assert set(pool_sizes(package, {})) == {1}


def test_a_larger_number_in_the_environment_is_replaced() -> None:
    assert set(pool_sizes("server", {"OPENBLAS_NUM_THREADS": "8", "OPENCV_FOR_THREADS_NUM": "8"})) == {1}


def pool_sizes(package: str, environment: dict[str, str]) -> list[int]:
    """Of a process that imports the package and then NumPy and OpenCV."""
    code = f"import {package}{POOLS}"
    printed = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True
    )
    sizes: list[int] = json.loads(printed.stdout)
    return sizes


async def test_a_server_that_has_calibrated_and_tracked_has_no_more_threads_than_it_started(tmp_path: Path) -> None:
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SERVE, "serve", "--port", "0", "--device", "cpu"),
        *("--profiles", str(tmp_path / "profiles"), "--recordings", str(tmp_path / "recordings")),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert server.stdout is not None
        address = re.search(r"http://(\S+)/", (await server.stdout.readline()).decode())
        assert address
        used = await usage_after_a_calibration(address[1], server.pid)
    finally:
        server.terminate()
        printed, _ = await server.communicate()
    assert used.n_threads <= MAX_THREADS
    assert set(json.loads(printed.splitlines()[-1])) == {1}


async def usage_after_a_calibration(host: str, pid: int) -> Usage:
    """Of the server, which has calibrated the demo person and sent some of its gaze."""
    async with connect(f"ws://{host}/v1/camera", max_size=None) as connection:
        camera = Camera(connection)
        await camera.answer("hello")
        await camera.say("geometry", screen=json.loads((PERSON / "session.json").read_text())["screen"])
        pictures = pictures_by_target()
        await camera.calibrate(pictures)
        gaze: list[dict[str, Any]] = [await camera.show(of_target[0]) for of_target in pictures.values()]
        assert any(message["valid"] for message in gaze)
        used = usage(pid)
    assert used is not None
    return used


def test_an_ended_process_uses_nothing() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert usage(ended.pid) is None


def test_the_usage_of_a_process_includes_its_children() -> None:
    parent = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(1, flush=True); input()'])"
    with subprocess.Popen([sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        used = usage(process.pid)
        process.communicate(b"\n")
    assert used is not None
    assert used.n_processes == 2
    assert used.n_threads == 2
    assert used.cpu_ms > 0.0
    assert used.rss_mb > 10.0
    assert used.pss_mb is None or used.pss_mb < used.rss_mb
