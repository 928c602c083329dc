"""webgazer-compat.js instead of webgazer.js: jsPsych's own plugins, unchanged, and pages written for WebGazer."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.support.calibration_page import WireLog, settled_gaze, wait_for_frames_of_the_place
from tests.support.foreign_page import Site, open_site
from tests.support.page import (
    CAMERA_REFUSED,
    CAMERA_WITHOUT_A_FACE,
    PEOPLE,
    ROOT,
    SCREEN,
    TRACKS_COUNTED,
    NewContext,
    forget_calibrations,
    let_time_pass,
    needs_browser,
    needs_people,
    wait_until,
)
from tests.support.server_process import server_process
from tests.support.simulated_user import load_person, look_at, sit_down
from tests.support.times import LONG_WAIT_MS

pytestmark = needs_browser
NPM = ROOT / "tests/npm/node_modules"
needs_jspsych = pytest.mark.skipif(
    not (NPM / "@jspsych/extension-webgazer").is_dir(), reason="needs jsPsych; `make test` fetches it where npm is"
)
DOT_PX = 20  # of jsPsych's dots; their left upper corner stands at the percentage


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A page of an experiment's own host."""
    with (
        open_site() as host,
        server_process(tmp_path_factory.mktemp("profiles"), "--allow-origin", host.origin) as server,
    ):
        host.folders["/npm/"] = NPM
        host.pages["/"] = f"""<!doctype html><title>Written for WebGazer</title>
          <script src="{server}/webgazer-compat.js"></script>
          <body><script>window.ready = true; window.points = [];</script></body>"""
        yield host


def percent(places: list[tuple[float, float]]) -> list[list[float]]:
    """Where jsPsych must put its dots so that their middles stand at these places of the screen."""
    middle = DOT_PX / 2 + 1
    return [[100 * (x - middle / SCREEN["width"]), 100 * (y - middle / SCREEN["height"])] for x, y in places]


def experiment(server_script: str, calibrate: dict[str, Any], validate: dict[str, Any]) -> str:
    scripts = "".join(
        f'<script src="/npm/{path}/dist/index.browser.js"></script>'
        for path in (
            "jspsych",
            "@jspsych/extension-webgazer",
            "@jspsych/plugin-webgazer-init-camera",
            "@jspsych/plugin-webgazer-calibrate",
            "@jspsych/plugin-webgazer-validate",
        )
    )
    return f"""<!doctype html><html><head><meta charset="utf-8"><title>An experiment</title>
{server_script}{scripts}<link rel="stylesheet" href="/npm/jspsych/css/jspsych.css"></head><body><script>
const gaze = () => webgazer.sightline;
let recording = null;
const jsPsych = initJsPsych({{ extensions: [{{ type: jsPsychExtensionWebgazer }}],
  on_trial_start: async (trial) => {{
    if (!gaze()) return;
    recording ??= gaze().request({{ type: "record_start" }});
    window.recording = (await recording).recording;
    gaze().setAreas(["#left", "#right"]);
    gaze().mark(`stimulus: ${{trial.data?.name ?? trial.type.info.name}}`);
  }},
  on_trial_finish: () => gaze()?.mark("stimulus end"),
  on_finish: async () => {{
    await gaze().request({{ type: "record_stop" }});
    window.trials = jsPsych.data.get().values();
  }} }});
/** A trial of an experiment: one side is shown and looked at. */
class Side {{
  static info = {{ name: "side", version: "1", parameters: {{ id: {{ default: "left" }} }}, data: {{}} }};
  trial(root, {{ id }}) {{
    const box = document.createElement("div");
    box.id = id;
    box.style.cssText = `position: fixed; ${{id}}: 0; top: 0; width: 45%; height: 100%; background: #ddd`;
    root.replaceChildren(box);
    window.simulatedUser.point = {{ x: id === "left" ? 0.2 : 0.8, y: 0.5 }};
    let seen = 0; // a busy machine needs longer for as many
    const count = ({{ detail }}) => {{
      if (!detail.valid || ++seen < 40) return;
      gaze().removeEventListener("gaze", count);
      root.replaceChildren();
      jsPsych.finishTrial({{}});
    }};
    gaze().addEventListener("gaze", count);
  }}
}}
jsPsych.run([
  {{ type: jsPsychWebgazerInitCamera }},
  {{ type: jsPsychWebgazerCalibrate, ...{json.dumps(calibrate)} }},
  {{ type: jsPsychWebgazerValidate, ...{json.dumps(validate)} }},
  ...["left", "right"].map((id) => ({{ type: Side, id, data: {{ name: `the ${{id}} side` }} }})),
]);
</script></body></html>"""


