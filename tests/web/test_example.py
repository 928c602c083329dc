"""The example page: areas of interest and the dwell keyboard, used with the eyes of the simulated user, and by hand."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, TimeoutError

from tests.support.page import PEOPLE, NewContext, PageProblems, needs_browser, needs_people
from tests.support.simulated_user import load_person, look_at, sit_down
from tests.support.times import LONG_WAIT_MS, seconds

pytestmark = needs_browser
# An upright screen: the person has pictures of looking at places near the keys' middles there.
UPRIGHT = {"width": 1280, "height": 1440}
TRY_MS = 1000.0 * seconds(15.0)


def open_example(context: Any, server: str, path: str = "/example/") -> tuple[Page, PageProblems]:
    page = context.new_page()
    watch = PageProblems(page, server)
    page.goto(server + path)
    page.locator("#board button").first.wait_for(state="attached")
    return page, watch


def calibrate(page: Page) -> None:
    page.get_by_role("button", name="Start eye tracking").click()
    page.get_by_role("button", name="Allow").click()
    page.locator("button:enabled", has_text="Start the dots").click()
    page.get_by_role("button", name="Use it").click(timeout=LONG_WAIT_MS)


def middle_of(thing: Locator) -> tuple[float, float]:
    box = thing.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def look_at_pixel(page: Page, x: float, y: float) -> None:
    look_at(page, x / UPRIGHT["width"], y / UPRIGHT["height"])


def seconds_on(page: Page, picture: str) -> float:
    return float(page.locator(f"#{picture} .time").inner_text().removesuffix(" s"))


def press_with_eyes(page: Page, name: str) -> None:
    """Looks at a key until something changes. If the gaze dot misses the key, the next look corrects for it."""
    text, level = page.locator("#text"), page.locator("#board")
    before = [text.inner_text(), level.get_attribute("data-level")]
    x, y = middle_of(page.get_by_role("button", name=name, exact=True))
    aim = (x, y)
    for attempt in range(4):
        look_at_pixel(page, *aim)
        try:
            page.wait_for_function(
                """([text, level]) => document.querySelector("#text").innerText !== text
                     || document.querySelector("#board").dataset.level !== level""",
                arg=before,
                timeout=TRY_MS,
            )
            return
        except TimeoutError:
            seen_x, seen_y = middle_of(page.locator("#dot"))
            print(f"{name}: attempt {attempt} at {aim} was seen at {seen_x:.0f}, {seen_y:.0f}, not {x:.0f}, {y:.0f}")
            aim = (aim[0] + x - seen_x, aim[1] + y - seen_y)
    pytest.fail(f"{name} could not be pressed")


@pytest.mark.slow
@needs_people
def test_a_person_types_with_the_eyes_and_looks_at_pictures(page_server: str, new_context: NewContext) -> None:
    context = new_context(viewport=UPRIGHT, screen=UPRIGHT)
    sit_down(context, load_person(PEOPLE[0]))
    page, watch = open_example(context, page_server)
    calibrate(page)
    page.get_by_label("Show my gaze").check()

    for name in ("lighthouse", "mountain"):
        look_at_pixel(page, *middle_of(page.locator(f"#{name}")))
        page.locator(f"#{name}.is-looked-at").wait_for()
        page.wait_for_function(f"parseFloat(document.querySelector('#{name} .time').textContent) > 1")
    assert 0.5 < seconds_on(page, "lighthouse") < 30
    # The person did not look there, but between two places the gaze may cross it.
    assert seconds_on(page, "cup") < 0.5

    page.get_by_role("button", name="Keyboard").click()
    for key in ("group F G H I J", "letter H", "group A B C D E", "letter E", "word hello"):
        press_with_eyes(page, key)
    for key in ("group P Q R S T", "back to the groups", "group U V W X Y Z", "letter Y", "delete"):
        press_with_eyes(page, key)
    # A gaze that rests on "delete" deletes more.
    assert str(page.locator("#text").text_content()).rstrip() == "Hello"
    assert watch.errors == []
    assert watch.foreign == []
    page.get_by_role("button", name="Stop").click()
    assert page.locator("#say").inner_text() == "Stopped. The camera is off."


def test_the_keyboard_works_with_real_keys_too(page_server: str, new_context: NewContext) -> None:
    page, watch = open_example(new_context(), page_server, "/example/#keyboard")
    for name in ("group F G H I J", "letter H", "word have", "group . , ? ! '", "letter !", "word I"):
        page.get_by_role("button", name=name, exact=True).focus()
        page.keyboard.press("Enter")
    assert page.locator("#text").text_content() == "Have! I "
    page.get_by_role("button", name="clear everything").click()
    assert page.locator("#text").text_content() == ""
    assert watch.errors == []


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844), (844, 390)])
def test_every_key_is_in_the_window_and_large(
    page_server: str, new_context: NewContext, width: int, height: int
) -> None:
    size = {"width": width, "height": height}
    page, _ = open_example(new_context(viewport=size, screen=size), page_server, "/example/#keyboard")
    boxes = [button.bounding_box() for button in page.locator("#board button:enabled").all()]
    assert len(boxes) == 12
    for box in boxes:
        assert box is not None
        assert box["width"] >= 70
        assert box["height"] >= 44
        assert 0 <= box["x"] <= box["x"] + box["width"] <= width
        assert 0 <= box["y"] <= box["y"] + box["height"] <= height
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_demo_person_needs_no_camera(page_server: str, new_context: NewContext) -> None:
    page, watch = open_example(new_context(), page_server, "/example/?demo")
    page.get_by_role("button", name="Start eye tracking").click()
    page.get_by_role("button", name="Allow").click()
    page.get_by_role("dialog").get_by_text("Face found").wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.locator("#say", has_text="Eye tracking did not start").wait_for()
    assert watch.errors == []
    assert watch.foreign == []
