"""The page's pure modules, in the browser that will run them."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest

from calibration.profiles.store import is_user_name
from calibration.samples.selection import SETTLE_MS
from server.gaze import confidence
from server.protocol.frames import parse_frame
from server.session.target_run import MIN_SAMPLES, WINDOW_MS
from tests.support.page import Evaluate, NewContext, needs_browser, open_page
from tests.support.server import jpeg

pytestmark = needs_browser


@pytest.fixture(scope="module")
def module(evaluate: Evaluate) -> Evaluate:
    """module("core/wire", "m....") evaluates an expression with the module as `m`."""
    return lambda path, expression: evaluate(f"/{path}.js", expression)


def test_a_frame_header_has_the_bytes_that_the_server_reads(module: Evaluate) -> None:
    header = module(
        "core/wire",
        "[...new Uint8Array(m.encodeHeader({ seq: 4000000000, capturedMs: 1763843912345.625, "
        "roi: { x: 1, y: 2, width: 300, height: 400 }, full: { width: 1280, height: 720 } }))]",
    )
    expected = struct.pack("<2sBBId6H", b"SL", 1, 0, 4000000000, 1763843912345.625, 1, 2, 300, 400, 1280, 720)
    assert bytes(header) == expected


@pytest.mark.parametrize(
    ("report", "grade"),
    [
        ({"median_error_px": 40, "mean_error_px": 50, "baselines_px": {"centre": 400}}, "good"),
        ({"median_error_px": 80, "mean_error_px": 90, "baselines_px": {"centre": 400}}, "fair"),
        ({"median_error_px": 250, "mean_error_px": 300, "baselines_px": {"centre": 400}}, "poor"),
        ({"median_error_px": 250, "mean_error_px": 370, "baselines_px": {"centre": 400}}, "blind"),
        ({"median_error_px": 250, "mean_error_px": 370}, "poor"),
        ({"median_error_px": None, "mean_error_px": None, "baselines_px": {"centre": 400}}, "poor"),
    ],
)
def test_a_calibration_that_knows_no_more_than_the_middle_is_called_blind(
    module: Evaluate, report: dict[str, Any], grade: str
) -> None:
    assert module("ui/grading", f"m.calibrationGrade({json.dumps(report)}, 1000)") == grade


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("m.parseServerMessage('{')", "not JSON"),
        ("m.parseServerMessage('[1]')", "no type"),
        ("m.parseServerMessage('null')", "no type"),
        ("m.parseServerMessage('7')", "no type"),
        ("m.parseServerMessage('{\"type\":7}')", "no type"),
        ('m.parseServerMessage(\'{"type":"gaze","v":2}\')', "version 2"),
        (
            "m.encodeHeader({seq: 1, capturedMs: NaN, roi: {x:0,y:0,width:1,height:1}, full: {width:9,height:9}})",
            "finite",
        ),
        (
            "m.encodeHeader({seq: 1, capturedMs: 1, roi: {x:5,y:0,width:9,height:1}, full: {width:9,height:9}})",
            "leaves",
        ),
    ],
)
def test_what_is_not_the_protocol_is_an_error(module: Evaluate, expression: str, reason: str) -> None:
    caught = module(
        "core/wire", f"(() => {{ try {{ {expression} }} catch (e) {{ return e.name + ': ' + e.message }} }})()"
    )
    assert caught.startswith("ProtocolError")
    assert reason in caught


def test_a_message_of_a_type_that_nobody_knows_is_no_error(module: Evaluate) -> None:
    message = module("core/wire", 'm.parseServerMessage(\'{"type":"surprise","v":3}\')')
    assert message == {"type": "surprise", "v": 3}


def test_an_overview_is_a_header_with_a_flag(module: Evaluate) -> None:
    header = module(
        "core/wire",
        "[...new Uint8Array(m.encodeHeader({ seq: 1, capturedMs: 1, overview: true, "
        "roi: { x: 0, y: 0, width: 640, height: 480 }, full: { width: 640, height: 480 } }))]",
    )
    message = parse_frame(bytes(header) + jpeg())
    assert (message.overview, message.is_whole) == (True, True)


def test_the_region_stays_until_the_face_leaves_its_inner_part(module: Evaluate) -> None:
    regions = module(
        "core/region",
        """(() => {
          const full = { width: 1280, height: 720 };
          const tracker = new m.RegionTracker();
          const out = [tracker.region(full)];
          const see = (box) => { tracker.update(box); out.push(tracker.region(full)); };
          see([0.40, 0.30, 0.15, 0.30]);
          see([0.41, 0.31, 0.15, 0.30]);
          see([0.43, 0.30, 0.14, 0.29]);
          see([0.60, 0.30, 0.15, 0.30]);
          see([0.60, 0.30, 0.25, 0.50]);
          return out;
        })()""",
    )
    whole, first, jitter, sway, moved, nearer = regions
    assert whole == {"x": 0, "y": 0, "width": 1280, "height": 720}
    assert first["width"] == round(2.2 * 0.30 * 720)
    assert first == jitter == sway
    assert moved["x"] > first["x"]
    assert nearer["width"] > moved["width"]


def test_the_region_never_leaves_the_frame_and_gives_up_a_lost_face(module: Evaluate) -> None:
    corner, before, after = module(
        "core/region",
        """(() => {
          const full = { width: 640, height: 480 };
          const tracker = new m.RegionTracker();
          tracker.region(full);
          tracker.update([-0.05, -0.1, 0.4, 0.6]);
          const corner = tracker.region(full);
          for (let i = 1; i < m.MISSING_BEFORE_WHOLE; i += 1) tracker.update(null);
          const before = tracker.region(full);
          tracker.update(null);
          return [corner, before, tracker.region(full)];
        })()""",
    )
    assert (corner["x"], corner["y"]) == (0, 0)
    assert corner["x"] + corner["width"] <= 640
    assert corner["y"] + corner["height"] <= 480
    assert before == corner
    assert after == {"x": 0, "y": 0, "width": 640, "height": 480}


def test_the_region_jumps_to_another_face_when_the_server_says_so(module: Evaluate) -> None:
    before, after = module(
        "core/region",
        """(() => {
          const full = { width: 1280, height: 720 };
          const tracker = new m.RegionTracker();
          tracker.follow([0.1, 0.1, 0.1, 0.1]);
          const before = tracker.region(full);
          tracker.update([0.8, 0.3, 0.05, 0.1]);
          tracker.follow([0.2, 0.3, 0.2, 0.4]);
          return [before, tracker.region(full)];
        })()""",
    )
    assert (before["width"], before["height"]) == (1280, 720), "no frame was sent yet"
    assert after["x"] < 0.2 * 1280 < 0.4 * 1280 < after["x"] + after["width"]


def test_a_picture_is_sent_at_640_px_at_most_and_never_enlarged(module: Evaluate) -> None:
    sizes = module(
        "core/frame-encoder",
        "[[1280, 720], [700, 700], [300, 300], [1280, 720, 320]].map(([width, height, most]) =>"
        " m.sentSize({ x: 0, y: 0, width, height }, most))",
    )
    assert [(size["width"], size["height"]) for size in sizes] == [(640, 360), (640, 640), (300, 300), (320, 180)]


def test_the_capture_time_is_the_cameras_own_unless_it_makes_no_sense(module: Evaluate) -> None:
    times = module(
        "core/frame-encoder",
        "[{ captureTime: 970, presentationTime: 990 }, { presentationTime: 990 }, { presentationTime: 1016 }, "
        "{ captureTime: -1e9 }, null, { captureTime: 0 }].map((meta) => m.capturedMs(meta, 1000, 5000))",
    )
    assert times == [5970, 5990, 6000, 6000, 6000, 5000]


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
            canSendFrame: true, overviewMs: Infinity, nextSeq: () => sent.length + 1,
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


def test_screen_and_viewport_are_each_others_inverse(module: Evaluate) -> None:
    there, back = module(
        "core/geometry",
        """(() => {
          const viewport = { x: 100, y: 120, width: 1500, height: 900 };
          const layout = { width: 1920, height: 1080, viewport, scale: 1.5 };
          const there = m.screenToViewport({ x: 0.5, y: 0.5 }, layout);
          return [there, m.viewportToScreen(there, layout)];
        })()""",
    )
    assert there == {"x": pytest.approx((960 - 100) / 1.5), "y": pytest.approx((540 - 120) / 1.5)}
    assert back == {"x": pytest.approx(0.5), "y": pytest.approx(0.5)}


def test_two_pointer_events_apart_tell_the_page_zoom(module: Evaluate) -> None:
    scales = module(
        "core/geometry",
        """[[400, 600], [200, 300], [402, 604], [50, 75]].map(([client, screen]) => m.scaleFromPointers(
          { clientX: 0, clientY: 0, screenX: 10, screenY: 10 },
          { clientX: client, clientY: 5, screenX: 10 + screen, screenY: 15 }))""",
    )
    assert scales == [1.5, 1.5, pytest.approx(1.5, abs=0.01), None]


def test_a_pointer_event_makes_the_viewport_offset_exact(page_server: str, new_context: NewContext) -> None:
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


@pytest.mark.parametrize(
    ("gaze", "expected"),
    [
        ({"status": "no_face", "face": None}, {"found": "adjust", "centred": "unknown"}),
        ({"box": [0.4, 0.3, 0.2, 0.4], "z": 600}, {"found": "good", "centred": "good", "distance": "good"}),
        # The picture is not mirrored: a face on its right side belongs to a person who sits too far to their left.
        ({"box": [0.7, 0.3, 0.2, 0.4], "z": 600}, {"centred": "Move a little to your right"}),
        ({"box": [0.1, 0.3, 0.2, 0.4], "z": 600}, {"centred": "Move a little to your left"}),
        ({"box": [0.4, 0.3, 0.2, 0.4], "z": 300}, {"distance": "Move back a little, about 30 cm"}),
        ({"box": [0.4, 0.3, 0.2, 0.4], "z": 1000}, {"distance": "Come closer, about 100 cm"}),
        ({"box": [0.45, 0.4, 0.1, 0.2]}, {"distance": "Come closer"}),
        ({"box": [0.4, 0.3, 0.2, 0.4], "z": 600, "brightness": 20}, {"light": "adjust"}),
        (
            {"status": "multiple_faces", "box": [0.4, 0.3, 0.2, 0.4], "z": 600},
            {"found": "More than one face: only you, please", "centred": "good"},
        ),
        ({"status": "multiple_faces"}, {"found": "More than one face: only you, please"}),
    ],
)
def test_the_position_is_judged_in_words(module: Evaluate, gaze: dict[str, Any], expected: dict[str, str]) -> None:
    message = {"status": gaze.get("status", "uncalibrated")}
    if "box" in gaze:
        message["face"] = {"box": gaze["box"], "eyes": [], "brightness": gaze.get("brightness", 120)}
        message["head"] = {"z": gaze["z"]} if "z" in gaze else None
    checks = module("ui/grading", f"m.assess({json.dumps(message)})")
    for name, value in expected.items():
        assert value in (checks[name]["verdict"], checks[name]["text"])


def test_the_demo_person_reads_a_session_folder_and_looks_at_the_nearest_point(module: Evaluate) -> None:
    frames, near = module(
        "core/sources/demo",
        """(() => {
          const frames = m.parseFrames("frame,captured_ms,target_x_px,target_y_px,target_id,phase\\r\\n" +
            "a.jpg,0,96,54,0,calibrate\\nb.jpg,1,960,540,1,test\\nc.jpg,2,,,,\\n", { width_px: 1920, height_px: 1080 });
          return [frames, m.nearestFrames(frames, { x: 0.4, y: 0.6 })];
        })()""",
    )
    assert frames == [{"file": "a.jpg", "x": 0.05, "y": 0.05}, {"file": "b.jpg", "x": 0.5, "y": 0.5}]
    assert [frame["file"] for frame in near] == ["b.jpg"]


def test_the_median_of_an_even_count_lies_between_the_middle_two(module: Evaluate) -> None:
    assert module("page/stats", "[m.median([4, 1, 3, 2]), m.median([3, 1, 2]), m.median([])]") == [2.5, 2, None]


def test_a_diagonal_in_inches_becomes_millimetres(module: Evaluate) -> None:
    size = module("ui/screen-size", "m.physicalSize(15.6, { width: 1920, height: 1080 })")
    assert size == {"widthMm": pytest.approx(345.4, abs=0.1), "heightMm": pytest.approx(194.3, abs=0.1)}


def test_a_card_that_is_323_5_px_long_lies_on_a_screen_of_96_px_to_the_inch(module: Evaluate) -> None:
    mm, zoomed = module("ui/screen-size", "[m.mmPerPx(323.53, 1), m.mmPerPx(323.53 / 1.5, 1.5)]")
    assert mm == zoomed == pytest.approx(25.4 / 96, rel=1e-4)
    size = module("ui/screen-size", "m.sizeFrom(m.mmPerPx(428, 1), { width: 1920, height: 1080 })")
    assert size == {"widthMm": 384.0, "heightMm": 216.0}
    assert module("ui/screen-size", f"m.describeSize({json.dumps(size)})") == "38.4 × 21.6 cm, 17.3 inches"


@pytest.mark.parametrize(
    ("kept", "mm"),
    [
        ({"screen": "1920x1080", "mm": 0.2}, 0.2),
        ({"screen": "2560x1440", "mm": 0.2}, None),
        ({"screen": "1920x1080", "mm": -1}, None),
        ({"screen": "1920x1080", "mm": "0.2"}, None),
        (None, None),
        (7, None),
    ],
)
def test_a_measured_size_holds_for_the_screen_that_the_card_was_held_to(module: Evaluate, kept: Any, mm: Any) -> None:
    assert module("ui/screen-size", f"m.measuredOn({json.dumps(kept)}, {{ width: 1920, height: 1080 }})") == mm


def test_the_outline_follows_the_pointer_along_its_diagonal_and_stays_a_card(module: Evaluate) -> None:
    along, across, upright, tiny, huge = module(
        "ui/card-outline",
        "[m.dragged(428, { dx: 42.8, dy: 26.99 }, false), m.dragged(428, { dx: 26.99, dy: -42.8 }, false),"
        " m.dragged(428, { dx: 26.99, dy: 42.8 }, true), m.dragged(428, { dx: -900, dy: -900 }, false),"
        " m.within(9999)]",
    )
    assert (along, across, upright) == (471, 428, 471)
    assert (tiny, huge) == (129, 684)


def test_kept_calibrations_are_offered_for_their_own_screen_and_camera_newest_first(module: Evaluate) -> None:
    def profile(user: str, screen: str, camera: str | None, saved_ms: int, **more: Any) -> dict[str, Any]:
        told = {"user": user, "screen": screen, "camera": camera, "saved_ms": saved_ms}
        return told | {"median_error_px": 71.6, "problem": None} | more

    ada, loose = profile("Ada", "1920x1080", "hd-webcam-1234", 1), profile("Ada", "1920x1080", None, 5)
    bob, other_camera = profile("Bob", "1920x1080", None, 3), profile("Cy", "1920x1080", "another", 4)
    other_screen = profile("Ada", "1280x720", "hd-webcam-1234", 2)
    listed = json.dumps([ada, loose, bob, other_camera, other_screen])
    sorted_out = module("page/profile-list", f"m.sortOut({listed}, '1920x1080', 'HD Webcam (1234)')")
    assert sorted_out["here"] == [bob, ada], "one without a camera serves a person who has none for this camera"
    assert sorted_out["elsewhere"] == [loose, other_camera, other_screen]
    words = module(
        "page/profile-list",
        f"[{json.dumps(bob)}, {json.dumps(bob | {'problem': 'broken'})}].map((profile) => "
        "m.describeProfile(profile, new Intl.DateTimeFormat('en', {year: 'numeric'})))",
    )
    assert words == ["1970 · off by about 72 px", "1970 · can't be used any more"]


@pytest.mark.parametrize("name", ["Ada", "Ada L.K", "Żółw 2", "x", "Ada_1-b"])
def test_a_name_of_letters_and_digits_is_fine(module: Evaluate, name: str) -> None:
    assert module("page/profile-list", f"m.nameProblem({json.dumps(name)})") == ""
    assert is_user_name(name)


@pytest.mark.parametrize("name", ["", "..", "../etc", "a/b", "Ada.", " Ada", "a" * 65, "_a", "a\nb"])
def test_a_name_that_the_server_would_refuse_is_refused_before(module: Evaluate, name: str) -> None:
    assert module("page/profile-list", f"m.nameProblem({json.dumps(name)})") != ""
    assert not is_user_name(name)


def test_the_browser_and_the_server_agree_on_every_letter_of_a_name(module: Evaluate) -> None:
    texts = [chr(point) for point in range(0x250)] + [f"a{chr(point)}b" for point in range(0x250)]
    taken = module("core/names", f"{json.dumps(texts)}.map((text) => m.isUserName(text))")
    assert taken == [is_user_name(text) for text in texts]


def test_the_times_of_a_dot_before_any_plan_are_the_servers_own(module: Evaluate) -> None:
    assert module("calibration/plan", "m.DOT") == {
        "settle_ms": SETTLE_MS,
        "window_ms": WINDOW_MS,
        "min_samples": MIN_SAMPLES,
    }


def test_the_page_asks_for_better_light_than_the_server_needs(module: Evaluate) -> None:
    seat, advice = module("ui/grading", "[m.SEAT_LIGHT, m.ADVICE_LIGHT]")
    # The dots start where the light costs the confidence at most a fifth; the server gives up at DARK and BLINDING.
    assert (seat["dark"] - confidence.DARK, confidence.BLINDING - seat["bright"]) == (35, 25)
    assert all(confidence.light(grey) >= 0.8 for grey in (seat["dark"], seat["bright"]))
    # Advice after a measurement comes while the light costs nothing yet.
    assert (advice["dim"] - confidence.DIM, confidence.BRIGHT - advice["bright"]) == (25, 15)


def test_the_page_asks_for_a_nearer_seat_than_the_server_needs(module: Evaluate) -> None:
    seat, advice = module("ui/grading", "[m.SEAT_MM, m.ADVICE_MM]")
    assert (seat["nearest"] - confidence.NEAREST_MM, confidence.FARTHEST_MM - seat["farthest"]) == (180, 650)
    assert (advice["near"] - seat["nearest"], seat["farthest"] - advice["far"]) == (40, 100)


def test_a_calibration_and_its_validation_are_graded_by_one_rule(module: Evaluate) -> None:
    screen = "{ width: 1920, height: 1080 }"
    diagonal = (1920**2 + 1080**2) ** 0.5
    for share, grade in [(0.049, "good"), (0.051, "fair"), (0.099, "fair"), (0.101, "poor")]:
        px = share * diagonal
        report = json.dumps({"median_error_px": px})
        result = json.dumps(RESULT | {"accuracy": {"px": px, "cm": None, "deg": None, "percent_width": 1}})
        grades = module(
            "ui/grading", f"[m.calibrationGrade({report}, {diagonal}), m.verdictOf({result}, {screen}, null).grade]"
        )
        assert grades == [grade, grade], share


def test_nine_dots_fit_into_25_seconds_and_thirteen_with_both_rounds_into_60(module: Evaluate) -> None:
    nine, thorough, calm = module(
        "calibration/plan",
        "[m.expectedSeconds({ dots: 9 }), m.expectedSeconds({ dots: 13, pursuit: true, headRound: true }),"
        " m.expectedSeconds({ dots: 13, headRound: true })]",
    )
    print(f"9 dots: {nine} s; 13 dots, pursuit, head round: {thorough} s")
    assert nine < 25
    assert thorough < 60
    assert calm < thorough


def test_with_a_dot_asked_again_nine_still_fit_into_25_seconds(module: Evaluate) -> None:
    plan = json.dumps({"targets": [], "settle_ms": SETTLE_MS, "window_ms": WINDOW_MS, "min_samples": MIN_SAMPLES})
    again_ms = module("calibration/plan", f"m.againMs({plan}, 1)")
    assert module("calibration/plan", "m.expectedSeconds({ dots: 9 })") + again_ms / 1000 < 25


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        (["few"], "One dot once more, eyes wide open."),
        (["unstable", "doubtful"], "2 dots once more. Look right at it."),
        (["extra", "extra"], "2 dots more, where it is least exact."),
        (["extra", "few"], "2 dots once more, eyes wide open."),
    ],
)
def test_a_dot_that_comes_again_says_why_in_a_few_words(module: Evaluate, reasons: list[str], words: str) -> None:
    targets = [{"id": i, "x": 0, "y": 0, "reason": reason} for i, reason in enumerate(reasons)]
    assert module("calibration/plan", f"m.wordsForAgain({json.dumps(targets)})") == words


@pytest.mark.parametrize(
    ("search", "points"),
    [
        ("?points=0.1,0.1;0.9,0.1;0.5,0.9", [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]]),
        ("?demo&points=0,0;1,1;0.5, 0.5", [[0, 0], [1, 1], [0.5, 0.5]]),
        ("", None),
        ("?points=", None),
        ("?points=0.1,0.1;0.9,0.9", None),  # too few
        ("?points=" + ";".join(f"0.5,{i / 60}" for i in range(50)), None),  # too many
        ("?points=0.1,0.1;0.9,0.1;0.1,0.1", None),  # one twice
        ("?points=0.1,0.1;0.9,0.1;0.5,1.2", None),  # not on the screen
        ("?points=0.1,0.1;0.9,0.1;0.5,", None),
        ("?points=0.1,0.1;0.9,0.1;0.5,NaN", None),
        ("?points=0.1,0.1,0.2;0.9,0.1;0.5,0.5", None),
    ],
)
def test_own_dots_are_taken_from_the_address_if_all_of_them_can_be_shown(
    module: Evaluate, search: str, points: list[list[float]] | None
) -> None:
    assert module("page/game-options", f"m.ownPoints({json.dumps(search)})") == points


def test_a_moving_dot_is_where_the_servers_path_says(module: Evaluate) -> None:
    path = "[[0, 0.5, 0.5], [800, 0.5, 0.5], [1000, 0.7, 0.4]]"
    places = module("calibration/plan", f"[-5, 400, 900, 5000].map((ms) => m.placeOnPath({path}, ms))")
    assert [(p["x"], pytest.approx(p["y"])) for p in places] == [
        (0.5, 0.5),
        (0.5, 0.5),
        (pytest.approx(0.6), 0.45),
        (0.7, 0.4),
    ]


def test_a_game_is_ready_only_after_a_while_of_a_well_placed_well_lit_face(module: Evaluate) -> None:
    ready, missing, dark, dark_reason, aside = module(
        "calibration/face-gate",
        """(() => {
          const face = (x, brightness) => ({ status: "uncalibrated", head: { z: 600 },
            face: { box: [x, 0.3, 0.2, 0.4], eyes: [], brightness } });
          const gate = new m.FaceGate();
          const out = [];
          gate.add(face(0.4, 120), 1000);
          out.push([gate.ready(1000), gate.ready(1400), gate.ready(1500)]);
          gate.add({ status: "no_face", face: null }, 1600);
          gate.add({ status: "no_face", face: null }, 2600);
          out.push([gate.ready(2600), gate.missing(1700), gate.missing(2600)]);
          gate.add(face(0.4, 20), 2700);
          out.push([gate.ready(9000), gate.missing(2700), gate.onlyPlace]);
          out.push(gate.reason);
          gate.add(face(0.7, 120), 3000);
          out.push([gate.ready(9000), gate.missing(3000), gate.onlyPlace]);
          return out;
        })()""",
    )
    assert ready == [False, False, True]
    assert missing == [False, False, True], "a blink is no absence, a second is one"
    assert dark == [False, True, False]
    assert "Too dark" in dark_reason
    assert aside == [False, False, True]


def test_answers_from_a_pause_say_nothing_of_the_face_after_it(module: Evaluate) -> None:
    missing = module(
        "calibration/face-gate",
        """(() => {
          const face = { box: [0.4, 0.3, 0.2, 0.4], eyes: [], brightness: 120 };
          const gate = new m.FaceGate();
          gate.add({ status: "ok", head: { z: 600 }, face }, 1000);
          gate.add({ status: "paused", face: null }, 1200);
          gate.restart(60000);
          gate.add({ status: "paused", face: null }, 60100);
          return gate.missing(61500);
        })()""",
    )
    assert missing is False


def test_a_game_waits_while_somebody_looks_on_and_says_why(module: Evaluate) -> None:
    ready, missing, advice, reason, only_place, after = module(
        "calibration/face-gate",
        """(() => {
          const gaze = (status) => ({ status, head: { z: 600 },
            face: { box: [0.4, 0.3, 0.2, 0.4], eyes: [], brightness: 120 } });
          const gate = new m.FaceGate();
          gate.add(gaze("uncalibrated"), 1000);
          gate.add(gaze("multiple_faces"), 1600);
          const out = [gate.ready(9000), gate.missing(9000), gate.advice, gate.reason, gate.onlyPlace];
          gate.add(gaze("ok"), 9100);
          return [...out, [gate.ready(9700), gate.missing(9700)]];
        })()""",
    )
    assert (ready, missing, only_place, after) == (False, True, False, [True, False])
    assert "more than one face" in f"{advice} {reason}".lower()
    assert "only you" in reason.lower()


RESULT = {
    "accuracy": {"px": 60, "cm": 1.4, "deg": 1.5, "percent_width": 4},
    "precision": {"rms_s2s_px": 8, "sd_px": 15, "deg": 0.3},
    "sample_rate_hz": 30,
    "data_loss": 0.02,
    "distance_mm": 600,
    "screen_mm": {"width": 345, "height": 194},
    "points": [
        {"target": {"id": i, "x": x, "y": y}, "n_valid": 30, "n_total": 30, "offset_px": {"dx": dx, "dy": 0},
         "accuracy_px": abs(dx), "rms_s2s_px": 8, "sd_px": 15}
        for i, (x, y, dx) in enumerate([(0.2, 0.2, 60), (0.8, 0.2, -60), (0.2, 0.8, -60), (0.8, 0.8, 60)])
    ],
    "failed_points": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "brightness", "grade", "said"),
    [
        ({}, 120, "good", "Good for tiles"),
        ({"accuracy": {"px": 400, "cm": None, "deg": None, "percent_width": 20}}, 120, "poor", "Too coarse"),
        ({"accuracy": None, "failed_points": [2]}, 120, "poor", "At 1 of 4 dots"),
        ({}, 60, "good", "lamp in front of you"),
        ({}, 230, "good", "overexposed"),
        ({"distance_mm": 350}, 120, "good", "farther away"),
        ({"distance_mm": 900}, 120, "good", "Come closer"),
        ({"data_loss": 0.3}, 120, "good", "glasses"),
        ({"sample_rate_hz": 7}, 120, "good", "--network fast"),
    ],
)
def test_a_validation_is_judged_in_words(
    module: Evaluate, changed: dict[str, Any], brightness: float, grade: str, said: str
) -> None:
    screen = "{ width: 1920, height: 1080 }"
    verdict = module("ui/grading", f"m.verdictOf({json.dumps(RESULT | changed)}, {screen}, {brightness})")
    assert verdict["grade"] == grade
    assert said in " ".join([verdict["title"], verdict["use"], *verdict["advice"]])


def test_a_worse_lower_half_and_an_error_that_points_one_way_get_their_own_advice(module: Evaluate) -> None:
    low = json.loads(json.dumps(RESULT))
    for point in low["points"]:
        point["accuracy_px"] = 150 if point["target"]["y"] > 0.5 else 40
        point["offset_px"] = {"dx": 0, "dy": point["accuracy_px"]}
    verdict = module("ui/grading", f"m.verdictOf({json.dumps(low)}, {{ width: 1920, height: 1080 }}, 120)")
    assert any("lower half is worse" in advice for advice in verdict["advice"])
    assert any("One dot" in advice for advice in verdict["advice"])


def test_the_map_gives_each_place_the_error_of_the_dots_around_it(module: Evaluate) -> None:
    uneven = json.loads(json.dumps(RESULT))
    uneven["points"][0]["accuracy_px"] = 200
    uneven["points"][3]["accuracy_px"] = None
    near, far = module(
        "ui/accuracy-map",
        f"[[0.2, 0.2], [0.8, 0.2]].map(([x, y]) => m.errorAt({json.dumps(uneven)}, x, y, "
        "{ width: 1920, height: 1080 }))",
    )
    assert near > 150 > 90 > far