def run_experiment(
    page: Page, site: Site, calibrate: dict[str, Any], validate: dict[str, Any], *, clicks: int
) -> dict[str, Any]:
    """The validation's data, up to the end of the experiment. clicks: at so many dots of the calibration."""
    script = site.pages["/"].split("\n")[1].strip()
    site.pages["/experiment"] = experiment(script, calibrate, validate)
    wire = WireLog(page)
    page.goto(site.origin + "/experiment")
    page.locator("#jspsych-wg-cont:enabled").click()
    for _ in range(clicks):
        page.locator("#calibration-point").wait_for()
        wait_for_frames_of_the_place(page, wire)  # the person looks at the dot, then the mouse moves to it
        page.locator("#calibration-point").click()
    page.wait_for_function("window.trials", timeout=LONG_WAIT_MS)
    return dict(page.evaluate("window.trials.find((trial) => trial.percent_in_roi)"))


@pytest.mark.slow
@needs_people
@needs_jspsych
def test_jspsychs_own_plugins_run_unchanged_and_validate_well(site: Site, new_context: NewContext) -> None:
    """Nine dots to look at without a click, and other dots to validate."""
    person = load_person(PEOPLE[0])
    context = new_context()
    sit_down(context, person)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    dots = list(dict.fromkeys((picture.x, picture.y) for picture in person.pictures if picture.phase == "calibrate"))
    held_out = [(picture.x, picture.y) for picture in person.held_out()][:5]
    wire = WireLog(page)
    data = run_experiment(
        page,
        site,
        {"calibration_mode": "view", "calibration_points": percent(dots), "repetitions_per_point": 1},
        {"validation_points": percent(held_out), "validation_duration": 1500, "roi_radius": 200},
        clicks=0,
    )
    offsets = [(point["x"] ** 2 + point["y"] ** 2) ** 0.5 for point in data["average_offset"]]
    print("view", data["percent_in_roi"], [round(offset) for offset in offsets], data["samples_per_sec"])
    assert len(offsets) == len(held_out)
    assert statistics.mean(data["percent_in_roi"]) > 80
    assert statistics.median(offsets) < 120, "always guessing the middle is off by about 400"
    assert 10 < float(data["samples_per_sec"]) < 40
    assert errors == []
    opened_in_the_lab(page, site, wire)


def opened_in_the_lab(page: Page, site: Site, wire: WireLog) -> None:
    """The recording of the experiment: its trials are stimuli with the areas that were shown in them."""
    server = site.pages["/"].split('src="')[1].split("/webgazer-compat.js")[0]
    name = page.evaluate("window.recording")
    ask = {"X-Sightline-Token": next(told["token"] for told in wire.received if told["type"] == "hello")}
    line = page.request.get(f"{server}/v1/recordings/{name}/timeline", headers=ask).json()
    assert line["problems"] == []
    assert [shown["name"] for shown in line["stimuli"]][-3:] == ["webgazer-validate", "the left side", "the right side"]
    assert {area["name"] for report in line["areas"] for area in report["areas"]} == {"#left", "#right"}
    assert len(line["fixations"]) > 5
    for side in ("left", "right"):
        question = {"recordings": [name], "stimulus": f"the {side} side", "areas": [], "reported_areas": True}
        analysis = page.request.post(f"{server}/v1/analysis", headers=ask, data=question).json()
        assert [area["name"] for area in analysis["areas"]] == [f"#{side}"]
        assert analysis["people"][0]["areas"][f"#{side}"]["looked"]


@pytest.mark.slow
@needs_people
@needs_jspsych
def test_jspsychs_own_plugins_run_unchanged_with_all_their_defaults(site: Site, new_context: NewContext) -> None:
    """Nine dots to click, nine dots to look at for three seconds each, a circle of 200 px around them."""
    context = new_context()
    sit_down(context, load_person(PEOPLE[0]))
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    data = run_experiment(page, site, {}, {}, clicks=9)
    offsets = [(point["x"] ** 2 + point["y"] ** 2) ** 0.5 for point in data["average_offset"]]
    print("defaults", data["percent_in_roi"], [round(offset) for offset in offsets], data["samples_per_sec"])
    assert len(offsets) == 9
    assert statistics.mean(data["percent_in_roi"]) > 80
    assert statistics.median(offsets) < 120
    assert 10 < float(data["samples_per_sec"]) < 40
    assert errors == []


