from __future__ import annotations

import dataclasses
from typing import Any

from calibration.screen import ScreenGeometry, ScreenPoint
from server.events.annotator import GazeAnnotator
from server.events.noise import Noise
from server.gaze.sample import Estimate, GazeSample
from server.protocol.areas import Area
from server.protocol.gaze import VALID_STATUSES, Status
from server.protocol.geometry import Rect, ScreenLayout
from tests.support.gaze_messages import as_read
from tests.support.server import NOW_MS, SCREEN, analysis, frame

LAYOUT = ScreenLayout(SCREEN, Rect(0.0, 0.0, 1000.0, 400.0))


class Watching:
    """One session's annotator and its gaze samples, frame by frame."""

    def __init__(self) -> None:
        self.annotator = GazeAnnotator("s_1")
        self.layout: ScreenLayout | None = LAYOUT
        self.annotator.set_noise("c_1", Noise(0.01, 0.01))
        self.seq = 0
        self.messages: list[dict[str, Any]] = []

    def see(
        self,
        x: float = 0.5,
        y: float = 0.5,
        frames: int = 1,
        *,
        status: Status = "ok",
        openness: float = 0.25,
        calibration: str = "c_1",
        areas_live: bool = True,
        lids_move: bool = False,
    ) -> dict[str, Any]:
        for _ in range(frames):
            self.seq += 1
            found = analysis(status=status if status in ("no_face", "eyes_closed") else "ok")
            if found.features is not None:
                features = dataclasses.replace(found.features, openness=found.features.openness * 0 + openness)
                found = dataclasses.replace(found, features=features)
            point = ScreenPoint(x, y)
            reported: Status = "eyes_closed" if lids_move else status
            valid = reported in VALID_STATUSES
            sample = GazeSample(
                session_id="s_1",
                seq=self.seq,
                frame=frame(self.seq, NOW_MS + self.seq * 33.0),
                status=reported,
                latency_ms=1.0,
                analysis=found,
                estimate=Estimate(point, point, 40.0, 1.0, SCREEN) if valid else None,
                calibration_id=calibration,
            )
            seen = self.annotator.annotate(sample, self.layout, areas_live=areas_live)
            self.messages += [as_read(event) for event in seen.events]
            assert all(event.session == "s_1" for event in seen.events)
        gaze: dict[str, Any] = as_read(seen.added_to(sample.message()))
        return gaze

    def reported(self, *topics: str) -> list[tuple[Any, ...]]:
        wanted = [m for m in self.messages if m["type"] in topics]
        return [(m["type"], m.get("phase"), m.get("id")) for m in wanted]


def test_a_jump_of_the_eyes_becomes_messages_with_pixels_and_degrees() -> None:
    watching = Watching()
    measured = ScreenGeometry(1000, 500, width_mm=500, height_mm=250, distance_mm=600)
    watching.layout = ScreenLayout(measured, LAYOUT.viewport)
    watching.see(0.25, 0.5, 10)
    fields = watching.see(0.75, 0.5, 10)
    assert watching.reported("fixation", "saccade") == [
        ("fixation", "start", 1),
        ("fixation", "end", 1),
        ("saccade", "start", 1),
        ("saccade", "end", 1),
        ("fixation", "start", 2),
    ]
    ended = next(m for m in watching.messages if m["type"] == "fixation" and m["phase"] == "end")
    assert (ended["x"], ended["y"], ended["x_px"], ended["y_px"]) == (0.25, 0.5, 250.0, 250.0)
    assert (ended["start"], ended["timestamp"]) == (NOW_MS + 33.0, NOW_MS + 330.0)
    assert (ended["duration_ms"], ended["space"], ended["dispersion"]) == (297.0, "screen", 0.0)
    start, end = [m for m in watching.messages if m["type"] == "saccade"]
    assert (start["from"], start["to"], start["amplitude_px"]) == ({"x": 0.25, "y": 0.5}, None, None)
    assert (end["to"], end["amplitude_px"], end["amplitude_deg"]) == ({"x": 0.75, "y": 0.5}, 500.0, 23.54)
    assert fields["event"] == "fixation"
    assert fields["fixation"] == {
        "id": 2,
        "start": NOW_MS + 11 * 33.0,
        "duration_ms": 297.0,
        "x": 0.75,
        "y": 0.5,
        "dispersion": 0.0,
    }


def test_an_invalid_sample_has_no_fixation() -> None:
    watching = Watching()
    watching.see(frames=10)
    gaze = watching.see(status="eyes_closed", openness=0.02)
    assert (gaze["event"], gaze["fixation"]) == ("blink", None)
    gaze = watching.see(status="no_face")
    assert (gaze["event"], gaze["fixation"]) == (None, None)


