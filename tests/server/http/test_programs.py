"""Marks over HTTP, and tokens for programs of the server's own user."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from aiohttp import ClientSession
from websockets.asyncio.client import connect

from server.http.context import CONTEXT
from tests.support.received import received
from tests.support.server import GEOMETRY, Server, camera_client, running_server


def secret(server: Server) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.app[CONTEXT].secret}"}


async def test_a_mark_over_http_is_that_of_a_socket(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path) as server,
        camera_client(server) as camera,
        connect(f"{server.stream_url}?topics=mark") as reader,
        ClientSession(server.http) as http,
    ):
        headers = {"X-Sightline-Token": (await camera.get("hello"))["token"]}
        await camera.connection.send(json.dumps(GEOMETRY))
        await camera.say("record_start")
        recording = (await camera.get("record"))["recording"]
        async with http.post("/v1/marks", headers=headers, json={"label": "trial 7"}) as answer:
            assert answer.status == 200
            mark = await answer.json()
        assert (mark["type"], mark["label"]) == ("mark", "trial 7")
        assert (await received(reader, "mark"))["timestamp"] == mark["timestamp"]
        assert (await camera.get("mark"))["label"] == "trial 7"
    lines = tmp_path / "recordings" / recording / "samples.ndjson"
    assert '"label":"trial 7"' in lines.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b'{"label":""}', 400, "label must be a text of 1 to 64"),
        (b'{"label":7}', 400, "label must be a text"),
        (b"{}", 400, "label must be"),
        (b'["trial 7"]', 400, "a JSON object"),
        (b"trial 7", 400, "a JSON object"),
        (b'{"label":NaN}', 400, "JSON|number"),
        (b"\xff\xfe", 400, "a JSON object"),
        (b'{"label":"a","more":"' + b"x" * 70_000 + b'"}', 413, "may have 65536 bytes"),
    ],
)
async def test_a_body_that_is_no_mark_is_refused_with_the_reason(
    tmp_path: Path, body: bytes, status: int, says: str
) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera, ClientSession(server.http) as http:
        headers = {"X-Sightline-Token": (await camera.get("hello"))["token"]}
        async with http.post("/v1/marks", headers=headers, data=body) as answer:
            problem = await answer.json()
            assert (answer.status, problem["type"]) == (status, "error")
            assert any(part in problem["message"] for part in says.split("|"))


async def test_a_mark_needs_the_token_of_a_live_session(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http) as http:
        for headers, code in (({}, "token_missing"), ({"X-Sightline-Token": "old"}, "wrong_token")):
            async with http.post("/v1/marks", headers=headers, json={"label": "a"}) as answer:
                assert (answer.status, (await answer.json())["code"]) == (403, code)


async def test_the_secret_opens_the_token_where_other_machines_can_reach_the_server(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, host="0.0.0.0") as server,
        camera_client(server) as camera,
        ClientSession(server.http) as http,
    ):
        own = (await camera.get("hello"))["token"]
        async with http.get("/v1/token", headers=secret(server)) as answer:
            assert (await answer.json())["token"] == own
        async with http.get("/v1/token?of=lab", headers=secret(server)) as answer:
            assert await answer.json() == {"token": server.app[CONTEXT].lab_token}
        async with http.get("/v1/token?of=all", headers=secret(server)) as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, "bad_query")
        for path in ("/v1/token", "/v1/token?of=lab"):
            async with http.get(path) as answer:
                assert answer.status == 403


async def test_only_the_secret_opens_the_token(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http) as http:
        async with http.get("/v1/token", headers=secret(server)) as answer:
            assert (answer.status, (await answer.json())["code"]) == (404, "no_session")
        async with camera_client(server) as camera:
            hello = await camera.get("hello")
            for query in ("", f"?session={hello['session']}"):
                async with http.get(f"/v1/token{query}", headers=secret(server)) as answer:
                    assert await answer.json() == {"session": hello["session"], "token": hello["token"]}
            wrong = (
                {},
                {"Authorization": "Bearer no"},
                {"Authorization": secret(server)["Authorization"].removeprefix("Bearer ")},
                {"X-Sightline-Token": hello["token"]},
                secret(server) | {"Origin": server.http},  # a page, even ours, can't have it
            )
            for headers in wrong:
                async with http.get("/v1/token", headers=headers) as answer:
                    assert (answer.status, (await answer.json())["code"]) == (403, "token_missing"), headers
