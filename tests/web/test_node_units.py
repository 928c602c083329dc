"""The units of web/ that need no browser: each tests/web/**/*.test.js by `node --test`."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.times import WAIT_S

FOLDER = ROOT / "tests" / "web"
LEAST_NODE = 20


def node_version() -> int:
    """0 where there is no node."""
    if shutil.which("node") is None:
        return 0
    printed = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)", printed)
    return int(found[1]) if found else 0


@pytest.mark.skipif(node_version() < LEAST_NODE, reason=f"needs node {LEAST_NODE} or later on the PATH")
@pytest.mark.parametrize(
    "path", sorted(FOLDER.rglob("*.test.js")), ids=lambda path: str(path.relative_to(FOLDER)).removesuffix(".test.js")
)
def test_the_units_of_a_module_pass_under_node(path: Path) -> None:
    done = subprocess.run(
        ["node", "--test", "--test-reporter=spec", path], capture_output=True, text=True, check=False, timeout=WAIT_S
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_unit_is_found() -> None:
    assert len(list(FOLDER.rglob("*.test.js"))) >= 15
