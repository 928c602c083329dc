"""The plugin's pure modules, in the browser that will run them."""

from __future__ import annotations

import pytest

from tests.support.page import Evaluate, needs_browser

pytestmark = needs_browser
LAYOUT = "{ width: 1920, height: 1080, viewport: { x: 100, y: 80, width: 1500, height: 900 }, scale: 1.5 }"


@pytest.fixture(scope="module")
def module(evaluate: Evaluate) -> Evaluate:
    """module("core/wire", "m....") evaluates an expression with the module as `m`."""
    return lambda path, expression: evaluate(f"/{path}.js", expression)


def test_a_point_is_told_in_the_pixels_of_the_page(module: Evaluate) -> None:
    point = module(
        "plugin/viewport",
        "m.gazeInViewport({ valid: true, status: 'ok', x: 0.5, y: 0.5, raw: { x: 0.25, y: 0.5 }, error_px: 60, "
        f"confidence: 0.9, timestamp: 7, latency_ms: 30, seq: 3 }}, {LAYOUT}, true)",
    )
    assert (point["x"], point["y"]) == (pytest.approx((960 - 100) / 1.5), pytest.approx((540 - 80) / 1.5))
    assert point["raw"] == {"x": pytest.approx((480 - 100) / 1.5), "y": point["y"]}
    assert point["errorPx"] == 40
    assert point["screen"] == {"x": 0.5, "y": 0.5}
    assert point["inside"] is True


def test_without_a_valid_point_nothing_is_told_that_could_be_taken_for_one(module: Evaluate) -> None:
    point = module(
        "plugin/viewport",
        "m.gazeInViewport({ valid: false, status: 'no_face', x: null, y: null, raw: null, confidence: 0 }, "
        f"{LAYOUT}, true)",
    )
    assert [point[name] for name in ("x", "y", "raw", "screen", "errorPx", "inside")] == [None] * 5 + [False]
    assert point["status"] == "no_face"


@pytest.mark.parametrize(("x", "y", "inside"), [(0, 0, True), (-1, 5, False), (999.9, 599.9, True), (1000, 5, False)])
def test_the_edge_of_the_page_is_where_its_pixels_end(module: Evaluate, x: float, y: float, inside: bool) -> None:
    assert module("plugin/viewport", f"m.isInside({{ x: {x}, y: {y} }}, {LAYOUT})") is inside


def test_an_events_places_are_told_in_the_pixels_of_the_page_too(module: Evaluate) -> None:
    fixation, saccade, blink = module(
        "plugin/viewport",
        "[{ type: 'fixation', x: 0.5, y: 0.5 }, { type: 'saccade', from: { x: 0.5, y: 0.5 }, to: null }, "
        "{ type: 'blink' }]"
        f".map((message) => m.eventInViewport(message, {LAYOUT}))",
    )
    middle = {"x": pytest.approx((960 - 100) / 1.5), "y": pytest.approx((540 - 80) / 1.5)}
    assert fixation == {"type": "fixation", **middle, "screen": {"x": 0.5, "y": 0.5}}
    assert saccade == {"type": "saccade", "from": middle, "to": None}
    assert blink == {"type": "blink"}


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ("http://127.0.0.1:8765", "the gaze server on this machine (127.0.0.1:8765)"),
        ("http://localhost:8765/", "the gaze server on this machine (localhost:8765)"),
        ("https://gaze.example.org", "the gaze server at gaze.example.org"),
        ("https://127.evil.example", "the gaze server at 127.evil.example"),
    ],
)
def test_the_person_is_told_truly_where_the_pictures_go(module: Evaluate, server: str, words: str) -> None:
    assert module("plugin/options", f"m.serverInWords({server!r})") == words


def test_a_socket_address_follows_the_servers_scheme(module: Evaluate) -> None:
    urls = module(
        "plugin/options", "['http://a:1/x/', 'https://b/'].map((server) => m.socketUrl(server, '/v1/camera'))"
    )
    assert urls == ["ws://a:1/v1/camera", "wss://b/v1/camera"]


def test_the_badge_says_what_stops_the_gaze_while_it_tracks(module: Evaluate) -> None:
    said = module(
        "plugin/badge",
        """(() => {
          const badge = new m.Badge({ stop: () => {} });
          const words = () => badge.element.querySelector("span:not(.light)").textContent;
          const out = [];
          badge.show("uncalibrated");
          badge.update("multiple_faces");
          out.push(words());
          badge.show("tracking");
          for (const status of ["multiple_faces", "eyes_closed", "no_face", "ok"]) {
            badge.update(status);
            out.push(words());
          }
          return out;
        })()""",
    )
    assert said == [
        "The camera is on",
        "Eye tracking waits: more than one face",
        "Eye tracking is on",
        "Eye tracking: no face in sight",
        "Eye tracking is on",
    ]


