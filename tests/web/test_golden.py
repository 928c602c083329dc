"""tests/golden/*.json against the server. The units of web/ read the same files, so the page and the server agree."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest

from calibration.profiles.names import is_user_name
from calibration.samples.selection import SETTLE_MS
from models.analysis import GLARE
from server.gaze import confidence
from server.gaze.doubts import GROWN
from server.protocol.frames import parse_frame
from server.session.target_run import MIN_SAMPLES, WINDOW_MS
from tests.support.paths import ROOT
from tests.support.server import jpeg


def golden(name: str) -> Any:
    return json.loads((ROOT / "tests" / "golden" / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("header", golden("frame_headers.json"), ids=lambda header: header["about"])
def test_the_server_reads_the_frame_header_that_the_page_writes(header: dict[str, Any]) -> None:
    frame = header["frame"]
    overview, roi, full = frame.get("overview", False), frame["roi"], frame["full"]
    numbers = (frame["seq"], frame["capturedMs"], *roi.values(), full["width"], full["height"])
    assert bytes.fromhex(header["hex"]) == struct.pack("<2sBBId6H", b"SL", 1, int(overview), *numbers)
    message = parse_frame(bytes.fromhex(header["hex"]) + jpeg())
    assert (message.seq, message.captured_ms, message.overview) == (frame["seq"], frame["capturedMs"], overview)
    assert (message.roi.x, message.roi.y, message.roi.width, message.roi.height) == tuple(roi.values())
    assert (message.full_width_px, message.full_height_px) == (full["width"], full["height"])
    assert message.is_whole == (roi == {"x": 0, "y": 0, **full})


def test_the_user_names_are_the_ones_that_the_server_takes() -> None:
    names = golden("user_names.json")
    assert all(is_user_name(name) for name in names["taken"])
    assert not any(is_user_name(name) for name in names["refused"])
    letters = [chr(point) for point in range(names["letters_up_to"])]
    assert "".join(letter for letter in letters if is_user_name(letter)) == names["letters_that_begin"]
    assert "".join(letter for letter in letters if is_user_name(f"a{letter}b")) == names["letters_inside"]


def test_the_times_and_thresholds_are_the_servers() -> None:
    rules = golden("server_rules.json")
    assert rules["dot"] == {"settle_ms": SETTLE_MS, "window_ms": WINDOW_MS, "min_samples": MIN_SAMPLES}
    light = rules["light"]
    cheap = light.pop("costs_at_most_a_fifth")
    names = ("dark", "dim", "bright", "blinding")
    assert light == {name: getattr(confidence, name.upper()) for name in names}
    assert [grey for grey in range(256) if confidence.light(grey) >= 0.8] == [*range(cheap["from"], cheap["to"] + 1)]
    assert rules["glare"] == GLARE
    assert rules["error_has_grown"] == GROWN
    assert rules["distance_mm"] == {"nearest": confidence.NEAREST_MM, "farthest": confidence.FARTHEST_MM}
