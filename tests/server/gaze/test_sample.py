from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from calibration.screen import ScreenPoint
from models.face.camera import Region
from server.gaze.sample import Estimate, GazeSample, face_outline
from server.protocol.frames import FrameMessage, JpegSize
from tests.support.gaze_messages import as_read
from tests.support.server import NOW_MS, SCREEN, analysis, frame

ALWAYS = {"type", "v", "session", "seq", "timestamp", "valid", "status", "x", "y", "x_px", "y_px", "confidence"}


def sample(**changed: Any) -> GazeSample:
    fields: dict[str, Any] = {
        "session_id": "s_1",
        "seq": 3,
        "frame": frame(9),
        "status": "ok",
        "latency_ms": 38.24,
        "analysis": analysis(),
        "track_id": 1,
        "estimate": Estimate(ScreenPoint(0.25, 0.5), ScreenPoint(0.3, 0.4), 74.04, 0.8765, SCREEN),
        "calibration_id": "c_1",
    }
    return GazeSample(**(fields | changed))


def test_a_valid_sample_carries_everything() -> None:
    wire = as_read(sample().message())
    assert wire.keys() >= ALWAYS
    assert (wire["x"], wire["y"], wire["x_px"], wire["y_px"]) == (0.25, 0.5, 250.0, 250.0)
    assert (wire["seq"], wire["frame"], wire["timestamp"]) == (3, 9, NOW_MS)
    assert (wire["error_px"], wire["confidence"], wire["latency_ms"]) == (74.0, 0.876, 38.2)
    assert wire["raw"] == {"x": 0.3, "y": 0.4}
    assert wire["head"] == {"yaw": 4.2, "pitch": -2.0, "roll": 0.6, "x": 12.0, "y": -35.0, "z": 571.0, "track_id": 1}
    assert wire["eyes"]["left"] == {"openness": 1.0, "closed": False}
    assert wire["calibration"] == "c_1"


@pytest.mark.parametrize("status", ["no_face", "eyes_closed", "low_light", "uncalibrated", "paused", "error"])
def test_an_invalid_sample_has_no_coordinates(status: str) -> None:
    wire = as_read(sample(status=status, estimate=None).message())
    assert wire.keys() >= ALWAYS
    assert wire["valid"] is False
    assert [wire[key] for key in ("x", "y", "x_px", "y_px", "raw")] == [None] * 5
    assert wire["confidence"] == 0.0


def test_a_stale_calibration_still_gives_a_point() -> None:
    assert as_read(sample(status="stale_calibration").message())["valid"] is True


def test_status_and_point_can_not_contradict_each_other() -> None:
    with pytest.raises(ValueError, match="status ok"):
        sample(estimate=None)
    with pytest.raises(ValueError, match="status no_face"):
        sample(status="no_face")


def test_a_point_beside_the_screen_is_not_pulled_back() -> None:
    beside = Estimate(ScreenPoint(-0.2, 1.3), ScreenPoint(-0.2, 1.3), 50.0, 1.0, SCREEN)
    wire = as_read(sample(estimate=beside).message())
    assert (wire["x"], wire["y_px"], wire["on_screen"]) == (-0.2, 650.0, False)


def test_without_a_face_the_face_members_are_left_out() -> None:
    wire = as_read(
        sample(status="no_face", estimate=None, analysis=analysis(status="no_face"), latency_ms=None).message()
    )
    assert not wire.keys() & {"head", "eyes", "gaze"}
    assert wire["latency_ms"] is None
    assert face_outline(analysis(status="no_face"), frame()) is None


def test_the_faces_place_is_in_units_of_the_full_frame_though_only_a_region_was_sent() -> None:
    cut = FrameMessage(1, NOW_MS, Region(320, 120, 320, 240), 1280, 720, b"", JpegSize(160, 120))
    face = face_outline(replace(analysis(), glare=0.456), cut)
    assert face is not None
    assert face.box == (0.3125, 0.2333, 0.125, 0.2)  # x: (320 + 0.25 * 320) / 1280
    assert face.eyes[0] == (0.4, 0.3)
    assert face.brightness == 120.0
    assert face.glare == 0.46
