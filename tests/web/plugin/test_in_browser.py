"""Modules of web/plugin/ that need a browser; the others are tested by node in tests/web/plugin/*.test.js."""

from __future__ import annotations

import pytest

from tests.support.page import Evaluate, needs_browser

pytestmark = needs_browser


@pytest.fixture(scope="module")
def module(evaluate: Evaluate) -> Evaluate:
    """module("core/wire", "m....") evaluates an expression with the module as `m`."""
    return lambda path, expression: evaluate(f"/{path}.js", expression)


def test_the_badge_says_what_stops_the_gaze_while_it_tracks(module: Evaluate) -> None:
    said = module(
        "plugin/badge",
        """(() => {
          const badge = new m.Badge({ state: "starting", stop: () => {} });
          const words = () => badge.element.querySelector("span:not(.light)").textContent;
          const out = [words()];
          badge.update({ status: "multiple_faces" });
          out.push(words());
          badge.show("tracking");
          for (const status of ["multiple_faces", "eyes_closed", "no_face", "ok"]) {
            badge.update({ status });
            out.push(words());
          }
          const now = performance.now;
          for (const [atMs, doubt] of [[0, "nearer"], [4000, "nearer"], [8000, "eyes"], [12000, "eyes"]]) {
            performance.now = () => atMs;
            badge.update({ status: "ok", valid: true, doubt });
            out.push(words());
          }
          performance.now = now;
          return out;
        })()""",
    )
    assert said == [
        "The camera is on",
        "The camera is on",
        "Eye tracking: more than one face",
        "Eye tracking is on",
        "Eye tracking: no face in the picture",
        "Eye tracking is on",
        "Eye tracking is on",
        "Eye tracking: you moved, less accurate",
        "Eye tracking: you moved, less accurate",
        "Eye tracking: your eyes look different, less accurate",
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
  const reported = [];
  for (const step of steps) {
    step();
    await new Promise((next) => setTimeout(next, 300)); // later than the next measuring, on the same thread
    reported.push((sent.at(-1) ?? []).map((area) => [area.id, area.x_px, area.y_px, area.width_px, area.height_px]));
  }
  const before = sent.length;
  areas.destroy();
  sheet.remove();
  await new Promise((next) => setTimeout(next, 300));
  return { reported, afterwards: sent.length - before };
})()"""


def test_areas_by_selector_follow_the_elements_through_scrolling_and_layout_and_end_at_the_pages_edge(
    module: Evaluate,
) -> None:
    found = module("plugin/areas", LOOK_AT_AREAS)
    assert found["reported"] == [
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
def test_an_area_that_the_server_refuses_is_refused_before_it_is_sent(module: Evaluate, area: str) -> None:
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
