"""What `make` installed: the packages that are known to overwrite each other's files."""

import subprocess
import sys

import cv2

from tests.support.paths import ROOT

WARM_UP = """
import asyncio, sys
unwanted = "jax matplotlib mediapipe scipy sklearn sounddevice threadpoolctl torch torchvision".split()
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
    """mediapipe brings a build with windows into the same folder; the Makefile installs the headless one after it."""
    line = next(line for line in cv2.getBuildInformation().splitlines() if line.strip().startswith("GUI:"))
    assert "NONE" in line, f"{line.strip()}: run 'make clean' and set up again"


def test_no_installed_package_misses_what_it_needs() -> None:
    check = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stdout


def test_a_cpu_runs_the_networks_without_pytorch_mediapipe_and_what_that_brings() -> None:
    done = subprocess.run([sys.executable, "-c", WARM_UP], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "works\n", done.stderr
