"""The number of files on the path of one frame."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.page import needs_people
from tests.support.paths import ROOT
from tests.support.trace_frame import trace

# In two processes. MediaPipe and one map had 36; limits, metrics, three maps, glare, openness and doubts came later.
MOST_FILES = 65


@pytest.mark.slow
@needs_people
async def test_one_calibrated_frame_enters_few_files_and_those_of_the_readme(tmp_path: Path) -> None:
    files = await trace(tmp_path, "fast")
    assert len(files) <= MOST_FILES, "\n".join(files)
    steps = (ROOT / "server" / "README.md").read_text().split("## Where a frame goes")[1].split("\n## ")[0]
    named = re.findall(r"^\d+\. `([\w/]+\.py)`", steps, re.MULTILINE)
    assert len(named) == 10
    assert {name if name.startswith("models/") else f"server/{name}" for name in named} <= set(files)
