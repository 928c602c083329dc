"""The whole procedure in a real browser with the server: positioning, calibration, tracking, reading the stream."""

from __future__ import annotations

import math
import re
import statistics
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page

from tests.support.calibration_page import WireLog, click_start, settled_gaze
from tests.support.page import (
    PEOPLE,
    SCREEN,
    NewContext,
    Subscriber,
    needs_browser,
    needs_people,
    open_page,
    wait_for_state,
    wait_until,
)
from tests.support.simulated_user import dots_shown, gaze_seen, load_person, look_at, sit_down

pytestmark = needs_browser


@pytest.mark.slow
@needs_people
@pytest.mark.parametrize("folder", PEOPLE[:1], ids=lambda path: path.name)
def test_a_person_calibrates_and_the_page_shows_where_they_look(
    page_server: str, new_context: NewContext, folder: Path
) -> None:
    person = load_person(folder)
    context = new_context()
    sit_down(context, person)
    page, watch = open_page(context, page_server)
    wire = WireLog(page)

    page.click("#start")
    page.locator("#calibrate:enabled").wait_for()
    address = page.locator("#stream code").text_content()
    assert address
    subscriber = Subscriber(address)
    click_start(page)
    reached = wait_for_state(page, "result", "positioning")
    assert reached == "result", page.locator("#notice").inner_text()
    assert float(page.locator("#result-median").inner_text()) > 0
    assert page.locator("#result-picture .target").count() == 9
    dots = dots_shown(page)
    assert len({dot["id"] for dot in dots}) == 9  # one may have come twice
    page.click("#track")
    wait_for_state(page, "tracking")

    looks = [_look(page, wire, picture.x, picture.y) for picture in _spread(person.held_out(), 12)]
    _assert_better_than_guessing(looks, subscriber.samples, dots)
    _assert_same_points_in_stream(gaze_seen(page), subscriber.samples)
    _assert_heat_where_looked(page, wire, looks)
    _assert_fits_narrow_window(page)
    subscriber.close()
    assert watch.errors == []
    assert watch.foreign == []


def _spread(points: list[Any], n: int) -> list[Any]:
    """n of them, from everywhere, in an order that mixes near and far."""
    chosen = [points[round(i * (len(points) - 1) / (n - 1))] for i in range(n)]
    return chosen[::2] + chosen[1::2]


def _look(page: Page, wire: WireLog, x: float, y: float) -> dict[str, Any]:
    """One fixation: the middle of the first valid samples after the eye and the filter have arrived."""
    look_at(page, x, y)
    valid = settled_gaze(page, wire)
    return {
        "target": (x, y),
        "gaze": tuple(statistics.median(sample[axis] for sample in valid) for axis in "xy"),
        "head": [statistics.fmean(sample["head"][angle] for sample in valid) for angle in ("yaw", "pitch")],
    }


def _px(a: tuple[float, float], b: tuple[float, float]) -> float:
    return math.hypot((a[0] - b[0]) * SCREEN["width"], (a[1] - b[1]) * SCREEN["height"])


def _assert_better_than_guessing(
    looks: list[dict[str, Any]], samples: list[dict[str, Any]], dots: list[dict[str, Any]]
) -> None:
    own = statistics.median(_px(look["gaze"], look["target"]) for look in looks)
    centre = statistics.median(_px((0.5, 0.5), look["target"]) for look in looks)
    heads, places = [], []
    for dot in dots:
        seen = [s for s in samples if dot["from_ms"] <= s["timestamp"] <= dot["to_ms"] and s.get("head")]
        if seen:
            heads.append([statistics.fmean(s["head"][angle] for s in seen) for angle in ("yaw", "pitch")] + [1.0])
            places.append([dot["x"], dot["y"]])
    weights = np.linalg.lstsq(np.array(heads), np.array(places), rcond=None)[0]
    guesses = [np.array([*look["head"], 1.0]) @ weights for look in looks]
    head = statistics.median(_px((g[0], g[1]), look["target"]) for g, look in zip(guesses, looks, strict=True))
    print(f"held-out median error: {own:.0f} px; always the centre {centre:.0f} px; head pose only {head:.0f} px")
    assert own < 0.6 * centre
    assert own < 0.8 * head


def _assert_same_points_in_stream(seen: list[dict[str, Any]], samples: list[dict[str, Any]]) -> None:
    streamed = {sample["seq"]: (sample["x"], sample["y"]) for sample in samples}
    both = [(streamed[dot["seq"]], (dot["x"], dot["y"])) for dot in seen if dot["seq"] in streamed]
    # Newest wins: a subscriber may miss a sample, but never gets another one.
    assert len(both) >= 0.8 * len(seen) > 0
    assert all(a == b for a, b in both)


def _assert_heat_where_looked(page: Page, wire: WireLog, looks: list[dict[str, Any]]) -> None:
    place = max((look["target"] for look in looks), key=lambda target: _px(target, (0.5, 0.5)))
    expected = next(look["gaze"] for look in looks if look["target"] == place)
    look_at(page, *place)
    settled_gaze(page, wire)
    page.keyboard.press("c")
    first = len(wire.gaze)
    wait_until(page, lambda: len(wire.gaze) >= first + 40)
    with page.expect_download() as download:
        page.keyboard.press("s")
    points = [(s["x"], s["y"]) for s in wire.gaze[first:] if s["valid"]]
    saved = cv2.imread(str(download.value.path()), cv2.IMREAD_UNCHANGED)
    legend_px = 44
    assert saved.shape[:2] == (SCREEN["height"] + legend_px, SCREEN["width"])
    assert re.fullmatch(r"sightline-heatmap-\d{8}-\d{6}\.png", download.value.suggested_filename)
    on_canvas = page.evaluate(_HOTTEST)
    in_file = _hottest(saved)
    middle = (statistics.median(x for x, _ in points), statistics.median(y for _, y in points))
    print(f"looked at {place}, gaze {middle}, heat on the page {on_canvas}, in the file {in_file}")
    assert _px(tuple(on_canvas), in_file) < 30
    assert _px(in_file, middle) < 90
    assert _px(in_file, place) < 0.6 * _px((0.5, 0.5), place) or _px(in_file, expected) < 60


def _hottest(image: np.ndarray[Any, Any]) -> tuple[float, float]:
    """The middle of the reddest pixels of a saved map, in which only the heat has colours."""
    blue, green, red = (image[: SCREEN["height"], :, channel].astype(float) for channel in range(3))
    redness = red - np.maximum(blue, green)
    rows, columns = np.nonzero(redness >= 0.95 * redness.max())
    return float(columns.mean()) / SCREEN["width"], float(rows.mean()) / SCREEN["height"]


_HOTTEST = """() => {
  const canvas = document.querySelector("#heatmap");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let most = 0;
  for (let i = 3; i < data.length; i += 4) most = Math.max(most, data[i]);
  let [x, y, n] = [0, 0, 0];
  for (let i = 3; i < data.length; i += 4) {
    if (data[i] < 0.98 * most) continue;
    const pixel = (i - 3) / 4;
    x += pixel % canvas.width;
    y += Math.floor(pixel / canvas.width);
    n += 1;
  }
  return [x / n / canvas.width, y / n / canvas.height];
}"""


def _assert_fits_narrow_window(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.wait_for_function("document.documentElement.scrollWidth <= 360")
    page.set_viewport_size(SCREEN)
