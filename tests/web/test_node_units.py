"""The units of web/ that need no browser: each tests/web/**/*.test.js by `node --test`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import playwright
import pytest

from tests.support.paths import ROOT
from tests.support.times import WAIT_S

FOLDER = ROOT / "tests" / "web"
LEAST_NODE = 20
DRIVERS = Path(playwright.__file__).parent.glob("driver/node*")


def find_node() -> str | None:
    """The one on the PATH if it is new enough, else the one that comes with Playwright."""
    candidates = [shutil.which("node"), *map(str, DRIVERS)]
    return next((node for node in candidates if node and major_version(node) >= LEAST_NODE), None)


def major_version(node: str) -> int:
    printed = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return int(printed.removeprefix("v").split(".")[0])


NODE = find_node()


@pytest.mark.skipif(NODE is None, reason=f"needs node {LEAST_NODE} or later, on the PATH or with Playwright")
@pytest.mark.parametrize(
    "path", sorted(FOLDER.rglob("*.test.js")), ids=lambda path: str(path.relative_to(FOLDER)).removesuffix(".test.js")
)
def test_the_units_of_a_module_pass_under_node(path: Path) -> None:
    done = subprocess.run(
        [str(NODE), "--test", "--test-reporter=spec", path], capture_output=True, text=True, check=False, timeout=WAIT_S
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_unit_is_found() -> None:
    assert len(list(FOLDER.rglob("*.test.js"))) >= 15
