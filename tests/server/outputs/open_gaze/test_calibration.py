"""Calibrations over the Open Gaze API, against a running server: of a client's own dots, and of the page's game."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

from tests.support.open_gaze import (
    MIDDLE,
    LookingPerson,
    OpenGazeClient,
    calibration_place,
    connect_open_gaze,
    send_screen,
)
from tests.support.server import OPEN_GAZE, CameraClient, camera_client, running_server
from tests.support.times import POLL_S, attempts

QUICK = b'<SET ID="CALIBRATE_DELAY" VALUE="0" />\r\n', b'<SET ID="CALIBRATE_TIMEOUT" VALUE="1.8" />\r\n'
START, STOP = b'<SET ID="CALIBRATE_START" STATE="1" />\r\n', b'<SET ID="CALIBRATE_START" STATE="0" />\r\n'
SHOW = b'<SET ID="CALIBRATE_SHOW" STATE="1" />\r\n'
SUMMARY = b'<GET ID="CALIBRATE_RESULT_SUMMARY" />\r\n'


@contextlib.asynccontextmanager
async def camera_and_client(folder: Path) -> AsyncIterator[tuple[CameraClient, OpenGazeClient]]:
    async with (
        running_server(folder, outputs=OPEN_GAZE) as server,
        camera_client(server) as camera,
        connect_open_gaze(server) as client,
    ):
        yield camera, client


async def until(client: OpenGazeClient, words: str) -> str:
    while words not in (line := await client.line()):
        assert line, f"the connection ended before {words}"
    return line


async def three_points(client: OpenGazeClient) -> None:
    assert "ACK" in await client.ask(b'<SET ID="CALIBRATE_CLEAR" />\r\n')
    for x, y in ((0.1, 0.1), (0.9, 0.2), (0.4, 0.9)):
        assert "ACK" in await client.ask(f'<SET ID="CALIBRATE_ADDPOINT" X="{x}" Y="{y}" />\r\n'.encode())
    for command in QUICK:
        assert "ACK" in await client.ask(command)


async def test_a_client_draws_the_dots_and_gets_the_result(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, outputs=OPEN_GAZE) as server,
        camera_client(server) as camera,
        connect_open_gaze(server) as client,
    ):
        await send_screen(camera)
        person = LookingPerson(camera)
        await three_points(client)
        assert (await client.ask(START)).startswith("<ACK")
        shown = []
        while "CALIB_RESULT_PT" in (line := await client.line()) or "CALIB_START_PT" in line:
            if "CALIB_START_PT" in line:
                person.place = calibration_place(line)
                shown.append(person.place)
        await person.leave()
        assert shown == [(0.1, 0.1), (0.9, 0.2), (0.4, 0.9)], "in the order in which the client has given them"
        assert 'ID="CALIB_RESULT"' in line
        assert [f'LV{i}="1"' in line and f'RV{i}="1"' in line for i in (1, 2, 3)] == [True, True, True]
        assert 'VALID_POINTS="3"' in await client.ask(SUMMARY)
        assert (await camera.show(*MIDDLE))["valid"]
        assert 'STATE="0"' in await client.ask(b'<GET ID="CALIBRATE_START" />\r\n')


async def test_without_a_face_the_result_has_no_valid_point(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, outputs=OPEN_GAZE) as server,
        camera_client(server) as camera,
        connect_open_gaze(server) as client,
    ):
        await send_screen(camera)
        await three_points(client)
        await client.ask(b'<SET ID="CALIBRATE_TIMEOUT" VALUE="0.1" />\r\n')
        assert (await client.ask(START)).startswith("<ACK")
        line = await until(client, 'ID="CALIB_RESULT"')
        assert [f'LV{i}="0"' in line for i in (1, 2, 3)] == [True, True, True]
        assert 'VALID_POINTS="0"' in await client.ask(SUMMARY)


async def test_a_calibration_that_cannot_begin_is_refused(tmp_path: Path) -> None:
    async with running_server(tmp_path, outputs=OPEN_GAZE) as server, connect_open_gaze(server) as client:
        assert (await client.ask(START)) == '<NACK ID="CALIBRATE_START" />', "no camera"
        async with camera_client(server) as camera:
            await camera.show(*MIDDLE)
            assert (await client.ask(START)).startswith("<NACK"), "no screen"
            await send_screen(camera)
            await client.ask(b'<SET ID="CALIBRATE_CLEAR" />\r\n')
            assert (await client.ask(START)).startswith("<NACK"), "no points"
            for _ in range(3):
                await client.ask(b'<SET ID="CALIBRATE_ADDPOINT" X="0.5" Y="0.5" />\r\n')
            assert (await client.ask(START)).startswith("<NACK"), "three times the same point"
            await three_points(client)
            await camera.say("calibration_start", pattern="9")
            await camera.get("calibration")
            assert (await client.ask(START)).startswith("<NACK"), "the page is showing dots"


async def test_a_client_can_stop_and_begin_again(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, outputs=OPEN_GAZE) as server,
        camera_client(server) as camera,
        connect_open_gaze(server) as client,
    ):
        await send_screen(camera)
        await three_points(client)
        for _ in range(3):
            assert (await client.ask(START)).startswith("<ACK")
            assert 'PT="1"' in await until(client, "CALIB_START_PT")
            assert (await client.ask(STOP)).startswith("<ACK")
        await client.ask(b'<SET ID="CALIBRATE_TIMEOUT" VALUE="0.1" />\r\n')
        assert (await client.ask(START)).startswith("<ACK")
        lines = [await client.line() for _ in range(7)]
        assert [re.sub(r'.*ID="(\w+)".*', r"\1", line) for line in lines] == [
            *["CALIB_START_PT", "CALIB_RESULT_PT"] * 3,
            "CALIB_RESULT",
        ], "nothing of the stopped rounds comes late"


async def test_when_the_client_leaves_its_round_is_cancelled(tmp_path: Path) -> None:
    async with running_server(tmp_path, outputs=OPEN_GAZE) as server, camera_client(server) as camera:
        await send_screen(camera)
        async with connect_open_gaze(server) as client:
            await three_points(client)
            await client.ask(START)
            await until(client, "CALIB_START_PT")
        async with connect_open_gaze(server) as other:
            for _ in attempts():
                if (await other.ask(START)).startswith("<ACK"):
                    break
                await asyncio.sleep(POLL_S)
            await until(other, "CALIB_START_PT")


async def test_the_page_may_cancel_and_the_client_gets_a_result_without_points(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, outputs=OPEN_GAZE) as server,
        camera_client(server) as camera,
        connect_open_gaze(server) as client,
    ):
        await send_screen(camera)
        await three_points(client)
        await client.ask(START)
        await until(client, "CALIB_START_PT")
        await camera.say("calibration_cancel")
        assert 'LV1="0"' in await until(client, 'ID="CALIB_RESULT"')


async def test_when_the_camera_disconnects_the_client_gets_a_result_without_points(tmp_path: Path) -> None:
    async with running_server(tmp_path, outputs=OPEN_GAZE) as server, connect_open_gaze(server) as client:
        async with camera_client(server) as camera:
            await send_screen(camera)
            await three_points(client)
            await client.ask(START)
            await until(client, "CALIB_START_PT")
        assert 'LV1="0"' in await until(client, 'ID="CALIB_RESULT"')


async def test_with_show_the_page_is_asked_and_its_game_is_reported(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, outputs=OPEN_GAZE) as server,
        camera_client(server) as camera,
        connect_open_gaze(server) as client,
    ):
        assert (await client.ask(SHOW)).startswith("<ACK")
        assert (await client.ask(START)).startswith("<ACK")
        asked = await camera.get("calibration")
        assert asked == {"type": "calibration", "state": "requested", "by": "open_gaze"}
        assert (await camera.calibrate())["state"] == "done"
        assert 'PT="1"' in await until(client, "CALIB_START_PT")
        result = await until(client, 'ID="CALIB_RESULT"')
        assert 'LV9="1"' in result
        assert "LV10" not in result
        assert 'VALID_POINTS="9"' in await client.ask(SUMMARY)


async def test_a_page_that_refuses_its_game_ends_the_calibration_at_once(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, outputs=OPEN_GAZE) as server,
        camera_client(server) as camera,
        connect_open_gaze(server) as client,
    ):
        await send_screen(camera)
        await client.ask(SHOW)
        await client.ask(START)
        await camera.get("calibration")
        await camera.say("game_refuse", reason="the page's camera is off")
        assert 'ID="CALIB_RESULT"' in await until(client, 'ID="CALIB_RESULT"')


async def test_a_client_that_shows_after_the_start_gets_the_pages_game(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, outputs=OPEN_GAZE) as server,
        camera_client(server) as camera,
        connect_open_gaze(server) as client,
    ):
        await send_screen(camera)
        assert (await client.ask(START)).startswith("<ACK")
        client.writer.write(SHOW)
        await until(client, 'ID="CALIBRATE_SHOW"')
        while (await camera.get("calibration"))["state"] != "requested":
            pass


async def test_a_game_that_the_person_starts_on_the_page_is_also_reported(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, outputs=OPEN_GAZE) as server,
        camera_client(server) as camera,
        connect_open_gaze(server) as client,
    ):
        await client.ask(SUMMARY)
        await camera.calibrate()
        assert 'LV9="1"' in await until(client, 'ID="CALIB_RESULT"')
