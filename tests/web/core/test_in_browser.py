"""Modules of web/core/ that need a browser; the others are tested by node in tests/web/core/*.test.js."""

from __future__ import annotations

from tests.support.page import Evaluate, NewContext, needs_browser, open_page

pytestmark = needs_browser


def test_no_frame_is_sent_that_was_captured_before_the_one_before_it(evaluate: Evaluate) -> None:
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
          const encoder = new m.FrameEncoder({ video: camera, connection });
          const { setInterval } = window;
          window.setInterval = () => 0; // no pictures but the ones below
          encoder.start();
          window.setInterval = setInterval;
          const now = performance.now();
          for (const [age, goes] of [[100, true], [50, true], [80, false], [50, false], [20, true]]) {
            const before = sent.length;
            present(0, { captureTime: now - age });
            do await new Promise((next) => setTimeout(next, 5)); while (goes && sent.length === before);
          }
          encoder.destroy();
          return sent.map((capturedMs) => Math.round(performance.timeOrigin + now - capturedMs));
        })()""",
    )
    assert ages_ms == [100, 50, 20]


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
