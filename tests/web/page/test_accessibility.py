"""Every view for a screen reader and a keyboard: axe finds nothing, the focus follows, and live regions are calm."""

from __future__ import annotations

import itertools

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import LIVE_CHANGES, live_changes, shortest_interval_s, violations
from tests.support.calibration_page import open_at_positioning_in, start_calibration, wait_for_words
from tests.support.page import (
    CAMERA_REFUSED,
    Evaluate,
    NewContext,
    needs_browser,
    needs_people,
    open_page,
    wait_for_state,
)
from tests.support.simulated_user import leave_picture, look_at

pytestmark = needs_browser

CALM_S = 3.0


def expect_view(page: Page, state: str, focused: str, problems: dict[str, list[str]]) -> None:
    """The view has come, its heading has the focus, and axe finds nothing."""
    wait_for_state(page, state)
    expect(page.locator(focused)).to_be_focused()
    problems[state] = violations(page)


@pytest.mark.slow
@needs_people
def test_each_view_gets_the_focus_and_axe_finds_nothing_in_it(page_server: str, new_context: NewContext) -> None:
    context = new_context(reduced_motion="reduce")
    context.add_init_script(LIVE_CHANGES)
    problems: dict[str, list[str]] = {}
    page, watch, _ = open_at_positioning_in(context, page_server)
    page.evaluate("document.querySelectorAll('.positioning details').forEach((part) => (part.open = true))")
    expect_view(page, "positioning", "#positioning-title", problems)
    page.click("#measure-screen")
    problems["card"] = violations(page)
    page.keyboard.press("Escape")
    expect(page.locator("#measure-screen")).to_be_focused()
    start_calibration(page, "quick")
    expect_view(page, "calibrating", "#game-title", problems)
    page.locator("#target[data-target-id]").wait_for()
    page.keyboard.press("Space")
    expect(page.locator(".sl-resume")).to_be_focused()
    problems["paused"] = violations(page)
    page.click(".sl-resume")
    leave_picture(page, away=True)
    wait_for_words(page, "not in the picture")
    problems["waiting"] = violations(page)
    leave_picture(page, away=False)
    expect_view(page, "result", "#result-title", problems)
    page.click("#track")
    expect(page.locator("#tracking-title")).to_be_focused()
    page.keyboard.press("g")
    page.locator("#display").wait_for()
    problems["display"] = violations(page)
    page.keyboard.press("Escape")
    look_at(page, 0.5, 0.5)
    page.keyboard.press("d")
    expect(page.locator("#notice")).to_contain_text("Drift corrected")
    expect(page.locator("#tracking-title")).to_be_focused()
    page.focus("#notice button")  # so it stays
    problems["tracking"] = violations(page)
    page.click("#notice button")
    expect(page.locator("#tracking-title")).to_be_focused()
    page.keyboard.press("v")
    expect_view(page, "validation", "#validation-title", problems)
    page.click("#show-recordings")
    expect_view(page, "recordings", "#recordings-title", problems)
    page.click("#recordings-back")
    expect(page.locator("#validation-title")).to_be_focused()
    assert {view: found for view, found in problems.items() if found} == {}
    changes = live_changes(page)
    assert len(changes) > 6
    assert shortest_interval_s(changes) >= CALM_S, changes
    assert watch.errors == []


