"""The stream socket and the plain HTTP answers, end to end."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.server_kit import page, running_server


async def received(stream: ClientConnection, kind: str) -> dict[str, Any]:
    while True:
        message: dict[str, Any] = json.loads(await asyncio.wait_for(stream.recv(), 10))
        if message["type"] == kind:
            return message


async def test_a_program_gets_the_same_points_as_the_page_without_the_picture_of_the_face(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, page(server) as camera:
        await camera.calibrate()
        async with connect(server.stream_url) as stream:
            hello = await received(stream, "hello")
            assert "token" not in hello
            for x, y in ((0.2, 0.3), (0.8, 0.6)):
                shown = await camera.show(x, y)
                got = await received(stream, "gaze")
                assert shown.pop("face") is not None
                assert got == shown
    assert hello["session"] == shown["session"]


async def test_a_program_may_wait_for_the_first_camera(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, connect(server.stream_url) as stream:
        assert (await received(stream, "hello"))["session"] is None
        async with page(server) as camera:
            shown = await camera.show(0.5, 0.5)
            assert (await received(stream, "gaze"))["session"] == shown["session"]


async def test_one_session_can_be_followed_by_its_name_until_it_ends(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, page(server) as first:
        name = (await first.get("hello"))["session"]
        async with page(server) as second, connect(f"{server.stream_url}?session={name}") as stream:
            await second.show(0.5, 0.5)
            await first.show(0.5, 0.5)
            assert (await received(stream, "gaze"))["session"] == name
            await first.connection.close()
            with pytest.raises(ConnectionClosed):
                await received(stream, "gaze")
            assert (stream.close_code, stream.close_reason) == (1000, "the session has ended")


async def test_a_session_that_is_not_live_is_refused_at_the_handshake(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"{server.stream_url}?session=s_gone"):
                pass
    assert refused.value.response.status_code == 404


async def test_a_subscriber_that_never_reads_delays_nobody(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path) as server,
        page(server) as camera,
        connect(server.stream_url) as quick,
        connect(server.stream_url, max_queue=1, close_timeout=0.1) as stuck,
    ):
        stuck.transport.pause_reading()
        await received(quick, "hello")
        for _ in range(50):
            shown = await camera.show(0.5, 0.5)
            assert (await received(quick, "gaze"))["seq"] == shown["seq"]


async def test_marks_reach_the_page_and_the_programs(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, page(server) as camera, connect(server.stream_url) as stream:
        await camera.say("mark", label="page 2")
        assert await received(stream, "mark") == await camera.get("mark")


async def test_the_clock_can_be_compared_on_the_stream(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, connect(server.stream_url) as stream:
        await stream.send('{"type": "time_sync", "client_ms": 5, "request_id": 1}')
        answer = await received(stream, "time_sync")
    assert (answer["client_ms"], answer["request_id"]) == (5.0, 1)
    assert answer["server_ms"] > 1e12


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ("not json", 1007),
        ('{"type": "dance"}', 1007),
        ('{"type": "pause"}', 1008),
        (b"\x00\x01", 1008),
        ('{"type": "mark", "label": "' + "x" * 17_000 + '"}', 1009),
        (bytes(100 * 1024 * 1024), 1009),
    ],
)
async def test_what_a_reader_may_not_say_is_refused(tmp_path: Path, bad: str | bytes, code: int) -> None:
    async with running_server(tmp_path) as server:
        async with connect(server.stream_url, max_size=None) as stream:
            with pytest.raises(ConnectionClosed):  # noqa: PT012  the refusal may come before or after the send returns
                await stream.send(bad)
                await received(stream, "gaze")
            assert stream.close_code == code
        async with connect(server.stream_url) as stream:
            assert (await received(stream, "hello"))["v"] == 1


async def test_plain_http_tells_health_sessions_and_the_newest_gaze(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http) as http:
        async with http.get("/v1/gaze/latest") as nothing:
            assert (nothing.status, (await nothing.json())["code"]) == (404, "no_session")
        async with page(server) as camera:
            await camera.get("hello")
            async with http.get("/v1/gaze/latest") as not_yet:
                assert not_yet.status == 204
            shown = await camera.show(0.5, 0.5)
            async with http.get("/v1/gaze/latest", params={"session": shown["session"]}) as latest:
                assert (await latest.json())["seq"] == shown["seq"]
                assert latest.headers["Cache-Control"] == "no-store"
            async with http.get("/v1/gaze/latest?session=s_other") as other:
                assert other.status == 404
            async with http.get("/v1/sessions") as listed:
                (session,) = (await listed.json())["sessions"]
            assert (session["session"], session["frames"], session["calibrated"]) == (shown["session"], 1, False)
            async with http.get("/healthz") as health:
                assert (await health.json())["status"] == "ok"


async def test_the_heat_map_shows_where_the_person_looked(tmp_path: Path) -> None:
    import cv2
    import numpy as np

    async with running_server(tmp_path) as server, ClientSession(server.http) as http, page(server) as camera:
        await camera.calibrate()

        async def picture() -> Any:
            async with http.get("/v1/heatmap.png?width=400&height=200") as answer:
                assert answer.content_type == "image/png"
                return cv2.imdecode(np.frombuffer(await answer.read(), np.uint8), cv2.IMREAD_UNCHANGED)

        assert (await picture())[..., 3].max() == 0, "the dots of the game are not what the person looked at"
        for _ in range(5):
            await camera.show(0.75, 0.25)
        alpha = (await picture())[..., 3]
        y, x = np.argwhere(alpha == alpha.max()).mean(axis=0)
        assert (x / 400, y / 200) == (pytest.approx(0.75, abs=0.05), pytest.approx(0.25, abs=0.08))
        await camera.say("heatmap_clear")
        await camera.get("heatmap")
        assert (await picture())[..., 3].max() == 0


@pytest.mark.parametrize("query", ["width=0", "width=5000", "height=-1", "height=ten", "width=1e3", "width=٣"])
async def test_a_heat_map_of_impossible_size_is_refused(tmp_path: Path, query: str) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http) as http, page(server) as camera:
        await camera.get("hello")
        async with http.get(f"/v1/heatmap.png?{query}") as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, "bad_size")


async def test_profiles_are_listed_and_deleted_only_by_who_may(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http) as http, page(server) as camera:
        token = (await camera.get("hello"))["token"]
        await camera.calibrate(user="Ada")
        await camera.get("calibration")  # saved
        async with http.get("/v1/profiles") as answer:
            (profile,) = (await answer.json())["profiles"]
        assert (profile["user"], profile["screen"], profile["problem"]) == ("Ada", "1000x500", None)

        async def delete(path: str, **headers: str) -> int:
            async with http.delete(path, headers={k.replace("_", "-"): v for k, v in headers.items()}) as answer:
                return answer.status

        ada = "/v1/profiles/Ada/1000x500"
        assert await delete(ada) == 403
        assert await delete(ada, X_Sightline_Token="wrong") == 403
        assert await delete(ada, X_Sightline_Token=token, Origin="https://evil.example") == 403
        assert await delete(ada, X_Sightline_Request="1") == 403
        assert await delete(ada, Origin=server.http) == 403
        assert await delete("/v1/profiles/..%2F../1000x500", X_Sightline_Token=token) == 400
        assert await delete("/v1/profiles/Bob/1000x500", X_Sightline_Token=token) == 404
        assert await delete(ada, X_Sightline_Token=token) == 204
        assert await delete(ada, X_Sightline_Request="1", Origin=server.http) == 404


async def test_a_rebound_name_is_not_answered(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http) as http:
        for path in ("/", "/healthz", "/v1/gaze/latest"):
            async with http.get(path, headers={"Host": "evil.example"}) as answer:
                assert (answer.status, (await answer.json())["code"]) == (403, "foreign_host")


async def test_a_listed_origin_may_read_the_answers_and_others_may_not(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, allow_origins=("https://lab.example",)) as server,
        ClientSession(server.http) as http,
    ):
        async with http.get("/healthz", headers={"Origin": "https://lab.example"}) as listed:
            assert listed.headers["Access-Control-Allow-Origin"] == "https://lab.example"
        async with http.get("/healthz", headers={"Origin": "https://evil.example"}) as foreign:
            assert "Access-Control-Allow-Origin" not in foreign.headers
            assert foreign.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        async with http.options("/v1/profiles/Ada/1000x500", headers={"Origin": "https://lab.example"}) as asked:
            assert asked.status == 204
            assert "X-Sightline-Token" in asked.headers["Access-Control-Allow-Headers"]
        async with http.options("/v1/profiles/Ada/1000x500", headers={"Origin": "https://evil.example"}) as refused:
            assert refused.status == 405
