"""A real browser before the real server, for the tests of the page. The fixtures stand in conftest.py."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, TimeoutError, WebSocketRoute, expect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.support.paths import ROOT
from tests.support.times import LONG_WAIT_MS, WAIT_MS, WAIT_S, attempts, seconds

PEOPLE = sorted(path for path in (ROOT / "tests/data/people").glob("*") if (path / "frames.csv").is_file())
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SCREEN = {"width": 1280, "height": 720}
# No flag lets the browser reach another host than the server under test.
BROWSER_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--auto-accept-this-tab-capture",  # a page that asks for its own picture gets it
]

TRY_MS = 1000.0 * seconds(3.0)  # then the key is pressed again

needs_browser = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium on the PATH")]
needs_people = pytest.mark.skipif(not PEOPLE, reason="tests/data/people has no people")

NewContext = Callable[..., BrowserContext]
Evaluate = Callable[[str, str], Any]


CAMERA_REFUSED = """
Object.defineProperty(navigator.mediaDevices, "getUserMedia", {
  value: async () => { throw new DOMException("as the test wants it", "NAME"); },
});
"""

CAMERA_WITHOUT_A_FACE = """
Object.defineProperty(navigator.mediaDevices, "getUserMedia", { configurable: true, value: async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
  const context = canvas.getContext("2d");
  let n = 0;
  setInterval(() => { context.fillStyle = `hsl(${n += 1} 20% 50%)`; context.fillRect(0, 0, 640, 480); }, 100);
  return canvas.captureStream(10);
} });
"""


# Two cameras; the one chosen last is busy.
FIRST_CAMERA_IS_BUSY = (
    CAMERA_WITHOUT_A_FACE
    + """
localStorage.setItem("sightline.camera", "one");
(() => {
  const open = navigator.mediaDevices.getUserMedia;
  const info = (id) => ({ kind: "videoinput", deviceId: id, label: `Camera ${id}`, groupId: "" });
  window.cameras = [info("one"), info("two")];
  Object.defineProperty(navigator.mediaDevices, "enumerateDevices", { value: async () => window.cameras });
  Object.defineProperty(navigator.mediaDevices, "getUserMedia", { value: async (wanted) => {
    if (wanted.video.deviceId?.exact !== "two") throw new DOMException("as the test wants it", "NotReadableError");
    return open(wanted);
  } });
})();
"""
)


# After a camera of the above: all tracks that a page was given.
TRACKS_COUNTED = """
(() => {
  const open = navigator.mediaDevices.getUserMedia;
  window.tracks = [];
  const live = () => window.tracks.filter((track) => track.readyState === "live").length;
  window.liveTracks = live;
  Object.defineProperty(navigator.mediaDevices, "getUserMedia", { configurable: true, value: async (wanted) => {
    const stream = await open(wanted);
    await new Promise((resolve) => setTimeout(resolve, 50)); // a camera takes its time
    window.tracks.push(...stream.getVideoTracks());
    return stream;
  } });
})();
"""


class PageProblems:
    """The problems that no page may have: console errors, exceptions, requests to other hosts."""

    def __init__(self, page: Page, origin: str) -> None:
        self.errors: list[str] = []
        self.foreign: list[str] = []
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._host(request.url, origin))
        page.on("websocket", lambda socket: self._host(socket.url, origin))

    def _host(self, url: str, origin: str) -> None:
        here = (origin, origin.replace("http", "ws", 1), "data:", "blob:")
        if not url.startswith(here):
            self.foreign.append(url)


expect.set_options(timeout=WAIT_MS)


def open_context(browser: Browser, **options: Any) -> BrowserContext:
    """A fresh browser window as large as its screen."""
    settings: dict[str, Any] = {"viewport": SCREEN, "screen": SCREEN, "accept_downloads": True}
    context = browser.new_context(**(settings | options))
    context.set_default_timeout(WAIT_MS)
    return context


def camera_sockets(context: BrowserContext) -> list[WebSocketRoute]:
    """The camera's connections that pages of this context open from now on. A test can close them."""
    sockets: list[WebSocketRoute] = []

    def pass_on(route: WebSocketRoute) -> None:
        route.connect_to_server()
        sockets.append(route)

    context.route_web_socket(re.compile("/v1/camera"), pass_on)
    return sockets