def test_each_change_of_status_is_sent_once() -> None:
    watching = Watching()
    for status in ("uncalibrated", "uncalibrated", "ok", "ok", "no_face", "ok"):
        watching.see(status=status)  # type: ignore[arg-type]
    changes = [(m["previous"], m["status"], m["valid"]) for m in watching.messages if m["type"] == "status"]
    assert changes == [
        (None, "uncalibrated", False),
        ("uncalibrated", "ok", True),
        ("ok", "no_face", False),
        ("no_face", "ok", True),
    ]


def test_closing_eyelids_are_no_saccade() -> None:
    watching = Watching()
    watching.see(0.5, 0.5, 10)
    watching.see(0.5, 0.8, 1, openness=0.17)
    watching.see(0.5, 0.9, 1, openness=0.1)
    watching.see(frames=3, status="eyes_closed", openness=0.02)
    watching.see(0.5, 0.5, 10)
    assert watching.reported("saccade") == []
    assert watching.reported("blink") == [("blink", "start", 1), ("blink", "end", 1)]


def test_a_frame_rejected_for_its_eyelids_is_no_blink() -> None:
    watching = Watching()
    watching.see(frames=10)
    watching.see(frames=2, status="eyes_closed", openness=0.02)
    watching.see(frames=2, lids_move=True)
    watching.see(frames=5)
    assert watching.reported("blink") == [("blink", "start", 1), ("blink", "end", 1)]
    (ended,) = [message for message in watching.messages if message["type"] == "blink" and message["phase"] == "end"]
    assert ended["duration_ms"] == 66.0, "from the first shut frame to the first that is not"


def test_eyelids_that_stay_low_do_not_stop_the_detection() -> None:
    watching = Watching()
    watching.see(0.5, 0.2, 10)
    assert watching.see(0.5, 0.9, 12, openness=0.16)["event"] == "fixation"


def test_a_pause_and_a_new_calibration_end_a_fixation() -> None:
    watching = Watching()
    watching.see(frames=10)
    watching.see(status="paused", frames=2)
    assert watching.reported("fixation") == [("fixation", "start", 1), ("fixation", "end", 1)]
    watching.see(frames=10)
    watching.see(calibration="c_2")
    assert watching.reported("fixation")[-1] == ("fixation", "end", 2)


def test_a_loaded_calibration_is_measured_by_the_gaze_itself() -> None:
    quiet, loaded = Watching(), Watching()
    for watching, calibration in ((quiet, "c_1"), (loaded, "c_loaded")):
        watching.see(0.5, 0.5, 40, calibration=calibration)
        watching.see(0.56, 0.5, 20, calibration=calibration)
    assert quiet.reported("saccade") == loaded.reported("saccade") == [("saccade", "start", 1), ("saccade", "end", 1)]


def test_areas_are_in_the_gaze_and_in_messages_and_dwelling_selects() -> None:
    watching = Watching()
    assert "aoi" not in watching.see(0.15, 0.15)
    key = Area("#key", Rect(100.0, 50.0, 100.0, 50.0), in_viewport=True, dwell_ms=300.0)
    watching.annotator.set_areas("page", (key,))
    watching.annotator.set_areas("program", (Area("all", Rect(0.0, 0.0, 1000.0, 500.0)),))
    fields = watching.see(0.15, 0.15, 8)
    assert fields["aoi"] == ["#key", "all"]
    assert fields["dwell"] == {"id": "#key", "progress": 0.77}
    watching.see(0.15, 0.15, 5)
    assert watching.see(0.9, 0.9, 10)["aoi"] == ["all"]
    assert watching.reported("aoi", "dwell") == [
        ("aoi", "start", "#key"),
        ("aoi", "start", "all"),
        ("dwell", "start", "#key"),
        ("dwell", "select", "#key"),
        ("aoi", "end", "#key"),
        ("dwell", "end", "#key"),
    ]
    assert watching.see(status="no_face")["aoi"] == []


def test_the_areas_of_a_socket_go_with_it_and_their_visits_end() -> None:
    watching = Watching()
    watching.annotator.set_areas("page", (Area("a", Rect(0.0, 0.0, 1000.0, 500.0), dwell_ms=5000.0),))
    watching.see(frames=8)
    watching.annotator.set_areas("page", ())
    assert "aoi" not in watching.see()
    assert watching.reported("aoi")[-1] == ("aoi", "end", "a")


def test_while_targets_are_followed_no_area_is_selected() -> None:
    watching = Watching()
    watching.annotator.set_areas("page", (Area("a", Rect(0.0, 0.0, 1000.0, 500.0), dwell_ms=300.0),))
    fields = watching.see(frames=30, areas_live=False)
    assert (fields["aoi"], watching.reported("aoi", "dwell")) == ([], [])


def test_without_a_geometry_there_are_events_but_no_areas() -> None:
    watching = Watching()
    watching.layout = None
    watching.annotator.set_areas("page", (Area("a", Rect(0.0, 0.0, 1000.0, 500.0), dwell_ms=300.0),))
    fields = watching.see(frames=10)
    assert (fields["event"], fields["aoi"]) == ("fixation", [])
    assert watching.messages[-1]["x_px"] is None