# Every call of WebGazer 3.5 that its documentation names.
CALLS = """addMouseEventListeners addRegression addRegressionModule addTrackerModule applyKalmanFilter begin clearData
clearGazeListener computeValidationBoxSize detectCompatibility end getCurrentPrediction getRegression getStoredPoints
getTracker getVideoElementCanvas getVideoPreviewToCameraResolutionRatio isReady pause recordScreenPosition
removeMouseEventListeners resume saveDataAcrossSessions setCameraConstraints setGazeListener setRegression
setStaticVideo setTracker setVideoElementCanvas setVideoViewerSize showFaceFeedbackBox showFaceOverlay
showPredictionPoints showVideo
showVideoPreview stopVideo storePoints"""


def open_plain(context: Any, site: Site) -> Page:
    page, _ = open_logged(context, site)
    return page


def open_logged(context: Any, site: Site) -> tuple[Page, WireLog]:
    page = context.new_page()
    wire = WireLog(page)
    page.goto(site.origin)
    page.wait_for_function("window.ready")
    return page, wire


def test_the_object_is_there_before_the_pages_own_scripts_with_every_call_of_webgazer(
    site: Site, new_context: NewContext
) -> None:
    page = open_plain(new_context(), site)
    missing = page.evaluate("(calls) => calls.filter((call) => typeof webgazer[call] !== 'function')", CALLS.split())
    assert missing == []
    chained = page.evaluate(
        """webgazer.setTracker("TFFacemesh").setRegression("ridge").setGazeListener(() => {}).showPredictionPoints(true)
             .showVideo(false).saveDataAcrossSessions(false).clearGazeListener().pause() === webgazer"""
    )
    assert chained
    assert page.evaluate("webgazer.isReady()") is False
    assert page.evaluate("webgazer.getCurrentPrediction()") is None
    assert page.evaluate("webgazer.util.bound({ x: -5, y: 99999 })") == {"x": 0, "y": SCREEN["height"]}
    assert page.evaluate("webgazer.computeValidationBoxSize()") == pytest.approx([40.8, 80.8, 158.4, 158.4])


