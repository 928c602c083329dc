"""The lab in a browser: open recordings, replay them, save a picture, draw areas, read their metrics."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from server.recordings.pictures import keep_picture
from tests.support.accessibility import LIVE_CHANGES, live_changes, shortest_interval_s, violations
from tests.support.hand_made import accuracy_line, mark_line, stimulus_line, write_recording
from tests.support.page import NewContext, PageProblems, needs_browser
from tests.support.paths import ROOT

pytestmark = needs_browser
ADA, BEN = "r_20261124_160000_0a1b2c", "r_20261124_160100_0a1b2d"
WINDOW = {"width": 1366, "height": 768}
CAT = ROOT / "web/img/cat.svg"


@pytest.fixture
def two_people(page_recordings: Path) -> Iterator[None]:
    """Two people look at the left half of a picture, then at the right half: Ada once each, Ben twice at the left."""
    page_recordings.mkdir(exist_ok=True)
    shown = (accuracy_line(20.0), stimulus_line("start", "cat", 0.0, kind="picture"), mark_line("key", 900.0))
    left, right = (0.25, 0.5), (0.75, 0.5)
    seen = {
        ADA: [(0.0, 400.0, *left), (520.0, 1000.0, *right)],
        BEN: [(0.0, 400.0, *left), (520.0, 760.0, *right), (880.0, 1200.0, *left)],
    }
    for recording, person in ((ADA, "Ada"), (BEN, "Ben")):
        write_recording(page_recordings / recording, seen[recording], *shown, person=person)
        keep_picture(page_recordings / recording, "cat", CAT.read_bytes(), "image/svg+xml")
    yield
    for recording in (ADA, BEN):
        shutil.rmtree(page_recordings / recording, ignore_errors=True)
    (page_recordings / "areas.json").unlink(missing_ok=True)


def draw(page: Page, tool: str, start: tuple[float, float], end: tuple[float, float], name: str) -> None:
    """Draws an area with the mouse; places in units of the stimulus."""
    page.click(f"#tool-{tool}")
    box = page.locator("#area-stage .sheet").bounding_box()
    assert box is not None
    for (x, y), act in ((start, page.mouse.down), (end, page.mouse.up)):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        act()
    expect(page.get_by_label("Name of the area Area 1")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Enter")


def draw_with_keys(page: Page, name: str) -> None:
    """A rectangle from the middle to the lower edge, a tenth of the stimulus wide."""
    page.keyboard.press("r")
    page.keyboard.press("Enter")
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    for _ in range(60):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name of the area Area 1")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Enter")


def change_corners(page: Page) -> None:
    """A polygon with four corners gets a fifth by mouse and a sixth by keyboard, and loses one by each."""
    page.click("#tool-polygon")
    box = page.locator("#area-stage .sheet").bounding_box()
    assert box is not None

    def at(x: float, y: float) -> tuple[float, float]:
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    for place in ((0.45, 0.1), (0.75, 0.1), (0.75, 0.6), (0.45, 0.6), (0.45, 0.1)):
        page.mouse.click(*at(*place))
    page.keyboard.type("bent")
    page.keyboard.press("Enter")
    expect(page.locator(".corner")).to_have_count(4)
    page.mouse.move(*at(0.75, 0.35))
    page.mouse.down()
    page.mouse.move(*at(0.9, 0.35))
    page.mouse.up()
    expect(page.locator(".corner")).to_have_count(5)
    page.mouse.dblclick(*at(0.9, 0.35))
    expect(page.locator(".corner")).to_have_count(4)
    page.locator(".area[data-name=bent]").focus()
    page.keyboard.press("c")
    corner = page.get_by_role("button", name="Corner 1 of 4 of bent")
    expect(corner).to_be_focused()
    before = float(corner.get_attribute("cx") or 0)
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(f"+document.activeElement.getAttribute('cx') < {before}")
    page.keyboard.press("Insert")
    expect(page.get_by_role("button", name="Corner 2 of 5 of bent")).to_be_focused()
    assert violations(page) == []
    page.keyboard.press("Delete")
    page.keyboard.press("Delete")
    expect(page.get_by_role("button", name="Corner 2 of 3 of bent")).to_be_focused()
    page.keyboard.press("Delete")
    expect(page.locator("#live")).to_have_text("A polygon needs three corners.")
    expect(page.locator(".corner")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(page.locator(".area[data-name=bent]")).to_be_focused()
    page.keyboard.press("Delete")
    expect(page.locator(".area[data-name=bent]")).to_have_count(0)


def names_of_areas(path: Path, name: str) -> list[str]:
    """Of a file areas.json in a zip."""
    with zipfile.ZipFile(path) as archive:
        return [area["name"] for area in json.loads(archive.read(name))["stimuli"]["cat"]["areas"]]


def row_of(page: Page, area: str) -> list[str]:
    cells = page.locator("#metrics tbody tr", has=page.get_by_role("rowheader", name=area)).locator("td")
    return [text.split("\n")[0] for text in cells.all_inner_texts()]


def test_two_people_are_replayed_pictured_and_measured(
    page_server: str, new_context: NewContext, two_people: None
) -> None:
    context = new_context(viewport=WINDOW, screen=WINDOW, reduced_motion="reduce")
    context.add_init_script(LIVE_CHANGES)
    page = context.new_page()
    watch = PageProblems(page, page_server)
    page.goto(f"{page_server}/lab/")
    page.locator("#choose").wait_for()
    page.locator(f'[data-recording="{ADA}"] .open').click()
    page.get_by_role("slider", name="Time").wait_for()
    assert "±20 px measured" in page.locator("#work-facts").inner_text()
    page.locator(f'[data-recording="{BEN}"] input').check()
    expect(page.get_by_role("radio", name="cat")).to_be_checked()  # the first stimulus with a picture
    expect(page.locator("#whole")).to_have_text("/ 0:01.2")
    expect(page.locator(".lane-names li")).to_have_text(["1Ada", "2Ben"])
    page.get_by_role("slider", name="Time").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")  # samples are 40 ms apart
    expect(page.locator("#now")).to_have_text("0:00.1")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#now")).to_have_text("0:01.1")
    page.keyboard.press("Space")
    expect(page.locator("#now")).to_have_text("0:01.2")
    page.get_by_role("button", name="Play").wait_for()
    found = violations(page)

    page.get_by_role("tab", name="Pictures").click()
    expect(page.locator("#picture-caption")).to_contain_text("Ada, Ben · 0:00.0 to 0:01.2 · accuracy ±20 px")
    page.get_by_role("radio", name="Scan path").check()
    expect(page.locator("#picture-stage circle")).to_have_count(5)
    found += violations(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="SVG").click()
    saved = Path(download.value.path()).read_text(encoding="utf-8")
    assert "data:image/svg+xml;base64" in saved
    assert "Scan path of “cat”" in saved
    with page.expect_download() as download:
        page.get_by_role("button", name="Save PNG").click()
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")

    page.get_by_role("tab", name="Areas").click()
    draw(page, "rectangle", (0.1, 0.2), (0.4, 0.8), "left")
    draw(page, "ellipse", (0.6, 0.2), (0.9, 0.8), "right")
    expect(page.locator("#metrics tbody th")).to_have_text(["left", "right"])
    # Looked, time to first fixation, first fixation, fixations.
    assert row_of(page, "left")[:4] == ["100 %", "0.00 s", "0.40 s", "1.5"]
    assert row_of(page, "right")[:4] == ["100 %", "0.52 s", "0.36 s", "1"]
    page.get_by_label("Name of the area left").focus()
    page.get_by_label("left counts until").fill("0.3")
    page.keyboard.press("Enter")
    expect(page.locator("#metrics tbody tr").first.locator("td").nth(2)).to_contain_text("0.30 s")
    page.get_by_label("left counts from").fill("3")
    page.keyboard.press("Tab")
    expect(page.locator("#area-problem")).to_contain_text("The time of “left” must begin before it ends")
    page.get_by_label("left counts until").fill("")
    page.keyboard.press("Enter")
    expect(page.locator("#area-problem")).to_contain_text("must begin before 1.2 s, when the stimulus ends")
    page.get_by_label("left counts until").fill("0.3")
    page.get_by_label("left counts from").fill("0.5")
    page.keyboard.press("Enter")
    expect(page.locator("#area-problem")).to_contain_text("The time of “left” must begin before it ends")
    found += violations(page)
    page.get_by_label("left counts until").fill("")
    page.get_by_label("left counts from").fill("")
    page.keyboard.press("Enter")
    expect(page.locator("#metrics tbody tr").first.locator("td").nth(2)).to_contain_text("0.40 s")
    page.get_by_label("Name of the area left").press("Enter")  # the keys act on the area again
    page.select_option("#whose", label="Ben")
    assert row_of(page, "left")[3] == "2"
    assert page.locator("#transitions tbody tr").first.locator("td").all_inner_texts()[1] == "2"
    change_corners(page)
    draw_with_keys(page, "below")
    expect(page.locator("#metrics tbody th")).to_have_text(["left", "right", "below"])
    page.keyboard.press("Delete")
    expect(page.locator("#area-list li")).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(page.locator("#area-list li")).to_have_count(3)
    found += violations(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Metrics (CSV)").click()
    assert "time_to_first_fixation_ms" in Path(download.value.path()).read_text()
    with page.expect_download() as download:
        page.get_by_role("button", name="All files (ZIP)").click()
    assert names_of_areas(download.value.path(), "analysis/areas.json") == ["left", "right", "below"]
    page.reload()
    expect(page.locator("#area-list li")).to_have_count(3)
    page.get_by_role("button", name="About Ada").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download", exact=True).click()
    assert names_of_areas(download.value.path(), f"{ADA}/areas.json") == ["left", "right", "below"]
    page.get_by_role("button", name="Close").click()
    elsewhere = new_context(viewport=WINDOW, screen=WINDOW).new_page()
    elsewhere.goto(f"{page_server}/lab/#recordings={ADA}&stimulus=cat&view=areas")
    expect(elsewhere.locator("#metrics tbody th")).to_have_text(["left", "right", "below"])
    elsewhere.close()

    page.get_by_role("tab", name="Pictures").click()
    page.get_by_role("checkbox", name="Areas of interest").check()
    expect(page.locator("#picture-stage text", has_text="below")).to_be_visible()
    page.get_by_label("From (s)").fill("0.4")
    page.get_by_label("To (s)").fill("0.2")
    expect(page.locator("#picture-problem")).to_contain_text("“From” must be before “To”")
    expect(page.locator("#picture-stage svg")).to_have_count(0)  # it would be the picture of another time
    page.get_by_label("To (s)").fill("0.8")
    expect(page.locator("#picture-caption")).to_contain_text("0:00.4 to 0:00.8")

    page.get_by_role("button", name="About Ben").click()
    found += violations(page)
    page.get_by_label("Name in the lab").fill("Ben, afternoon")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="About Ben, afternoon").click()
    page.get_by_role("button", name="Delete the recording").click()
    page.get_by_role("button", name="Really delete?").click()
    page.locator(f'[data-recording="{BEN}"]').wait_for(state="detached")
    expect(page.locator("#work-title")).to_have_text("Ada")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not found, "\n".join(found)
    assert (watch.errors, watch.foreign) == ([], [])
    assert shortest_interval_s(live_changes(page)) >= 3.0


def test_without_a_server_or_recordings_the_lab_says_what_to_do(page_server: str, new_context: NewContext) -> None:
    page = new_context(viewport=WINDOW, screen=WINDOW).new_page()
    page.route("**/v1/recordings", lambda route: route.abort())
    page.goto(f"{page_server}/lab/")
    expect(page.locator("#problem")).to_contain_text("The list of recordings could not be read")
    page.unroute("**/v1/recordings")
    refused = {"type": "error", "code": "token_missing", "message": "send the token"}
    sent: list[str] = []

    def opened_by(route: Route) -> None:
        sent.append(route.request.headers.get("x-sightline-token", ""))
        right = sent[-1] == "right"
        route.fulfill(status=200 if right else 403, json={"recordings": []} if right else refused)

    page.route("**/v1/recordings", opened_by)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#token-command")).to_have_text(f"sightline token --lab {page_server}")
    field = page.get_by_label("Token that it prints")
    expect(field).to_be_focused()
    assert violations(page) == []
    field.press_sequentially("wrong")
    field.press("Enter")
    expect(page.locator("#token-wrong")).to_contain_text("This token opens no recordings")
    field.fill("right")
    field.press("Enter")
    expect(page.locator("#token-form")).to_be_hidden()
    assert sent == ["", "wrong", "right"]
    page.goto(f"{page_server}/lab/?token=wrong#token=right&view=areas")
    expect(page.locator("#token-form")).to_be_hidden()
    expect(page).to_have_url(f"{page_server}/lab/#view=areas")
    assert sent[-1] == "right"
    page.get_by_role("heading", name="No recordings yet").wait_for()
    expect(page.get_by_role("link", name="Try the example study")).to_have_attribute("href", "../study/?demo")
    assert violations(page) == []


def test_a_stimulus_without_a_picture_gets_one_and_a_damaged_recording_says_what_is_missing(
    page_server: str, new_context: NewContext, two_people: None, page_recordings: Path
) -> None:
    shutil.rmtree(page_recordings / ADA / "stimuli")
    (page_recordings / BEN / "samples.ndjson").write_text("{}\n")
    page = new_context(viewport=WINDOW, screen=WINDOW).new_page()
    watch = PageProblems(page, page_server)
    page.goto(f"{page_server}/lab/#recordings={ADA}&stimulus=cat")
    expect(page.locator("#no-picture")).to_contain_text("The picture of “cat” is not in the recording")
    page.set_input_files("#add-picture", CAT)
    expect(page.locator("#no-picture")).to_be_hidden()
    expect(page.locator("#replay-stage img")).to_be_visible()
    page.locator(f'[data-recording="{BEN}"] .open').click()
    expect(page.locator("#notes")).to_contain_text("samples.ndjson:1")
    expect(page.locator("#no-gaze")).to_be_visible()
    expect(page.get_by_role("tab", name="Replay")).to_be_hidden()
    page.evaluate("window.location.hash = '#recordings=r_20261124_160000_ffffff'")
    expect(page.locator("#choose-gone")).to_be_visible()
    listed = page.locator("[data-recording]").count()  # other tests record with this server, too
    expect(page.locator("#choose-words")).to_have_text(f"Choose all {listed}")
    assert watch.errors == []
