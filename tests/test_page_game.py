"""The dot game when things go otherwise than planned, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.page_kit import PEOPLE, NewContext, needs_browser, needs_people, open_page, wait_for_state
from tests.simulated_user import leave_picture, load_person, sit_down

pytestmark = [*needs_browser, needs_people]

NO_FULL_SCREEN = """
Element.prototype.requestFullscreen = async () => { throw new TypeError("not here") };
addEventListener("pointermove", (e) => { window.offset = [e.screenX - e.clientX, e.screenY - e.clientY] });
"""


def start_game(page: Page) -> None:
    page.click("#start")
    page.locator("#calibrate:enabled").wait_for(timeout=60_000)
    page.click("#calibrate")
    wait_for_state(page, "calibrating")


def dot_of(page: Page) -> str:
    return str(page.locator("#target").get_attribute("data-target-id"))


@pytest.mark.slow
def test_the_game_waits_for_a_lost_face_says_so_and_lets_space_pass_a_dot(
    page_server: str, new_context: NewContext
) -> None:
    context = new_context()
    sit_down(context, load_person(PEOPLE[0]))
    page, watch = open_page(context, page_server)
    start_game(page)
    page.locator('#target[data-phase="settling"]').wait_for(timeout=30_000)
    leave_picture(page, away=True)
    words = page.locator("#game-words")
    page.locator("#game-words", has_text="can't see your face").wait_for(timeout=15_000)
    first = dot_of(page)
    page.wait_for_timeout(1500)
    assert dot_of(page) == first
    page.locator("#game-words", has_text="Press Space").wait_for(timeout=15_000)
    page.keyboard.press("Space")
    page.locator(f'#target:not([data-target-id="{first}"])').wait_for(timeout=5_000)
    leave_picture(page, away=False)
    second = dot_of(page)
    page.locator(f'#target:not([data-target-id="{first}"]):not([data-target-id="{second}"])').wait_for(timeout=30_000)
    assert words.inner_text() == ""
    page.keyboard.press("Escape")
    wait_for_state(page, "positioning")
    assert watch.errors == []


@pytest.mark.slow
def test_without_full_screen_every_dot_stands_inside_the_window_and_knows_its_place(
    page_server: str, new_context: NewContext
) -> None:
    context = new_context(viewport={"width": 1000, "height": 560})
    context.add_init_script(NO_FULL_SCREEN)
    sit_down(context, load_person(PEOPLE[0]))
    page, watch = open_page(context, page_server)
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(str(data))))
    start_game(page)
    seen: set[str] = set()
    for _ in range(4):
        others = "".join(f':not([data-target-id="{dot}"])' for dot in seen)
        page.locator(f'#target[data-phase="collecting"]{others}').wait_for(timeout=30_000)
        seen.add(dot_of(page))
        middle, told, viewport, offset = page.evaluate(
            """import('/js/geometry.js').then(() => {
              const dot = document.querySelector("#target");
              const box = dot.getBoundingClientRect();
              const middle = [box.left + box.width / 2, box.top + box.height / 2];
              const told = [dot.dataset.x * screen.width, dot.dataset.y * screen.height];
              return [middle, told, [innerWidth, innerHeight], window.offset];
            })"""
        )
        assert all(0 < at < size for at, size in zip(middle, viewport, strict=True))
        assert [place - at for place, at in zip(told, middle, strict=True)] == pytest.approx(offset, abs=0.5)
    assert any('"calibration_point"' in text and '"x":' in text for text in sent)
    page.keyboard.press("Escape")
    assert watch.errors == []