def test_begin_gives_the_reason_of_a_failure_and_may_be_called_again(site: Site, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script(CAMERA_REFUSED.replace("NAME", "NotAllowedError"))
    page = open_plain(context, site)
    for _ in range(2):
        code, thrown = page.evaluate(
            """new Promise((resolve) => {
                 let code = null;
                 webgazer.begin((error) => { code = error.code }).catch((error) => resolve([code, error.message]));
               })"""
        )
        assert code == "camera"
        assert "blocked" in thrown
    assert page.evaluate("webgazer.isReady()") is False


def test_without_a_face_the_listener_gets_null_the_box_is_red_and_end_removes_all(
    site: Site, new_context: NewContext
) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    page = open_plain(context, site)
    page.evaluate(
        """async () => {
          window.calls = [];
          await webgazer.setGazeListener((data, elapsed) => calls.push([data, elapsed])).begin();
          window.track = document.querySelector("#webgazerVideoFeed").srcObject.getVideoTracks()[0];
        }"""
    )
    page.wait_for_function("window.calls.length > 3")
    calls = page.evaluate("window.calls")
    assert all(data is None for data, _ in calls)
    elapsed = [time for _, time in calls]
    assert elapsed == sorted(elapsed)
    assert 0 <= elapsed[0] < 30_000
    assert page.locator("#webgazerFaceFeedbackBox").evaluate("(box) => box.style.borderColor") == "red"
    assert page.evaluate("webgazer.getTracker().predictionReady") is False
    page.evaluate("webgazer.showVideoPreview(false)")
    assert not page.locator("#webgazerVideoContainer").is_visible()
    page.evaluate("webgazer.pause()")
    before = page.evaluate("window.calls.length")
    let_time_pass(page, 0.5)
    assert page.evaluate("window.calls.length") == before
    page.evaluate("webgazer.end()")
    assert page.evaluate("window.track.readyState") == "ended"
    assert page.evaluate("document.querySelectorAll('[id^=webgazer], [data-sightline]').length") == 0


def test_a_page_that_ends_while_it_begins_gets_no_camera(site: Site, new_context: NewContext) -> None:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    page = open_plain(context, site)
    outcome = page.evaluate(
        """async () => {
          const begun = webgazer.begin().then(() => "begun", (error) => error.code);
          await new Promise((resolve) => setTimeout(resolve, 20));
          webgazer.end();
          return begun;
        }"""
    )
    assert outcome == "closed"
    assert page.evaluate("document.querySelectorAll('[id^=webgazer], [data-sightline]').length") == 0
    page.evaluate("webgazer.begin()")
    page.wait_for_function("webgazer.isReady()")


def test_attempts_that_were_ended_leave_one_session_and_no_live_camera(site: Site, new_context: NewContext) -> None:
    """React mounts a component twice in development, and a second component begins beside it."""
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE + TRACKS_COUNTED)
    page = open_plain(context, site)
    outcomes = page.evaluate(
        """async () => {
          const begin = () => webgazer.begin(() => { window.failed = true }).then(() => "begun", (error) => error.code);
          const first = begin();
          webgazer.end();
          const second = begin();
          const outcomes = [await first];
          const third = begin();
          return [...outcomes, await second, await third];
        }"""
    )
    assert outcomes == ["closed", "begun", "begun"]
    assert not page.evaluate("window.failed"), "an attempt that was ended does not report to the page"
    assert page.evaluate("document.querySelectorAll('#webgazerVideoContainer').length") == 1
    page.wait_for_function("window.liveTracks() === 1")
    page.evaluate("webgazer.end()")
    page.wait_for_function("window.liveTracks() === 0")
    for wait_ms in (0, 1, 5, 20, 60, 120):  # ended at different steps
        page.evaluate(
            """async (wait) => {
              const begun = webgazer.begin().catch(() => {});
              if (wait) await new Promise((resolve) => setTimeout(resolve, wait));
              webgazer.end();
              await begun;
            }""",
            wait_ms,
        )
        page.wait_for_function("window.liveTracks() === 0")
        assert page.evaluate("webgazer.isReady()") is False
        assert page.evaluate("document.querySelectorAll('[id^=webgazer], [data-sightline]').length") == 0


def learnt_from_all_clicks(wire: WireLog, n_clicks: int) -> bool:
    """Whether a calibration was requested and made after the last look. Earlier ones may fail: places in one line."""
    sent = [message["type"] for message in wire.sent if message["type"] in ("look", "look_fit")]
    answers = [
        message.get("state", "failed")
        for message in wire.received
        if (message["type"] == "calibration" and message["state"] in ("done", "failed")) or message["type"] == "error"
    ]
    requested = sent.count("look") == n_clicks and sent[-1] == "look_fit"
    return requested and len(answers) == sent.count("look_fit") and answers[-1] == "done"


@pytest.mark.slow
@needs_people
def test_a_page_that_learns_from_clicks_finds_the_gaze_until_its_data_is_cleared(
    site: Site, new_context: NewContext
) -> None:
    person = load_person(PEOPLE[0])
    context = new_context()
    sit_down(context, person)
    page, wire = open_logged(context, site)
    page.evaluate("webgazer.setGazeListener((data) => data && window.points.push(data)).begin()")
    page.wait_for_function("webgazer.getTracker().predictionReady")
    assert page.evaluate("webgazer.getCurrentPrediction()") is None
    dots = list(dict.fromkeys((picture.x, picture.y) for picture in person.pictures if picture.phase == "calibrate"))
    for x, y in dots:
        look_at(page, x, y)
        wait_for_frames_of_the_place(page, wire)
        page.mouse.click(x * SCREEN["width"], y * SCREEN["height"])
    page.wait_for_function("window.points.length > 0")
    wait_until(page, lambda: learnt_from_all_clicks(wire, len(dots)))
    distances = []
    for picture in person.held_out()[:5]:
        look_at(page, picture.x, picture.y)
        settled_gaze(page, wire)
        point = page.wait_for_function("webgazer.getCurrentPrediction()").json_value()
        dx, dy = point["x"] - picture.x * SCREEN["width"], point["y"] - picture.y * SCREEN["height"]
        distances.append((dx**2 + dy**2) ** 0.5)
    assert statistics.median(distances) < 150
    page.locator("#webgazerGazeDot").wait_for()
    assert page.evaluate("webgazer.getRegression()[0].getData().length") == len(dots)
    page.evaluate("webgazer.clearData()")
    wait_until(page, lambda: page.evaluate("webgazer.getCurrentPrediction()") is None)


