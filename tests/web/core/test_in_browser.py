"""Modules of web/core/ that need a browser; the others are tested by node in tests/web/core/*.test.js."""

from __future__ import annotations

import pytest

from tests.support.page import Evaluate, NewContext, needs_browser, open_page

pytestmark = needs_browser


def test_each_frame_is_newer_than_the_last_one_even_when_the_clock_is_set_back(evaluate: Evaluate) -> None:
    """The second value of a picture is the change of the system's clock before it, in minutes."""
    ages_ms = evaluate(
        "/core/frame-encoder.js",
        """(async () => {
          const camera = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
          camera.getContext("2d");
          let present;
          Object.assign(camera, { videoWidth: 64, videoHeight: 48, cancelVideoFrameCallback() {} });
          camera.requestVideoFrameCallback = (callback) => { present = callback; return 1 };
          const sent = [];
          const connection = Object.assign(new EventTarget(), {
            canSendFrame: true, pace: { isDue: () => true, sent() {}, maxSidePx: Infinity },
            overviewMs: Infinity, nextSeq: () => sent.length + 1,
            sendFrame: (_seq, header) => sent.push(new DataView(header).getFloat64(8, true)),
          });
          const systemNow = Date.now;
          let setMin = 0;
          Date.now = () => systemNow() + 60_000 * setMin;
          const encoder = new m.FrameEncoder({ video: camera, connection });
          const { setInterval } = window;
          window.setInterval = () => 0; // no pictures but the ones below
          encoder.start();
          window.setInterval = setInterval;
          const now = performance.now();
          const pictures = [
            [100, 0, true], [50, 0, true], [80, 0, false], [50, 0, false], [20, 0, true],
            [10, -11, true], [10, -11, false],
          ];
          for (const [age, minutes, goes] of pictures) {
            const before = sent.length;
            setMin = minutes;
            present(0, { captureTime: now - age });
            do await new Promise((next) => setTimeout(next, 5)); while (goes && sent.length === before);
          }
          encoder.destroy();
          Date.now = systemNow;
          return sent.map((capturedMs) => performance.timeOrigin + now - capturedMs);
        })()""",
    )
    before, after = ages_ms[:3], ages_ms[3:]
    assert before == pytest.approx([100, 50, 20], abs=0.5)
    assert after == pytest.approx([10 + 11 * 60_000], abs=5)  # the clocks of the browser differ by a little


def test_a_pointer_event_makes_the_viewport_offset_accurate(page_server: str, new_context: NewContext) -> None:
    page, _ = open_page(new_context(viewport={"width": 1000, "height": 500}), page_server)
    page.evaluate(
        """import('/core/geometry.js').then(async (m) => {
          const geometry = new m.ScreenGeometry();
          const event = new Promise((resolve) => document.addEventListener("pointermove", resolve, { once: true }));
          window.ready = { geometry, event };
        })"""
    )
    page.mouse.move(300, 200)
    found = page.evaluate(
        """window.ready.event.then((e) => ({
          offset: [e.screenX - e.clientX, e.screenY - e.clientY],
          viewport: window.ready.geometry.layout.viewport,
        }))"""
    )
    assert [found["viewport"]["x"], found["viewport"]["y"]] == found["offset"]


def test_a_page_as_big_as_the_screen_lies_at_its_corner(page_server: str, new_context: NewContext) -> None:
    page, _ = open_page(new_context(), page_server)
    page.mouse.move(300, 200)
    page.mouse.move(600, 400)
    layout = page.evaluate("import('/core/geometry.js').then((m) => new m.ScreenGeometry().layout)")
    assert layout["viewport"] == {"x": 0, "y": 0, "width": layout["width"], "height": layout["height"]}