LOOK_AT_AREAS = """(async () => {
  const sent = [];
  const areas = new m.Areas({ geometry: { layout: { scale: 2 } }, send: ({ areas }) => sent.push(areas) });
  const put = (parent, cssText) => {
    const element = Object.assign(document.createElement("div"), { className: "a" });
    element.style.cssText = cssText;
    return parent.appendChild(element);
  };
  const sheet = put(document.body, "position: absolute; top: 0; left: 0; width: 100px; height: 9000px");
  sheet.className = "";
  const [first] = ["top: 40px", "top: 8000px", "display: none"].map((place) =>
    put(sheet, `position: absolute; left: 20px; width: 60px; height: 30px; ${place}`));
  const scroll = (top) => window.scrollTo({ top, behavior: "instant" });
  const steps = [
    () => areas.set([".a"]),
    ...[20, 50, 75, 0].map((top) => () => scroll(top)),
    () => (first.style.width = "80px"),
    () => first.remove(),
  ];
  const told = [];
  for (const step of steps) {
    step();
    await new Promise((next) => setTimeout(next, 300)); // later than the next measuring, on the same thread
    told.push((sent.at(-1) ?? []).map((area) => [area.id, area.x_px, area.y_px, area.width_px, area.height_px]));
  }
  const before = sent.length;
  areas.destroy();
  sheet.remove();
  await new Promise((next) => setTimeout(next, 300));
  return { told, afterwards: sent.length - before };
})()"""


def test_areas_by_selector_follow_the_elements_through_scrolling_and_layout_and_end_at_the_pages_edge(
    module: Evaluate,
) -> None:
    found = module("plugin/areas", LOOK_AT_AREAS)
    assert found["told"] == [
        [[".a", 40, 80, 120, 60]],  # screen px: the page is zoomed to 2
        [[".a", 40, 40, 120, 60]],
        [[".a", 40, 0, 120, 40]],  # the upper part is under the browser's own bars
        [],
        [[".a", 40, 80, 120, 60]],
        [[".a", 40, 80, 160, 60]],
        [],
    ]
    assert found["afterwards"] == 0


@pytest.mark.parametrize(
    "area",
    [
        f'"{"div > " * 20}p"',
        '{ selector: "p", id: "two\\nlines" }',
        '{ id: "far", x: 1e6, y: 0, width: 10, height: 10 }',
        '{ id: "none", x: NaN, y: 0, width: 10, height: 10 }',
        '{ selector: "p", dwellMs: 5 }',
        '{ selector: "p", dwellMs: "long" }',
        '"p >"',
        "7",
    ],
)
def test_an_area_that_the_server_would_end_the_session_for_is_refused_before_it_is_sent(
    module: Evaluate, area: str
) -> None:
    said = module(
        "plugin/areas",
        f"""(() => {{
          const send = () => {{ throw new Error("sent") }};
          const areas = new m.Areas({{ geometry: {{ layout: {{ scale: 1 }} }}, send }});
          try {{ areas.set([{area}]) }} catch (error) {{ return error.code }} finally {{ areas.destroy() }}
          return "taken";
        }})()""",
    )
    assert said == "options"


@pytest.mark.parametrize(
    ("check", "value", "good"),
    [
        ("checkName", "'page 2'", True),
        ("checkName", "'x'.repeat(64)", True),
        ("checkName", "'x'.repeat(65)", False),
        ("checkName", "'a\\u00a0b'", False),
        ("checkName", "''", False),
        ("checkName", "undefined", False),
        ("checkLook", "{ x: 1, y: 2, startMs: 5, endMs: 10005 }", True),
        ("checkLook", "{ x: 1, y: 2, startMs: 5, endMs: 10006 }", False),
        ("checkLook", "{ x: 1, y: 2, startMs: 6, endMs: 5 }", False),
        ("checkLook", "{ x: NaN, y: 2, startMs: 5, endMs: 6 }", False),
    ],
)
def test_names_and_looks_are_taken_as_the_server_takes_them(
    module: Evaluate, check: str, value: str, good: bool
) -> None:
    code = module(
        "plugin/options",
        f"(() => {{ try {{ m.{check}({value}, 'it') }} catch (e) {{ return e.code }} return 'good' }})()",
    )
    assert code == ("good" if good else "options")