def test_a_page_to_which_the_server_is_not_open_loads_the_script_and_is_told_the_option(
    site: Site, new_context: NewContext
) -> None:
    with open_site() as stranger:
        stranger.pages["/"] = site.pages["/"]
        page = open_plain(new_context(), stranger)
        said = page.evaluate("webgazer.begin().catch((error) => [error.code, error.message])")
    assert said[0] == "server"
    assert f"--allow-origin {stranger.origin}" in said[1]


KEEP_SOCKETS = """
window.sockets = [];
window.WebSocket = class extends WebSocket { constructor(...args) { super(...args); window.sockets.push(this); } };
"""


def click_dots(page: Page, wire: WireLog, dots: list[tuple[float, float]]) -> None:
    for x, y in dots:
        look_at(page, x, y)
        wait_for_frames_of_the_place(page, wire)
        page.mouse.click(x * SCREEN["width"], y * SCREEN["height"])


@pytest.mark.slow
@needs_people
def test_three_places_are_enough_fewer_are_reported_and_so_is_a_calibration_that_is_lost(
    site: Site, new_context: NewContext
) -> None:
    person = load_person(PEOPLE[0])
    context = new_context()
    sit_down(context, person)
    context.add_init_script(KEEP_SOCKETS)
    page, wire = open_logged(context, site)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.evaluate("webgazer.setGazeListener((data) => data && window.points.push(data)).begin()")
    page.wait_for_function("webgazer.getTracker().predictionReady")
    dots = list(dict.fromkeys((picture.x, picture.y) for picture in person.pictures if picture.phase == "calibrate"))
    three = [min(dots), max(dots), min(dots, key=lambda dot: (dot[1], -dot[0]))]
    click_dots(page, wire, three[:2])
    wait_until(page, lambda: any("3 places, so far 2" in text for text in said))
    click_dots(page, wire, three[2:])
    page.wait_for_function("window.points.length > 0")
    assert page.evaluate("webgazer.isReady()")
    page.evaluate("window.sockets.at(-1).close()")
    page.wait_for_function("window.sockets.length === 2 && webgazer.isReady()")
    page.evaluate("window.points = []")
    page.wait_for_function("window.points.length > 0")
    assert not any("the calibration was lost" in text for text in said)
    forget_calibrations(page)
    page.evaluate("window.sockets.at(-1).close()")
    wait_until(page, lambda: any("the calibration was lost" in text for text in said))
    assert page.evaluate("webgazer.isReady()") is False
    assert page.evaluate("webgazer.getRegression()[0].getData().length") == 0
    page.evaluate("window.points = []")
    click_dots(page, wire, three)
    page.wait_for_function("window.points.length > 0")
    assert page.evaluate("webgazer.isReady()")


@pytest.mark.slow
@needs_people
def test_targets_reported_by_calls_of_the_captured_listener_count_as_clicks(
    site: Site, new_context: NewContext
) -> None:
    """As PennController reports its targets."""
    person = load_person(PEOPLE[0])
    context = new_context()
    sit_down(context, person)
    page, wire = open_logged(context, site)
    page.evaluate(
        """async () => {
          const { addEventListener } = document;
          document.addEventListener = (...args) => {
            if (args[0] === "click" && args[2] === true) window.clicked ??= args[1];
            addEventListener.apply(document, args);
          };
          await webgazer.setGazeListener((data) => data && window.points.push(data)).begin();
          webgazer.removeMouseEventListeners();
        }"""
    )
    page.wait_for_function("webgazer.getTracker().predictionReady")
    for picture in {(p.x, p.y): p for p in person.pictures if p.phase == "calibrate"}.values():
        look_at(page, picture.x, picture.y)
        wait_for_frames_of_the_place(page, wire)
        place = {"clientX": picture.x * SCREEN["width"], "clientY": picture.y * SCREEN["height"]}
        page.evaluate("(place) => window.clicked(place)", place)
    page.wait_for_function("window.points.length > 0")