def test_the_first_view_help_and_errors_are_accessible(page_server: str, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script(CAMERA_REFUSED.replace("NAME", "NotReadableError"))
    page, _ = open_page(context, page_server)
    assert violations(page) == []
    page.click("#show-help")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.click("#start")
    problems: dict[str, list[str]] = {}
    expect_view(page, "camera-error", "#problem-title", problems)
    assert problems["camera-error"] == []


BADGE = """async () => {
  const [{ connectGaze }, { demoSource }] = await Promise.all([import("/gaze.js"), import("/example/demo.js")]);
  const gaze = await connectGaze({ consent: "given", calibrate: "manual", source: demoSource });
  window.calibrate = () => void gaze.calibrate().catch(() => {});
}"""


def test_the_example_the_keyboard_and_the_plugin_are_accessible(page_server: str, new_context: NewContext) -> None:
    context = new_context(reduced_motion="reduce")
    context.add_init_script(LIVE_CHANGES)
    page = context.new_page()
    problems: dict[str, list[str]] = {}
    for view in ("pictures", "keyboard"):
        page.goto(f"{page_server}/example/?demo#{view}")
        page.reload()
        page.locator(f"#{view}").wait_for()
        problems[view] = violations(page)
    page.click("#connect")
    page.locator("dialog[open] .consent").wait_for()
    problems["consent"] = violations(page)
    page.keyboard.press("Escape")
    expect(page.locator("#connect")).to_be_focused()
    page.evaluate(BADGE)
    page.locator(".badge").wait_for()
    problems["badge"] = violations(page)
    page.evaluate("window.calibrate()")
    page.locator("dialog .sitting > .actions .primary:enabled").wait_for()
    problems["sitting"] = violations(page)
    assert {view: found for view, found in problems.items() if found} == {}
    assert shortest_interval_s(live_changes(page)) >= CALM_S


LOW = [(844, 390), (911, 512)]


@needs_people
@pytest.mark.parametrize("size", LOW, ids=str)
def test_the_next_step_is_in_sight_in_a_low_window(
    page_server: str, new_context: NewContext, size: tuple[int, int]
) -> None:
    width, height = size
    window = {"width": width, "height": height}
    context = new_context(viewport=window, screen=window)
    page, _, _ = open_at_positioning_in(context, page_server)
    expect(page.locator("#calibrate")).to_be_in_viewport(ratio=1)
    expect(page.locator("#preview")).to_be_in_viewport(ratio=0.9)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate("document.querySelector('#preview').srcObject.getTracks()[0].dispatchEvent(new Event('ended'))")
    wait_for_state(page, "camera-error")
    expect(page.locator("#try-again")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_next_step_of_a_study_is_in_sight_in_a_low_window(page_server: str, new_context: NewContext) -> None:
    window = {"width": 844, "height": 390}
    page = new_context(viewport=window, screen=window).new_page()
    page.goto(f"{page_server}/study/?demo")
    expect(page.locator("#agree")).to_be_in_viewport(ratio=1)
    page.click("#agree")
    page.locator("#calibrate:enabled").wait_for()
    expect(page.locator("#calibrate")).to_be_in_viewport(ratio=1)
    expect(page.locator("#seat-checks, .checks")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= window["width"]


@needs_people
def test_a_face_that_comes_and_goes_does_not_make_the_live_region_restless(
    page_server: str, new_context: NewContext
) -> None:
    context = new_context()
    context.add_init_script(LIVE_CHANGES)
    page, _, _ = open_at_positioning_in(context, page_server)
    found = page.locator('[data-check="found"]')
    for away in [True, False] * 4:
        leave_picture(page, away=away)
        expect(found).to_have_attribute("data-verdict", "adjust" if away else "good")
    page.locator("#live", has_text="Ready").wait_for()
    changes = live_changes(page)
    assert shortest_interval_s(changes) >= CALM_S, changes


SAY_MANY = """(async () => {
  const region = document.createElement("p");
  const live = new m.LiveText(region);
  const seen = [];
  new MutationObserver(() => seen.push([performance.now(), region.textContent])).observe(region, { childList: true });
  for (let n = 0; n < 40; n += 1) {
    live.say(n % 2 ? "a" : "b");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  for (let n = 0; n < 40; n += 1) {
    if (n % 4 === 0) live.say(`text ${n}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  live.say("the last text");
  while (region.textContent !== "the last text") await new Promise((resolve) => setTimeout(resolve, 50));
  return seen;
})()"""


def test_a_live_region_gets_the_newest_text_at_most_once_in_three_seconds(evaluate: Evaluate) -> None:
    seen = evaluate("/ui/live.js", SAY_MANY)
    assert seen[-1][1] == "the last text"
    assert all(b[0] - a[0] >= 1000.0 * CALM_S for a, b in itertools.pairwise(seen))
