"""Which monitor is meant: named and chosen where the browser names several, explained elsewhere."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.page import CAMERA_WITHOUT_A_FACE, NewContext, needs_browser, open_page

pytestmark = needs_browser

# Two monitors, as Chromium's Window Management API gives them; the headless browser has one.
TWO_MONITORS = """
Object.defineProperty(Screen.prototype, "isExtended", { get: () => true });
const monitors = Object.assign(new EventTarget(), { screens: [
  { label: "Built-in", width: 1280, height: 720 }, { label: "", width: 2560, height: 1440 },
] });
monitors.currentScreen = monitors.screens[0];
window.monitors = monitors;
window.getScreenDetails = async () => monitors;
Element.prototype.requestFullscreen = async (options) => { window.filled = options.screen; };
"""


def open_monitors(page: Page) -> None:
    page.click("#start")
    page.get_by_text("Several monitors?").click()


def test_a_named_monitor_is_filled_and_the_one_of_the_window_is_marked(
    page_server: str, new_context: NewContext
) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE + TWO_MONITORS)
    page, watch = open_page(context, page_server)
    open_monitors(page)
    expect(page.locator("#monitor-here")).to_have_text("This window is on a monitor of 1280 × 720 px.")
    page.get_by_role("button", name="Show my monitors").click()
    expect(page.get_by_role("button", name="Built-in, 1280 × 720 (this window)")).to_be_focused()
    other = page.get_by_role("button", name="Monitor 2, 2560 × 1440")
    other.click()
    expect(page.locator("#monitor-problem")).to_contain_text("in full screen on that monitor")
    assert page.evaluate("window.filled === window.monitors.screens[1]")
    page.evaluate(
        "monitors.currentScreen = monitors.screens[1]; monitors.dispatchEvent(new Event('currentscreenchange'))"
    )
    expect(page.get_by_role("button", name="Monitor 2, 2560 × 1440 (this window)")).to_be_visible()
    page.evaluate("void (Element.prototype.requestFullscreen = async () => { throw new TypeError('no') })")
    page.get_by_role("button", name="Built-in").click()
    expect(page.locator("#monitor-problem")).to_contain_text("Drag this window")
    assert watch.errors == []


def test_without_names_the_page_says_what_to_do(page_server: str, new_context: NewContext) -> None:
    for script, words in (
        (
            TWO_MONITORS + "window.getScreenDetails = async () => { throw new DOMException('no', 'NotAllowedError') };",
            "",
        ),
        ("delete window.getScreenDetails; delete Screen.prototype.isExtended;", "This browser does not name monitors."),
    ):
        context = new_context()
        context.add_init_script(CAMERA_WITHOUT_A_FACE + script)
        page, watch = open_page(context, page_server)
        open_monitors(page)
        if not words:
            page.get_by_role("button", name="Show my monitors").click()
        else:
            expect(page.locator("#list-monitors")).to_be_hidden()
        expect(page.locator("#monitor-problem")).to_contain_text(words or "The browser does not name the monitors.")
        expect(page.locator("#monitor-problem")).to_contain_text("Drag this window")
        assert watch.errors == []


def test_with_one_monitor_there_is_nothing_to_choose(page_server: str, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    page, _ = open_page(context, page_server)
    page.click("#start")
    page.locator("#monitors").wait_for(state="attached")
    assert page.evaluate("window.screen.isExtended") is False
    expect(page.locator("#monitors")).to_be_hidden()
