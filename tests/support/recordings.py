"""The start of a recording, for tests of the files."""

from __future__ import annotations

from calibration.screen import ScreenGeometry
from server.recordings.records import StartRecording
from tests.support.server import NOW_MS

START = StartRecording(
    recording_id="r_20261124_160000_0a1b2c",
    started_ms=NOW_MS,
    frames=True,
    person="Ada",
    screen=ScreenGeometry(1000, 500, width_mm=344),
    hfov_deg=70.0,
    camera="HD Webcam",
)
