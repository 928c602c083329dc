"""A study of two pictures and a question, from the consent to the recording, with the rendered person."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest
from playwright.sync_api import Page, expect

from server.recordings.runs import study_recordings
from tests.support.accessibility import violations
from tests.support.calibration_page import WireLog
from tests.support.foreign_page import open_site
from tests.support.page import NewContext, PageProblems, needs_browser, wait_for_state, wait_until
from tests.support.paths import ROOT
from tests.support.program import ask_for_game, heard, program
from tests.support.server_process import server_process

pytestmark = [*needs_browser, pytest.mark.slow]

STUDY = """\
name: two
title: Two pictures
consent: You look at two pictures.
order: latin
duration_s: 1.2
fixation_s: 0.3
calibration: 5
validation: false
stimuli:
  - picture: cat.svg
  - picture: fish.svg
    question:
      ask: Did you see a fish?
      name: fish seen
      keys: {y: yes, n: no}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    for name in ("cat", "fish"):
        shutil.copy(ROOT / "web" / "img" / f"{name}.svg", folder)
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def study_server(folder: Path) -> Iterator[str]:
    with server_process(folder / "profiles", study=folder) as address:
        yield address


def recordings(folder: Path) -> Path:
    return folder / "profiles-recordings"


def agree(page: Page, server: str) -> PageProblems:
    watch = PageProblems(page, server)
    page.goto(f"{server}/study/?demo")
    page.locator("#agree").wait_for()
    page.keyboard.press("Enter")
    page.locator("#calibrate:enabled").wait_for()
    page.keyboard.press("Space")
    wait_for_state(page, "ready")
    page.keyboard.press("Space")
    wait_for_state(page, "running")
    return watch


def lines_of(folder: Path, name: str) -> list[dict[str, Any]]:
    text = (recordings(folder) / name / "samples.ndjson").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_a_participant_sees_the_pictures_and_the_recording_has_them(
    study_server: str, folder: Path, new_context: NewContext
) -> None:
    page = new_context().new_page()
    wire = WireLog(page)
    watch = agree(page, study_server)
    expect(page.locator("#shown img")).to_be_visible()
    box = page.locator("#shown img").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (1152, 720)  # as large as the screen allows
    page.keyboard.press("Escape")
    wait_for_state(page, "paused")
    page.keyboard.press("Space")
    wait_for_state(page, "running")
    page.locator(".question").wait_for()
    assert violations(page) == []
    page.keyboard.press("y")
    wait_for_state(page, "thanks")
    assert violations(page) == []
    expect(page.locator("#saved")).to_have_text(re.compile("Participant 1 is saved"))
    (run,) = study_recordings(recordings(folder), "two")
    assert (run.participant, run.row, run.complete) == (1, 0, True)
    lines = lines_of(folder, run.recording)
    shown = [line for line in lines if line["type"] == "stimulus"]
    assert [(line["phase"], line["name"]) for line in shown] == [
        (phase, name) for name in ("cat", "cat", "fish", "fish seen") for phase in ("start", "end")
    ]
    cat = shown[2]  # shown again after the pause
    assert (cat["x_px"], cat["y_px"], cat["width_px"], cat["height_px"]) == (64, 0, 1152, 720)
    times = [line["timestamp"] for line in shown]
    assert times == sorted(times)
    _, _, start_ms, end_ms, *_ = [sent["shown_ms"] for sent in wire.sent if sent["type"] == "stimulus"]
    # By the page's clock. Its last frame can come 25 ms early; on a busy machine it comes later.
    assert end_ms - start_ms >= 1200 - 26
    during = [line for line in lines if line["type"] == "gaze" and cat["timestamp"] < line["timestamp"]]
    assert any(line["valid"] for line in during)
    assert [line["label"] for line in lines if line["type"] == "mark"] == ["interrupted: cat", "fish seen: yes"]
    assert (recordings(folder) / run.recording / "stimuli").is_dir()
    page.click("#lab-link")
    expect(
        page.get_by_role("checkbox", name="Participant 1").or_(page.get_by_text("Participant 1")).first
    ).to_be_visible()
    assert (watch.errors, watch.foreign) == ([], [])


