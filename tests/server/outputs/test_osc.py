"""OSC, byte by byte as its specification has it, and as a receiver reads it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_message import OscMessage

from server.errors import StartupError
from server.outputs import output_options
from server.outputs.osc import OscSender, packet, parse_destination
from server.protocol.calibration import CalibrationStep
from server.protocol.types import ServerMessage
from server.streaming.hub import GazeHub
from tests.support.gaze_messages import blink, fixation, gaze, mark, stimulus
from tests.support.server import camera_client, running_server
from tests.support.times import WAIT_S

TIME_MS = 1_763_843_912_345.6
VALID = gaze(timestamp=TIME_MS, valid=True, status="ok", x=0.25, y=0.75, confidence=0.5, error_px=74.0)
LOST = gaze(timestamp=TIME_MS)


def received(data: bytes | None) -> tuple[str, list[Any], float]:
    """Address, arguments and unix ms of a bundle."""
    assert data is not None
    bundle = OscBundle(data)
    assert bundle.num_contents == 1
    message = bundle.content(0)
    assert isinstance(message, OscMessage)
    return message.address, list(message.params), bundle.timestamp * 1000.0


@pytest.mark.parametrize(
    ("message", "address", "arguments"),
    [
        (VALID, "/sightline/gaze", [0.25, 0.75, 0.5, 74.0]),
        (LOST, "/sightline/lost", ["no_face"]),
        (fixation("start", 0.5, 0.25, TIME_MS), "/sightline/fixation", ["start", 57, 0.5, 0.25]),
        (blink("end", TIME_MS), "/sightline/blink", ["end"]),
        (mark("Grüße, page 2", TIME_MS), "/sightline/mark", ["Grüße, page 2"]),
        (mark("four", TIME_MS), "/sightline/mark", ["four"]),
        (stimulus("end", "cat", TIME_MS), "/sightline/stimulus", ["end", "cat"]),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, ServerMessage) else "",
)
def test_a_message_arrives_with_its_time(message: ServerMessage, address: str, arguments: list[Any]) -> None:
    got = received(packet(message))
    assert got[:2] == (address, arguments)
    assert got[2] == pytest.approx(TIME_MS, abs=0.01)


def test_the_bytes_are_those_of_the_specification() -> None:
    seconds, fraction = 1_763_843_912 + 2_208_988_800, round(0.5 * 2**32)  # since 1900
    message = b"/sightline/gaze\0" + b",ffff\0\0\0" + struct.pack(">4f", 0.25, 0.75, 0.5, 74.0)
    bundle = b"#bundle\0" + struct.pack(">III", seconds, fraction, len(message)) + message
    assert packet(structs.replace(VALID, timestamp=1_763_843_912_500.0)) == bundle
    short = packet(blink("end", 1_763_843_912_500.0))
    assert short is not None
    assert short[20:] == b"/sightline/blink\0\0\0\0" + b",s\0\0" + b"end\0"


def test_a_zero_byte_does_not_end_a_label() -> None:
    assert received(packet(mark("a\0b", TIME_MS)))[1] == ["ab"]


def test_messages_without_an_osc_address_are_not_sent() -> None:
    assert packet(CalibrationStep("fitting")) is None


def test_a_fixation_without_a_place_is_not_sent_as_a_zero() -> None:
    assert packet(fixation("end", None, None, TIME_MS)) is None


@pytest.mark.parametrize(
    ("text", "destination"),
    [("9000", ("127.0.0.1", 9000)), ("studio:57120", ("studio", 57120)), ("[::1]:9000", ("::1", 9000))],
)
def test_a_destination_is_a_port_or_a_host_and_a_port(text: str, destination: tuple[str, int]) -> None:
    assert parse_destination(text) == destination


async def test_a_receiver_gets_the_points_of_a_session(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.setblocking(False)
        loop = asyncio.get_running_loop()
        osc = output_options("--osc", str(receiver.getsockname()[1]))
        async with running_server(tmp_path, outputs=osc) as server, camera_client(server) as camera:
            await camera.calibrate()
            shown = await camera.show(0.8, 0.6)
            while True:
                address, arguments, time_ms = received(await asyncio.wait_for(loop.sock_recv(receiver, 4096), WAIT_S))
                if abs(time_ms - shown["timestamp"]) < 0.01 and address == "/sightline/gaze":
                    break
    assert arguments == pytest.approx([shown[name] for name in ("x", "y", "confidence", "error_px")], rel=1e-6)


async def test_a_receiver_that_is_not_there_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    hub = GazeHub()
    hub.open("s_1")
    sender = OscSender(hub=hub, destinations=[("127.0.0.1", 1)])
    await sender.start()
    for seq in range(20):
        hub.publish("s_1", gaze(seq, timestamp=TIME_MS))
        await asyncio.sleep(0)
    assert hub.subscriber_count == 1
    await sender.close()
    assert hub.subscriber_count == 0
    assert "a bug" not in caplog.text


async def test_each_destination_gets_each_message() -> None:
    hub = GazeHub()
    hub.open("s_1")
    loop = asyncio.get_running_loop()
    with contextlib.ExitStack() as closing:
        receivers = [closing.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(2)]
        for receiver in receivers:
            receiver.bind(("127.0.0.1", 0))
            receiver.setblocking(False)
        sender = OscSender(hub=hub, destinations=[receiver.getsockname() for receiver in receivers])
        await sender.start()
        await asyncio.sleep(0)  # it subscribes
        hub.publish("s_1", gaze(timestamp=TIME_MS))
        got = [await asyncio.wait_for(loop.sock_recv(receiver, 4096), WAIT_S) for receiver in receivers]
        await sender.close()
    assert got == [packet(LOST)] * 2


async def test_an_unknown_host_is_reported_at_the_start() -> None:
    sender = OscSender(hub=GazeHub(), destinations=[("no-such-host.invalid", 9000)])
    with pytest.raises(StartupError, match=r"no-such-host\.invalid.*--osc"):
        await sender.start()


async def test_sending_to_another_machine_is_logged_as_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    sender = OscSender(hub=GazeHub(), destinations=[("192.0.2.1", 9000)])
    await sender.start()
    await sender.close()
    assert "leaves this machine" in caplog.text
