"""What `make` installed: the versions that users get, and the headless OpenCV."""

import subprocess
import sys

import cv2
import numpy as np

from tests.support.paths import ROOT

WARM_UP = """
import asyncio, sys
unwanted = "google jax matplotlib mediapipe scipy sklearn threadpoolctl torch torchvision".split()
sys.modules.update(dict.fromkeys(unwanted))  # as if they were not installed
import server.http.app, server.evaluation.command, server.export.command
from server.cli import assemble
from server.settings import Settings
async def warm_up():
    pipeline, _ = assemble("cpu", "fast", Settings())
    await pipeline.open()
    await pipeline.close()
asyncio.run(warm_up())
print("works")
"""


def test_opencv_is_the_headless_one_so_that_no_gl_or_x_library_is_needed() -> None:
    """mediapipe would bring a build with windows into the same folder, so the Makefile installs it without its pins."""
    line = next(line for line in cv2.getBuildInformation().splitlines() if line.strip().startswith("GUI:"))
    assert "NONE" in line, f"{line.strip()}: run 'make clean' and set up again"


def test_no_installed_package_misses_what_it_needs_but_the_reference_of_the_landmarks() -> None:
    check = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    problems = [line for line in check.stdout.splitlines() if "broken" not in line]
    assert [line for line in problems if not line.startswith("mediapipe ")] == []


def test_the_tests_run_on_the_numpy_and_opencv_that_users_get() -> None:
    assert int(np.__version__.split(".")[0]) >= 2, "run 'make clean' and set up again"
    assert tuple(int(part) for part in cv2.__version__.split(".")[:2]) >= (4, 12), "run 'make clean' and set up again"


def test_a_cpu_runs_the_networks_without_pytorch_mediapipe_and_what_that_brings() -> None:
    done = subprocess.run([sys.executable, "-c", WARM_UP], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "works\n", done.stderr