def test_a_browser_that_closes_in_the_middle_loses_nothing_and_the_next_participant_starts_anew(
    study_server: str, folder: Path, new_context: NewContext
) -> None:
    page = new_context().new_page()
    wire = WireLog(page)
    page.goto(f"{study_server}/study/?demo")
    page.locator("#agree").click()
    page.locator("#calibrate:enabled").wait_for()
    with program(study_server, wire) as asking:
        ask_for_game(asking)  # in the place of the button
        wait_for_state(page, "calibrating")
        wait_for_state(page, "ready")
        heard(asking, "calibration", "done")
        page.keyboard.press("Space")
        wait_for_state(page, "running")
        ask_for_game(asking, "validation")
        wait_until(page, lambda: any(message["type"] == "game_refuse" for message in wire.sent))
        assert "something else now: running" in heard(asking, "validation", "refused")["reason"]
    page.locator("#shown img").wait_for()
    name = max(study_recordings(recordings(folder), "two"), key=lambda run: run.participant).recording
    wait_until(page, lambda: any(line["type"] == "stimulus" for line in lines_of(folder, name)))
    page.close()
    page = new_context().new_page()
    page.goto(f"{study_server}/study/?demo")
    wait_for_state(page, "consent")
    session = recordings(folder) / name / "session.json"
    wait_until(page, lambda: json.loads(session.read_text())["recording"]["ended_ms"] is not None)
    assert json.loads(session.read_text())["run"]["complete"] is False


SCROLLING = """<!doctype html><title>A shop</title><body style="margin: 0">
<section style="height: 1000px; background: rgb(200 30 30)"></section>
<section style="height: 1000px; background: rgb(30 160 30)"></section>
<script src="SERVER/page-place.js"></script>"""


def test_a_page_is_recorded_as_it_scrolls_and_pictured_from_the_shared_tab(
    study_server: str, folder: Path, new_context: NewContext
) -> None:
    with open_site() as shop:
        shop.pages["/"] = SCROLLING.replace("SERVER", study_server)
        page_only = STUDY[: STUDY.index("stimuli:")] + f"stimuli:\n  - page: {shop.origin}/\n    name: shop\n"
        (folder / "study.yaml").write_text(page_only, encoding="utf-8")
        page = new_context().new_page()
        page.goto(f"{study_server}/study/?demo")
        page.locator("#agree").click()
        page.locator("#calibrate:enabled").click()
        wait_for_state(page, "ready")
        page.locator("#share").click()
        expect(page.locator("#share-words")).to_contain_text("The tab is shared")
        assert violations(page) == []
        page.locator("#begin").click()
        wait_for_state(page, "running")
        page.locator("iframe").wait_for()
        wait_until(page, lambda: any(frame.url.startswith(shop.origin) for frame in page.frames))
        frame = next(frame for frame in page.frames if frame.url.startswith(shop.origin))
        name = max(study_recordings(recordings(folder), "two"), key=lambda run: run.participant).recording

        def shown() -> list[dict[str, Any]]:
            return [line for line in lines_of(folder, name) if line["type"] == "stimulus"]

        wait_until(page, lambda: bool(shown()))
        picture = recordings(folder) / name / "stimuli"
        wait_until(page, lambda: any(picture.glob("*.jpg")))
        frame.evaluate("window.scrollTo({ top: 900, behavior: 'instant' })")
        wait_until(page, lambda: len(shown()) >= 2 and shown()[-1]["y_px"] == -900)
        page.get_by_role("button", name="Continue").click()
        wait_for_state(page, "thanks")
        start, *_, end = shown()
        assert (start["phase"], start["kind"], start["name"], start["y_px"]) == ("start", "page", "shop", 0)
        assert (shown()[-2]["height_px"], end["phase"]) == (2000, "end")
        (jpeg,) = picture.glob("*.jpg")
        found = cv2.imread(str(jpeg))
        assert found is not None
        assert found.shape[0] == 2000
        assert found[100, 100, 2] > 150, "red, from the first view"
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")


def test_a_mistake_in_the_file_is_shown_with_its_line(study_server: str, folder: Path, new_context: NewContext) -> None:
    (folder / "study.yaml").write_text(STUDY.replace("latin", "shuffled"), encoding="utf-8")
    page = new_context().new_page()
    page.goto(f"{study_server}/study/")
    wait_for_state(page, "problem")
    assert violations(page) == []
    expect(page.locator("#wrong")).to_contain_text("study.yaml:4: order must be")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    page.click("#reload")
    wait_for_state(page, "consent")
    assert violations(page) == []