def change_number(context: BrowserContext, module: str, written: str, instead: str) -> None:
    """Serves a module of the page with another number in it, where people have more time than a test should take."""
    source = (ROOT / "web" / module).read_text(encoding="utf-8")
    assert source.count(written) == 1, f"{written} stands in {module} {source.count(written)} times"
    changed = source.replace(written, instead)
    context.route(f"**/{module}", lambda route: route.fulfill(body=changed, content_type="text/javascript"))


def forget_calibrations(page: Page) -> None:
    """The server has no calibrations of earlier sessions from now on, as after its restart."""
    page.evaluate(
        """() => {
          const { send } = WebSocket.prototype;
          WebSocket.prototype.send = function (data) {
            const text = typeof data === "string" && data.includes('"calibration_resume"');
            send.call(this, text ? JSON.stringify({ ...JSON.parse(data), token: "of an earlier server" }) : data);
          };
        }"""
    )


def open_page(context: BrowserContext, server: str, path: str = "/") -> tuple[Page, PageProblems]:
    page = context.new_page()
    watch = PageProblems(page, server)
    page.goto(server + path)
    page.locator("#start").wait_for()
    return page, watch


def wait_for_state(page: Page, *states: str) -> str:
    """Waits for one of these states and returns it. Some come at the end of a whole calibration."""
    selector = ", ".join(f'body[data-state="{state}"]' for state in states)
    page.locator(selector).wait_for(timeout=LONG_WAIT_MS)
    return str(page.locator("body").get_attribute("data-state"))


def wait_until(page: Page, holds: Callable[[], bool]) -> None:
    """Waits for a condition that the test knows and the page does not, such as a message on the wire."""
    deadline_s = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < deadline_s, "the state did not come in time"
        page.wait_for_timeout(50)  # Playwright delivers the browser's events meanwhile


def press_until(page: Page, key: str, *, at: str, comes: str) -> None:
    """Presses the key where `at` is shown, until `comes` is. A button is disabled while no frame is answered."""
    _act_until(page, lambda: page.keyboard.press(key), at, comes)


def click_until(page: Page, *, at: str, comes: str) -> None:
    """The same with the mouse: a button may be disabled between the look at it and the click."""
    _act_until(page, lambda: page.locator(at).click(timeout=TRY_MS), at, comes)


def _act_until(page: Page, act: Callable[[], None], at: str, comes: str) -> None:
    for _ in attempts():
        page.locator(at).or_(page.locator(comes)).first.wait_for()
        with contextlib.suppress(TimeoutError):
            if page.locator(at).is_visible():
                act()
            page.locator(comes).wait_for(timeout=TRY_MS)
            return
    raise AssertionError(f"{at} did not lead to {comes}")


def let_time_pass(page: Page, duration_s: float) -> None:
    """Only for tests that nothing happens in a period. All other tests wait for a state."""
    page.wait_for_timeout(1000.0 * seconds(duration_s))


class Subscriber:
    """A program that reads the JSON stream of the newest session with the `websockets` client."""

    def __init__(self, url: str) -> None:
        self.samples: list[dict[str, Any]] = []
        self._url = url
        self._socket: ClientConnection | None = None
        self._connected = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        assert self._connected.wait(WAIT_S), "the stream did not open"

    def _read(self) -> None:
        with connect(self._url) as self._socket, contextlib.suppress(ConnectionClosed):
            self._connected.set()
            for text in self._socket:
                message = json.loads(text)
                if message["type"] == "gaze":
                    self.samples.append(message)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._thread.join(timeout=WAIT_S)
