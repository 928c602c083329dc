"""The log with all its lines has no name, no token and no address of a client."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from aiohttp import ClientSession
from websockets.asyncio.client import connect

from tests.support.server import GEOMETRY, camera_client, running_server

NAME = "Ada"


async def test_sessions_profiles_recordings_and_refusals_leave_no_personal_data_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "profiles").write_text("a file, so no profile can be saved")
    with caplog.at_level(logging.DEBUG, "server"):
        async with running_server(tmp_path) as server, ClientSession(server.http) as http:
            async with camera_client(server) as camera:
                token = (await camera.get("hello"))["token"]
                await camera.calibrate()
                await camera.say("profile_save", user=NAME)
                assert (await camera.get("error"))["code"] == "profile_failed"
                await camera.say("record_start", person=NAME)
                await camera.get("record")
                for method, path in (
                    ("GET", f"/v1/profiles/{NAME}/1000x500/export?token={token}"),
                    ("DELETE", f"/v1/profiles/{NAME}/1000x500?token={token}x"),
                    ("GET", f"/{NAME}?token={token}"),
                    ("PUT", f"/{NAME}"),
                ):
                    async with http.request(method, path) as answer:
                        assert answer.status >= 400
            async with connect(server.camera_url) as broken:
                await broken.send(json.dumps({**GEOMETRY, "screen": NAME, "camera": NAME}))
                await broken.wait_closed()
    assert "a profile was not saved" in caplog.text
    assert "/v1/profiles/{user}/{screen}" in caplog.text
    assert "closing a socket with 1007: bad_message" in caplog.text
    for private in (NAME, token, str(tmp_path), "127.0.0.1"):
        assert private not in caplog.text, private
