"""The page, a study, the camera view and the plugin in Firefox, by `firefox.mjs`. Other tests run in Chromium."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import Any

import pytest

from tests.support.foreign_page import open_site, plugin_page
from tests.support.paths import ROOT
from tests.support.plugin_page import WITHOUT_ASKING
from tests.support.server_process import server_process
from tests.support.times import LONG_WAIT_S

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
NODE = shutil.which("node")
DRIVER = ROOT / "tests/npm/node_modules/puppeteer-core"
MISSING = (
    "" if FIREFOX and NODE and DRIVER.is_dir() else "needs firefox-esr and puppeteer-core, which `make test` fetches"
)

ONE_PICTURE = """\
name: one
title: One picture
calibration: 5
validation: false
stimuli:
  - picture: cat.svg
    duration_s: 1
"""


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(bool(MISSING) and "SIGHTLINE_SKIP_NOTHING" not in os.environ, reason=MISSING)
def test_firefox_plays_the_demo_a_study_the_camera_view_and_the_plugin_without_an_error(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    assert MISSING == ""
    study = tmp_path_factory.mktemp("study")
    shutil.copy(ROOT / "web/img/cat.svg", study)
    (study / "study.yaml").write_text(ONE_PICTURE, encoding="utf-8")
    profiles = tmp_path_factory.mktemp("p")
    with open_site() as site, server_process(profiles, "--allow-origin", site.origin, study=study) as server:
        site.pages["/"] = plugin_page(server, WITHOUT_ASKING)
        seen = play_in_firefox(server, site.origin)
    assert seen["errors"] == []
    assert seen["demo"] == {"state": "tracking", "words": "Tracking"}
    assert seen["study"] == "Participant 1 is saved."
    assert seen["camera"]["width"] > 0
    assert "No face" in seen["camera"]["words"]
    assert seen["plugin"] == {"outcome": "connected", "status": "no_face"}


def play_in_firefox(server: str, site: str) -> dict[str, Any]:
    command = [str(NODE), str(ROOT / "tests/web/firefox.mjs"), str(FIREFOX), server, site]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONG_WAIT_S)
    assert done.returncode == 0, done.stdout + done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen
