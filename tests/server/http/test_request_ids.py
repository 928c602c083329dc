"""Each answer to a request with a `request_id` repeats it, also refusals and late answers."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.support.protocol_document import examples
from tests.support.server import camera_client, running_server
from tests.support.times import WAIT_S


async def answer(connection: ClientConnection, request_id: str | int) -> dict[str, Any]:
    while True:
        message: dict[str, Any] = json.loads(await asyncio.wait_for(connection.recv(), WAIT_S))
        if message.get("request_id") == request_id:
            return message


async def test_every_request_of_the_protocol_is_answered_with_its_id_with_and_without_a_calibration(
    tmp_path: Path,
) -> None:
    async with running_server(tmp_path) as server:
        for calibrated in (False, True):
            for number, request in enumerate(examples("client")):
                async with camera_client(server) as camera:
                    if calibrated:
                        await camera.calibrate()
                    await camera.connection.send(json.dumps({**request, "request_id": number}))
                    got = await answer(camera.connection, number)
                    assert got["type"] != "gaze", request


async def test_a_point_that_is_announced_with_an_id_is_accepted_with_it(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        await camera.say("geometry", screen={"width_px": 1000, "height_px": 500})
        await camera.say("calibration_start")
        target = (await camera.get("calibration"))["targets"][0]
        await camera.say("calibration_point", target_id=target["id"], shown_ms=5.0, request_id="p")
        assert await answer(camera.connection, "p") == {"type": "accepted", "request_id": "p"}


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"type": "dance"}, "unknown_message"),
        ({"type": "mark"}, "bad_message"),
        ({"type": "subscribe", "topics": ["dance"]}, "bad_message"),
        ({"type": "pause"}, "read_only"),
    ],
)
async def test_the_error_that_ends_a_stream_has_the_id_of_its_request(
    tmp_path: Path, bad: dict[str, Any], code: str
) -> None:
    async with running_server(tmp_path) as server, connect(server.stream_url) as stream:
        await stream.send(json.dumps({**bad, "request_id": "b"}))
        assert (await answer(stream, "b"))["code"] == code
        await asyncio.wait_for(stream.wait_closed(), WAIT_S)
        assert stream.close_code == (1008 if code == "read_only" else 1007)


async def test_the_results_of_a_fit_and_of_its_saving_repeat_the_request_id(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        await camera.calibrate()
        for user, states in ((None, ["fitting", "done"]), ("Ada", ["fitting", "done", "saved"])):
            for x, y in ((0.1, 0.1), (0.9, 0.1), (0.5, 0.9)):
                shown = await camera.show(x, y)
                await camera.say("look", x=x, y=y, start_ms=shown["timestamp"], end_ms=shown["timestamp"])
            await camera.say("look_fit", request_id="f", **({} if user is None else {"user": user}))
            answers = [await answer(camera.connection, "f") for _ in states]
            assert sorted(message["state"] for message in answers) == sorted(states)
