"""Lab Streaming Layer: the values, and a real inlet of pylsl in a process of its own."""

from __future__ import annotations

import asyncio
import json
import math
import os
import sys
import time
import uuid
from pathlib import Path
from statistics import median

import pytest

from server.clock import SystemClock
from server.errors import StartupError
from server.http.context import CONTEXT
from server.outputs.lsl import CHANNELS, LslOutlets, channels, marker, source_id_of
from server.streaming.hub import GazeHub
from tests.support.gaze_messages import LOST_GAZE, VALID_GAZE, fixation, mark, stimulus
from tests.support.paths import ROOT
from tests.support.server import camera_client, running_server
from tests.support.times import WAIT_S


def by_label(values: list[float]) -> dict[str, float]:
    return dict(zip((label for label, _, _ in CHANNELS), values, strict=True))


def test_each_channel_has_its_value() -> None:
    assert by_label(channels(VALID_GAZE)) == {
        **{"ScreenX": 0.25, "ScreenY": 1.125, "Confidence": 0.5, "ErrorRadius": 74.0},
        **{"HeadX": 12.0, "HeadY": -35.0, "HeadZ": 571.0, "FrameNumber": 7.0, "Valid": 1.0},
    }


def test_unknown_values_are_nan_and_never_zero() -> None:
    values = by_label(channels(LOST_GAZE))
    assert (values.pop("FrameNumber"), values.pop("Valid")) == (8.0, 0.0)
    assert all(math.isnan(value) for value in values.values())


def test_events_become_one_line_each() -> None:
    assert marker(mark("page 2")) == "mark page 2"
    assert marker(stimulus("start", "cat")) == "stimulus start cat"
    assert marker(fixation("start", 0.5, 0.5)) == "fixation start 57"


def test_a_source_id_is_that_of_one_server_on_one_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    here = source_id_of(8765)
    assert source_id_of(8765) == here, "after a restart, an inlet finds its stream again"
    assert source_id_of(8766) != here
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("socket.gethostname", lambda: "lab-2")
        assert source_id_of(8765) != here
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("uuid.getnode", lambda: 0x02AABBCCDDEE)
        assert source_id_of(8765) != here, "a copy of this machine, with its name"


def test_servers_on_free_ports_have_different_source_ids() -> None:
    assert source_id_of(0) != source_id_of(0)


async def test_without_pylsl_the_start_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pylsl", None)
    outlets = LslOutlets(hub=GazeHub(), clock=SystemClock(), scope="machine", source_id="test")
    with pytest.raises(StartupError, match=r"pip install -e '\.\[lsl\]'"):
        outlets.start()


async def test_a_real_inlet_gets_samples_and_markers_with_the_time_of_the_capture(tmp_path: Path) -> None:
    pytest.importorskip("pylsl", reason="needs pylsl with its library", exc_type=Exception)
    source_id = f"test-{uuid.uuid4()}"  # other tests may run on this machine
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        hub = server.app[CONTEXT].hub
        outlets = LslOutlets(hub=hub, clock=SystemClock(), scope="machine", source_id=source_id)
        outlets.start()
        await camera.calibrate()
        reader = await asyncio.create_subprocess_exec(
            *(sys.executable, str(ROOT / "tests/foreign/lsl_reader.py"), source_id, "mark page 2", str(WAIT_S)),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "LSLAPICFG": "/nonexistent"},
        )
        assert reader.stdout is not None
        assert (await asyncio.wait_for(reader.stdout.readline(), WAIT_S)).strip() == b"ready"
        shown = {}
        for _ in range(50):
            message = await camera.show(0.25, 0.75, captured_ms=time.time() * 1000.0 - 300.0)
            shown[message["seq"]] = message
            await asyncio.sleep(0.03)  # as a camera does
        await camera.say("mark", label="page 2")
        out, _ = await asyncio.wait_for(reader.communicate(), WAIT_S)
        await outlets.close()
        assert hub.subscriber_count == 1, "only the camera's own page is left"
    result = json.loads(out.decode().splitlines()[-1])
    assert result["labels"] == [label for label, _, _ in CHANNELS]
    assert "mark page 2" in result["markers"]
    assert any(text.startswith("fixation start") for text in result["markers"])
    samples = [by_label(values) for values in result["samples"]]
    assert len(samples) > 20
    late_ms = []
    for sample, stamp in zip(samples, result["unix_ms"], strict=True):
        if sample["Valid"] == 0.0:
            continue  # a busy machine showed no frame for a while
        message = shown[int(sample["FrameNumber"])]
        assert (sample["ScreenX"], sample["ScreenY"]) == pytest.approx((message["x"], message["y"]), abs=1e-5)
        late_ms.append(stamp - message["timestamp"])
    # 300 ms old when it was sent: the stamp is the capture's, on LSL's clock. (The median: a busy machine may stop a
    # process between its readings of two clocks.)
    assert median(late_ms) == pytest.approx(0.0, abs=20.0)
