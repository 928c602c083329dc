"""The picture of a page under test, from the tab that the person shares."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from playwright.sync_api import Page, expect

from tests.support.calibration_page import WireLog
from tests.support.page import CAMERA_WITHOUT_A_FACE, SCREEN, NewContext, needs_browser, wait_until
from tests.support.plugin_page import WITHOUT_ASKING, PluginSites, open_plugin_page, outcome_of

pytestmark = needs_browser
WITH_A_PICTURE = {**WITHOUT_ASKING, "badge": True, "page": "shop", "picture": True}
RED, GREEN, BLUE, GREY = (200, 30, 30), (30, 160, 30), (30, 30, 200), (212, 215, 220)
BAND_PX = 1000
# Three bands, and a bar that stays at the upper edge of the window.
BANDS = """() => {
  document.body.replaceChildren();
  document.body.style.margin = "0";
  for (const colour of ["rgb(200 30 30)", "rgb(30 160 30)", "rgb(30 30 200)"]) {
    const band = document.createElement("section");
    band.style.cssText = `display: block; height: 1000px; background: ${colour}`;
    document.body.append(band);
  }
  const bar = document.createElement("nav");
  bar.style.cssText = "position: fixed; inset: 0 0 auto 0; height: 50px; background: black";
  document.body.append(bar);
}"""


def connect(page: Page) -> None:
    page.evaluate(BANDS)
    page.evaluate("(options) => void window.connect(options)", WITH_A_PICTURE)
    page.get_by_role("dialog").get_by_role("heading", name="Keep a picture of this page?").wait_for()


def token_of(wire: WireLog) -> dict[str, str]:
    """The header with the token of the page's session."""
    return {"X-Sightline-Token": next(told["token"] for told in wire.received if told["type"] == "hello")}


def kept(page: Page, wire: WireLog, server: str, recording: str) -> npt.NDArray[np.uint8] | None:
    """(height, width, 3), RGB; None while the recording has no picture."""
    answer = page.request.get(f"{server}/v1/recordings/{recording}/stimuli/shop", headers=token_of(wire))
    if not answer.ok:
        return None
    assert answer.headers["content-type"] == "image/jpeg"
    picture = cv2.imdecode(np.frombuffer(answer.body(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8)


def shows(picture: npt.NDArray[np.uint8], y: int, colour: tuple[int, int, int]) -> bool:
    """A video has its colours about as they were."""
    return bool(np.abs(picture[y, 20].astype(int) - colour).max() < 40)


def scroll_to(page: Page, y: int) -> None:
    page.evaluate("(y) => window.scrollTo({ top: y, behavior: 'instant' })", y)


def opened_in_the_lab(page: Page, wire: WireLog, server: str, recording: str) -> None:
    """The page is a stimulus of its own size, with its picture and the area that it reported."""
    line = page.request.get(f"{server}/v1/recordings/{recording}/timeline", headers=token_of(wire)).json()
    (shown,) = line["stimuli"]
    assert (shown["name"], shown["kind"], shown["picture"]) == ("shop", "page", True)
    assert shown["size_px"][1] == 3 * BAND_PX
    assert len(shown["moves"]) >= 1, "it was scrolled"
    assert [area["name"] for area in line["areas"][-1]["areas"]] == ["blue"]
    assert line["problems"] == []


def test_a_shared_tab_becomes_one_picture_of_the_page_that_the_recording_keeps(
    sites: PluginSites, new_context: NewContext
) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    page, errors = open_plugin_page(context, sites.friend.origin)
    wire = WireLog(page)
    connect(page)
    expect(page.get_by_role("complementary", name="Eye tracking")).to_contain_text("The camera is on")
    page.get_by_role("button", name="Share this tab").click()
    assert outcome_of(page) == "connected"
    recording = page.evaluate("window.gaze.request({ type: 'record_start' })")["recording"]

    def picture_shows(y: int, colour: tuple[int, int, int]) -> bool:
        picture = kept(page, wire, sites.server, recording)
        return picture is not None and shows(picture, y, colour)

    wait_until(page, lambda: picture_shows(100, RED))
    scroll_to(page, 2300)
    wait_until(page, lambda: picture_shows(2900, BLUE))
    page.evaluate("window.gaze.setAreas([{ selector: 'section:nth-child(3)', id: 'blue' }])")
    wait_until(page, lambda: any(message["type"] == "aois" and message["areas"] for message in wire.sent))
    page.evaluate("window.gaze.request({ type: 'record_stop' })")
    opened_in_the_lab(page, wire, sites.server, recording)
    picture = kept(page, wire, sites.server, recording)
    assert picture is not None
    assert picture.shape[1] == page.evaluate("document.documentElement.scrollWidth")
    assert picture.shape[0] == page.evaluate("document.documentElement.scrollHeight")
    assert [shows(picture, y, RED) for y in (100, 400, 690)] == [True, True, True]
    assert shows(picture, 25, (0, 0, 0))
    assert shows(picture, SCREEN["height"] + 300, GREY), "never in the window"
    assert shows(picture, 2900, BLUE)
    assert not shows(picture, 1500, GREEN)
    page.evaluate("window.gaze.close()")
    assert errors == []


def test_without_a_shared_tab_the_reason_is_shown_and_everything_else_works(
    sites: PluginSites, new_context: NewContext
) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    page, _ = open_plugin_page(context, sites.friend.origin)
    refuse = "navigator.mediaDevices.getDisplayMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))"
    page.evaluate(f"() => {{ {refuse} }}")
    connect(page)
    page.get_by_role("button", name="Share this tab").click()
    expect(page.get_by_role("dialog")).to_contain_text("The browser gave no picture of the page")
    page.get_by_role("button", name="Continue without").click()
    assert outcome_of(page) == "connected"
    code = page.evaluate("window.gaze.takePicture().catch((error) => error.code)")
    assert code == "picture"
    page.evaluate("window.gaze.close()")
    page.evaluate("navigator.mediaDevices.getDisplayMedia = undefined")
    page.evaluate("(options) => void window.connect(options)", WITH_A_PICTURE)
    expect(page.get_by_role("dialog")).to_contain_text("This browser can't make a picture of the page")
    page.get_by_role("button", name="Continue", exact=True).click()
    assert outcome_of(page) == "connected"
