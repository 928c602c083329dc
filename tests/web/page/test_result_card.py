"""The result card and the ring show the server's numbers: all of one report, of one kind."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from calibration.bench.simulated import SCREEN, simulated_session
from calibration.calibration import Calibration
from calibration.fit import fit_calibration
from calibration.targets.ids import HEAD_ID, PURSUIT_ID
from calibration.targets.patterns import PATTERNS
from server.protocol.replies import to_wire
from server.session.replies import calibrated
from tests.support.page import NewContext, needs_browser, open_page

pytestmark = needs_browser

SHOW = """async ([report, screen]) => {
  const { ResultCard } = await import("/ui/result-card.js");
  const { GRADES } = await import("/ui/texts.js");
  const root = document.querySelector(".result");
  root.hidden = false;
  root.querySelector(".figure").id = "result-figure"; // the page's own card has put it there
  new ResultCard({ root }).show(report, screen);
  return GRADES[report.summary.grade].title;
}"""
VALIDATED = """async ([result, shift]) => {
  const { ValidationCard } = await import("/ui/validation-card.js");
  const root = document.querySelector("#validation");
  root.hidden = false;
  const card = new ValidationCard({ root, announce: () => {} });
  card.show(result, { width: 1920, height: 1080 }, { brightness: 120, shift, check: shift !== null });
  window.endCard = () => card.destroy();
}"""
TRACK = """async (errors) => {
  const { GazeOverlay } = await import("/page/overlay.js");
  const [dot, error] = [document.querySelector("#gaze-dot"), document.querySelector("#error")];
  const screen = { width: 1920, height: 1080 };
  const layout = { ...screen, viewport: { x: 0, y: 0, ...screen }, scale: 1 };
  const overlay = new GazeOverlay({ dot, error, geometry: { layout } });
  const gaze = { valid: true, status: "ok", x: 0.5, y: 0.5, seq: 1 };
  return errors.map((error_px) => {
    // A text is the status of a message without a valid point.
    overlay.update(typeof error_px === "string" ? { ...gaze, valid: false, status: error_px } : { ...gaze, error_px });
    const ring = dot.querySelector(".ring");
    const shown = !dot.hidden && getComputedStyle(ring).visibility === "visible";
    return [error.textContent, shown ? ring.style.getPropertyValue("--radius") : null];
  });
}"""


def calibration_of(person: str) -> Calibration:
    """A simulated person who looks at nine dots, at five, at other places, or whose features are noise."""
    samples = [one for one in simulated_session(3).calibrate if one.target_id not in (HEAD_ID, PURSUIT_ID)]
    rng = random.Random(0)
    places = PATTERNS["5" if person == "five dots" else "9"]
    chosen = [sample for sample in samples if sample.target in places]
    if person == "not looking":
        others = dict(zip(places, rng.sample(places, len(places)), strict=True))
        chosen = [replace(sample, target=others[sample.target]) for sample in chosen]
    if person == "half of the dots not looked at":
        low = [sample.target[1] > 0.9 for sample in chosen]
        chosen = [
            replace(sample, target=(1.0 - sample.target[0], sample.target[1])) if is_low else sample
            for sample, is_low in zip(chosen, low, strict=True)
        ]
    return fit_calibration(chosen, SCREEN)


@pytest.fixture
def page(page_server: str, new_context: NewContext) -> Page:
    return open_page(new_context(), page_server)[0]


def px(text: str) -> int:
    found = re.search(r"(\d+) px", text)
    assert found, text
    return int(found[1])


PEOPLE = ("nine dots", "five dots", "half of the dots not looked at", "not looking")


@pytest.mark.parametrize("person", PEOPLE)
def test_headline_bars_dots_and_verdict_are_those_of_one_summary(page: Page, person: str) -> None:
    report: dict[str, Any] = to_wire(calibrated("done", calibration_of(person)).message)["report"]
    summary = report["summary"]
    title = page.evaluate(SHOW, [report, {"width": SCREEN.width_px, "height": SCREEN.height_px}])
    print(person, summary["grade"], round(summary["error_px"]), {k: round(v) for k, v in summary["methods_px"].items()})

    headline = int(page.locator("#result-median").inner_text())
    bars = {
        bar.locator(".name").inner_text(): px(bar.locator(".value").inner_text())
        for bar in page.locator("#result-bars li").all()
    }
    assert headline == bars.pop("This calibration") == round(summary["error_px"])
    assert sorted(bars.values()) == sorted(round(error_px) for error_px in summary["methods_px"].values())
    grades = [str(dot.get_attribute("class")).split()[1] for dot in page.locator("#result-picture .dot").all()]
    assert grades == [target["grade"] for target in summary["targets"]]
    errors = [px(row.locator("td").nth(1).text_content() or "") for row in page.locator("#result-rows tr").all()]
    assert errors == [round(target["error_px"]) for target in summary["targets"]]
    assert abs(sum(errors) / len(errors) - headline) <= 1
    expect(page.locator("#result-words")).to_contain_text(title)
    share = page.locator("#result-share").inner_text()
    half = f"Expect half of the points within {headline} px of where you look"
    assert share.startswith(half) == (summary["grade"] != "blind"), share
    assert page.locator("#result-better").is_visible() == (min(bars.values()) < headline)
    assert summary["grade"] != "blind" or "More dots" not in page.locator("#result-better").inner_text()
    first = "track" if summary["grade"] in ("good", "fair") else "again"
    assert [button.get_attribute("id") for button in page.locator(".result .primary").all()] == [first]
    assert page.locator(".result-main > .actions > button").first.get_attribute("id") == first


def validation_result() -> dict[str, Any]:
    figures = {"px": 160.0, "cm": 3.0, "deg": 3.0, "percent_width": 8.0}
    point = {
        "n_valid": 30,
        "n_total": 30,
        "error_px": 160.0,
        "offset_px": {"dx": 150.0, "dy": 0.0},
        "accuracy_px": 150.0,
    }
    places = [(0.2, 0.2), (0.8, 0.2), (0.5, 0.8)]
    return {
        "grade": "poor",
        "error": {**figures, "low_px": 120.0, "high_px": 200.0},
        "accuracy": {**figures, "px": 150.0},
        "precision": {"rms_s2s_px": 8.0, "sd_px": 15.0, "deg": 0.3},
        "sample_rate_hz": 30.0,
        "data_loss": 0.0,
        "distance_mm": 600.0,
        "screen_mm": {"width": 345, "height": 194},
        "failed_points": [],
        "points": [
            {**point, "target": {"id": n, "x": x, "y": y}, "rms_s2s_px": 8.0, "sd_px": 15.0, "grade": "poor"}
            for n, (x, y) in enumerate(places)
        ],
    }


def test_a_check_says_which_of_its_figures_are_from_before_the_correction(page: Page) -> None:
    before = page.locator("#validation-before")
    shift = {"dx": 150, "dy": 0, "remaining_px": 40, "grade": "good"}
    page.evaluate(VALIDATED, [validation_result(), shift])
    expect(page.locator("#validation-px")).to_have_text("40")
    expect(page.locator("#validation-kind")).to_contain_text("After the correction, half of the measured points")
    expect(page.locator("#validation-size")).to_contain_text("135 px wide")  # 2 (150 * 40 / 160 + 2 * 15)
    expect(before).to_have_text("The figures below and the table are from before the correction.")
    expect(page.locator("#validation-facts")).to_contain_text("150 px")
    with page.expect_download() as download:
        page.locator("#save-validation-json").dispatch_event("click")
    saved = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert (saved["error"]["px"], saved["corrected_shift"]) == (160, shift)
    page.evaluate("window.endCard()")
    page.evaluate(VALIDATED, [validation_result(), None])
    expect(page.locator("#validation-px")).to_have_text("160")
    expect(page.locator("#validation-kind")).to_contain_text("closer to the dot than this (3 new dots)")
    expect(before).to_be_hidden()


@pytest.mark.parametrize("size", [(844, 390), (911, 512), (390, 844)], ids=str)
def test_what_to_do_next_is_in_sight_and_covers_no_verdict(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.evaluate("document.querySelector('.welcome').hidden = true")
    report = to_wire(calibrated("done", calibration_of("nine dots")).message)["report"]
    for card, show, buttons in (
        (
            ".result",
            [SHOW, [report, {"width": SCREEN.width_px, "height": SCREEN.height_px}]],
            ("track", "validate", "again"),
        ),
        (
            "#validation",
            [VALIDATED, [validation_result(), None]],
            ("recalibrate-validated", "validate-again", "track-validated"),
        ),
    ):
        page.evaluate(*show)
        page.evaluate("[...document.querySelectorAll('.to-keep')].forEach((button) => (button.hidden = false))")
        for button in buttons:
            expect(page.locator(f"#{button}")).to_be_in_viewport(ratio=1)
        if size[0] > size[1]:
            expect(page.locator(f"{card} .to-keep")).to_be_in_viewport(ratio=1)
        verdict, row = (page.locator(f"{card} {part}").first.bounding_box() for part in (".verdict", ".actions"))
        assert verdict
        assert row
        assert verdict["y"] + verdict["height"] <= row["y"]
        page.evaluate("(card) => { document.querySelector(card).hidden = true }", card)


def test_a_ring_that_would_cover_the_page_is_replaced_by_words(page: Page) -> None:
    assert page.evaluate(TRACK, [60, "eyes_closed", 280, 290, "no_face", None, 5, "no_frames"]) == [
        ["60", "60px"],
        ["60", None],
        ["280", "280px"],
        ["too inaccurate", None],
        ["–", None],
        ["–", "14px"],
        ["5", "14px"],
        ["–", None],
    ]
