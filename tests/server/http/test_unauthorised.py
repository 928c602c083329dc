"""Every route there is, asked by those who may not: a new one can't be forgotten, for the list is the application's."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from server.http.context import CONTEXT
from tests.support.server import GEOMETRY, CameraClient, Server, camera_client, running_server
from tests.support.times import WAIT_S

EVIL = "https://evil.example"
FILLED = {
    "user": "Ada",
    "screen": "1000x500",
    "recording": "r_20261124_160000_0a1b2c",
    "path": "index.html",
    "number": "0",
    "stimulus": "cat",
}
STRANGERS = (
    {"Origin": EVIL},
    {"Origin": EVIL, "X-Sightline-Request": "page"},
    {"Origin": EVIL, "Sec-Fetch-Site": "same-origin", "X-Sightline-Request": "page"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "null"},
    {"Origin": ""},
)


def routes(app: web.Application) -> list[tuple[str, str]]:
    """(method, path) of all routes."""
    found = []
    for route in app.router.routes():
        about = route.resource.get_info() if route.resource is not None else {}
        path = about.get("path") or about["formatter"].format(**FILLED)
        found.append((route.method, path))
    return found


async def test_a_foreign_origin_is_refused_on_all_routes_even_with_a_token(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera, ClientSession(server.http) as http:
        token = (await camera.get("hello"))["token"]
        await camera.show(0.5, 0.5)
        asked = routes(server.app)
        assert len(asked) > 20
        for method, path in [*asked, ("OPTIONS", "/v1/gaze/latest"), ("POST", "/v1/sessions"), ("GET", "/v1/nothing")]:
            for stranger in STRANGERS:
                for headers in (stranger, {**stranger, "X-Sightline-Token": token}):
                    async with http.request(method, path, headers=headers) as answer:
                        assert answer.status == 403, (method, path, headers)
                        assert "Access-Control-Allow-Origin" not in answer.headers
                        if method != "HEAD":
                            assert (await answer.json())["code"] == "foreign_origin"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "192.168.1.5", ""])
async def test_a_rebound_name_is_refused_on_all_routes(tmp_path: Path, host: str) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera, ClientSession(server.http) as http:
        token = (await camera.get("hello"))["token"]
        for method, path in routes(server.app):
            # A rebound page is of its own origin: Host and Origin agree.
            for headers in ({"Host": host}, {"Host": host, "Origin": f"http://{host}", "X-Sightline-Token": token}):
                async with http.request(method, path, headers=headers) as answer:
                    assert answer.status == 403, (method, path, host)
                    if method != "HEAD":
                        assert (await answer.json())["code"] == "foreign_host"


@pytest.mark.parametrize("path", ["/v1/camera", "/v1/stream"])
async def test_a_foreign_page_opens_no_socket(tmp_path: Path, path: str) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        token = (await camera.get("hello"))["token"]
        for origin in (EVIL, "http://127.0.0.1:1", "null"):
            with pytest.raises(InvalidStatus) as refused:
                async with connect(f"ws://127.0.0.1:{server.port}{path}?token={token}", origin=origin):  # type: ignore[arg-type]
                    pass
            assert refused.value.response.status_code == 403
            assert json.loads(refused.value.response.body or b"")["code"] == "foreign_origin"


async def test_errors_of_http_have_the_form_of_our_refusals(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http) as http:
        for method, path, status in (
            ("POST", "/v1/sessions", 405),
            ("PUT", "/", 405),
            ("HEAD", "/v1/stream/sse", 404),  # among the page's files there is none of that name
            ("HEAD", "/v1/stream/ndjson", 404),
            ("GET", "/v1/camera", 400),
        ):
            async with http.request(method, path) as answer:
                assert answer.status == status
                assert method == "HEAD" or (await answer.json())["code"] == "bad_request"
                assert answer.headers["Cache-Control"] == "no-store"
                assert ("Allow" in answer.headers) == (status == 405)


async def record(camera: CameraClient) -> str:
    """Begins and ends a recording, and returns its name."""
    await camera.connection.send(json.dumps(GEOMETRY))
    await camera.say("record_start")
    name = str((await camera.get("record"))["recording"])
    await camera.show(0.5, 0.5)
    await camera.say("record_stop")
    await camera.get("record")
    return name


async def statuses(http: ClientSession, name: str, headers: dict[str, str]) -> tuple[int, int, int]:
    """The HTTP statuses of listing all recordings, downloading one and deleting it."""
    async with (
        http.get("/v1/recordings", headers=headers) as listed,
        http.get(f"/v1/recordings/{name}", headers=headers) as taken,
        http.delete(f"/v1/recordings/{name}", headers=headers) as deleted,
    ):
        return listed.status, taken.status, deleted.status


async def names(http: ClientSession, headers: dict[str, str]) -> list[str]:
    async with http.get("/v1/recordings", headers=headers) as answer:
        return [info["recording"] for info in (await answer.json())["recordings"]]


async def settled(server: Server) -> None:
    """Waits until the last lines of the recordings are on the disk."""
    await asyncio.wait_for(asyncio.wrap_future(server.pipeline.in_background(lambda: None)), WAIT_S)


async def test_a_token_opens_the_recordings_of_its_own_session_only(tmp_path: Path) -> None:
    own_page = {"Sec-Fetch-Site": "same-origin", "X-Sightline-Request": "page"}
    async with (
        running_server(tmp_path) as server,
        ClientSession(server.http) as http,
        camera_client(server) as first,
        camera_client(server) as second,
    ):
        mine = {"X-Sightline-Token": (await first.get("hello"))["token"]}
        other = {"X-Sightline-Token": (await second.get("hello"))["token"]}
        name = await record(first)
        await settled(server)
        assert await names(http, other) == []
        assert await statuses(http, name, other) == (200, 404, 404)
        assert await names(http, mine) == await names(http, own_page) == [name]
        assert await statuses(http, name, mine) == (200, 200, 204)


async def test_the_token_of_the_lab_opens_all_recordings_and_nothing_else(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, host="0.0.0.0") as server,
        ClientSession(server.http) as http,
        camera_client(server) as camera,
    ):
        name = await record(camera)
        await settled(server)
        lab = {"X-Sightline-Token": server.app[CONTEXT].lab_token}
        for method, path in (
            *(
                ("GET", "/v1/gaze/latest"),
                ("GET", "/v1/stream/ndjson"),
                ("GET", "/v1/sessions"),
                ("GET", "/v1/profiles"),
            ),
            *(("DELETE", "/v1/profiles/Ada/1000x500"), ("POST", "/v1/marks"), ("POST", "/v1/study/participants")),
            *(("GET", "/metrics"), ("GET", "/v1/token")),
        ):
            async with http.request(method, path, headers=lab, json={"label": "a"}) as answer:
                assert (answer.status, (await answer.json())["code"]) == (403, "token_missing"), path
        for headers in ({}, {"X-Sightline-Token": lab["X-Sightline-Token"] + "x"}, lab | {"Origin": EVIL}):
            assert await statuses(http, name, headers) == (403, 403, 403)
            async with http.get(f"/v1/recordings/{name}/timeline", headers=headers) as answer:
                assert answer.status == 403
        assert await names(http, lab) == [name]
        async with http.get(f"/v1/recordings/{name}/timeline?token={lab['X-Sightline-Token']}") as answer:
            assert answer.status == 200
        async with http.post("/v1/analysis", headers=lab, json={"recordings": [name]}) as answer:
            assert (await answer.json())["code"] == "bad_analysis", "one sample has no duration"
        assert await statuses(http, name, lab) == (200, 200, 204)


async def test_the_header_of_our_page_is_not_enough_when_other_machines_reach_the_server(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, host="0.0.0.0") as server,
        ClientSession(server.http) as http,
        camera_client(server) as camera,
    ):
        name = await record(camera)
        await settled(server)
        for forged in (
            {"Origin": server.http, "X-Sightline-Request": "page"},
            {"Sec-Fetch-Site": "same-origin", "X-Sightline-Request": "page"},
        ):
            assert await statuses(http, name, forged) == (403, 403, 403)
            for method, path in (
                ("DELETE", "/v1/profiles/Ada/1000x500"),
                ("GET", "/v1/profiles/Ada/1000x500/export"),
                ("POST", "/v1/profiles/import"),
            ):
                async with http.request(method, path, headers=forged) as answer:
                    assert (answer.status, (await answer.json())["code"]) == (403, "token_missing")
