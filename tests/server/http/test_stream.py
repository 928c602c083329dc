"""The stream socket and the plain HTTP answers, end to end."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from server.protocol.areas import MAX_AREAS
from server.protocol.subscriber_view import ALWAYS
from tests.support.paths import ROOT
from tests.support.received import gaze_of, next_message, received
from tests.support.server import GEOMETRY, OPEN, SHUT, camera_client, running_server
from tests.support.times import attempts, wait_until


async def test_a_program_gets_the_same_points_as_the_page_without_the_picture_of_the_face(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        await camera.calibrate()
        async with connect(server.stream_url) as stream:
            hello = await received(stream, "hello")
            assert "token" not in hello
            for x, y in ((0.2, 0.3), (0.8, 0.6)):
                shown = await camera.show(x, y)
                got = await gaze_of(stream, shown)
                assert shown.pop("face") is not None
                assert got == shown
    assert hello["session"] == shown["session"]


async def test_a_program_may_wait_for_the_first_camera(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, connect(server.stream_url) as stream:
        assert (await received(stream, "hello"))["session"] is None
        async with camera_client(server) as camera:
            shown = await camera.show(0.5, 0.5)
            assert (await received(stream, "gaze"))["session"] == shown["session"]


async def test_one_session_can_be_followed_by_its_name_until_it_ends(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as first:
        name = (await first.get("hello"))["session"]
        async with camera_client(server) as second, connect(f"{server.stream_url}?session={name}") as stream:
            await second.show(0.5, 0.5)
            await first.show(0.5, 0.5)
            assert (await received(stream, "gaze"))["session"] == name
            await first.connection.close()
            last = await received(stream, "gaze")
            assert (last["status"], last["valid"], last["x"]) == ("no_frames", False, None)
            with pytest.raises(ConnectionClosed):
                await received(stream, "gaze")
            assert (stream.close_code, stream.close_reason) == (1000, "the session has ended")


async def test_a_session_that_is_not_live_is_refused_at_the_handshake(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"{server.stream_url}?session=s_gone"):
                pass
    assert refused.value.response.status_code == 404


async def test_a_subscriber_that_never_reads_delays_no_other(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path) as server,
        camera_client(server) as camera,
        connect(server.stream_url) as quick,
        connect(server.stream_url, max_queue=1, ping_interval=None, close_timeout=0.1) as stuck,
    ):
        stuck.transport.pause_reading()
        await received(quick, "hello")
        for _ in range(50):
            shown = await camera.show(0.5, 0.5)
            assert (await gaze_of(quick, shown))["seq"] == shown["seq"]


async def test_marks_reach_the_page_and_the_programs(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path) as server,
        camera_client(server) as camera,
        connect(server.stream_url) as stream,
    ):
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
        ('{"type": "mark", "label": "' + "x" * 70_000 + '"}', 1009),
        (bytes(100 * 1024 * 1024), 1009),
    ],
)
async def test_commands_of_a_reader_are_refused(tmp_path: Path, bad: str | bytes, code: int) -> None:
    async with running_server(tmp_path) as server:
        async with connect(server.stream_url, max_size=None) as stream:
            with pytest.raises(ConnectionClosed):  # noqa: PT012  the refusal may come before or after the send returns
                await stream.send(bad)
                await received(stream, "gaze")
            assert stream.close_code == code
        async with connect(server.stream_url) as stream:
            assert (await received(stream, "hello"))["v"] == 1


@pytest.mark.parametrize("headers", [{}, {"X-Forwarded-For": "10.0.0.9"}])
async def test_the_schema_of_all_messages_is_served_without_a_token(tmp_path: Path, headers: dict[str, str]) -> None:
    async with (
        running_server(tmp_path) as server,
        ClientSession(server.http) as http,
        http.get("/v1/schema", headers=headers) as answer,
    ):
        assert (answer.status, answer.content_type) == (200, "application/schema+json")
        assert await answer.text() == (ROOT / "server" / "gaze.v1.schema.json").read_text(encoding="utf-8")


async def test_the_document_of_the_protocol_is_served_as_text(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path) as server,
        ClientSession(server.http) as http,
        http.get("/v1/protocol") as answer,
    ):
        assert (answer.status, answer.content_type) == (200, "text/plain")
        assert await answer.text() == (ROOT / "PROTOCOL.md").read_text(encoding="utf-8")


async def test_plain_http_gives_health_sessions_and_the_newest_gaze(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http) as http:
        async with http.get("/v1/gaze/latest") as nothing:
            assert (nothing.status, (await nothing.json())["code"]) == (404, "no_session")
        async with camera_client(server) as camera:
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

    async with running_server(tmp_path) as server, ClientSession(server.http) as http, camera_client(server) as camera:
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
    async with running_server(tmp_path) as server, ClientSession(server.http) as http, camera_client(server) as camera:
        await camera.get("hello")
        async with http.get(f"/v1/heatmap.png?{query}") as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, "bad_size")


async def test_profiles_are_listed_and_deleted_only_with_permission(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http) as http, camera_client(server) as camera:
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
            assert asked.headers["Access-Control-Allow-Methods"] == "GET, POST, PUT, PATCH, DELETE"
        async with http.options("/v1/profiles/Ada/1000x500", headers={"Origin": "https://evil.example"}) as refused:
            assert refused.status == 403


VIEWPORT = {"x": 100, "y": 50, "width": 800, "height": 400}


async def test_a_reader_chooses_topics_fields_rate_and_space(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path) as server,
        camera_client(server) as camera,
        connect(server.stream_url) as stream,
    ):
        await camera.calibrate()
        await camera.connection.send(json.dumps({**GEOMETRY, "viewport": VIEWPORT}))
        await camera.get("geometry")
        wish = {"type": "subscribe", "topics": ["gaze", "geometry"], "fields": ["space"], "space": "viewport"}
        await stream.send(json.dumps({**wish, "request_id": "r"}))
        answer = await received(stream, "subscribed")
        assert (answer["request_id"], answer["topics"], answer["space"]) == ("r", ["gaze", "geometry"], "viewport")
        geometry = await received(stream, "geometry")
        assert (geometry["viewport"], geometry["screen"]["key"]) == (VIEWPORT, "1000x500")
        await camera.say("mark", label="not wanted")
        shown = await camera.show(0.5, 0.5)
        got = await gaze_of(stream, shown)
    assert set(got) == ALWAYS | {"space"}
    assert got["space"] == "viewport"
    assert got["x_px"] == pytest.approx(shown["x_px"] - 100, abs=0.11)
    assert got["x"] == pytest.approx((shown["x_px"] - 100) / 800, abs=0.001)


async def test_an_invalid_subscription_is_refused(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http) as http:
        async with connect(server.stream_url) as stream:
            await stream.send('{"type": "subscribe", "topics": ["dance"]}')
            assert (await received(stream, "error"))["code"] == "bad_message"
            with pytest.raises(ConnectionClosed):
                await received(stream, "gaze")
            assert stream.close_code == 1007
        for path in ("/v1/stream", "/v1/stream/sse", "/v1/stream/ndjson"):
            async with http.get(path, params={"topics": "dance"}) as refused:
                assert (refused.status, (await refused.json())["code"]) == (400, "bad_query")


async def test_server_sent_events_and_lines_carry_the_same_messages(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path) as server,
        camera_client(server) as camera,
        ClientSession(server.http) as http,
        http.get("/v1/stream/sse", params={"topics": "gaze,mark"}) as sse,
        http.get("/v1/stream/ndjson", params={"fields": "frame"}) as lines,
    ):
        assert sse.headers["Content-Type"] == "text/event-stream"
        assert lines.headers["Content-Type"] == "application/x-ndjson"
        assert await sse.content.readuntil(b"\n\n") == b"event: hello\ndata: " + await lines.content.readline() + b"\n"
        shown = await camera.show(0.5, 0.5)
        del shown["face"]
        event, data = (await sse.content.readuntil(b"\n\n")).decode().strip().split("\n")
        assert event == "event: gaze"
        assert json.loads(data.removeprefix("data: ")) == shown
        line = json.loads(await lines.content.readline())
        assert line == {key: shown[key] for key in ALWAYS | {"frame"}}
        await camera.connection.close()


async def test_lines_of_a_session_end_with_it(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera, ClientSession(server.http) as http:
        name = (await camera.get("hello"))["session"]
        async with http.get("/v1/stream/ndjson", params={"session": name}) as lines:
            await lines.content.readline()
            await camera.connection.close()
            assert await lines.content.readline() == b""


async def test_a_reader_of_lines_that_disconnects_makes_room_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.http.stream.HEARTBEAT_S", 0.05)
    monkeypatch.setattr("server.http.stream.MAX_SUBSCRIBERS", 1)
    async with running_server(tmp_path) as server, ClientSession(server.http) as http:
        for path in ("/v1/stream/sse", "/v1/stream/ndjson"):
            async with http.get(path) as first:
                await first.content.readline()
                async with http.get(path) as second:
                    assert (second.status, (await second.json())["code"]) == (503, "too_many_subscribers")
                first.close()
            await wait_until(lambda: server.subscribers() == 0)
            async with http.get(path) as third:
                assert third.status == 200
                third.close()
            await wait_until(lambda: server.subscribers() == 0)


READING = (
    "/v1/stream",
    "/v1/stream/sse",
    "/v1/stream/ndjson",
    "/v1/gaze/latest",
    "/v1/heatmap.png",
    "/v1/sessions",
    "/v1/profiles",
)


@pytest.mark.parametrize("path", READING)
async def test_a_page_of_a_not_allowed_origin_gets_nothing(tmp_path: Path, path: str) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera, ClientSession(server.http) as http:
        token = (await camera.get("hello"))["token"]
        await camera.show(0.5, 0.5)
        for headers in (
            {"Origin": "https://evil.example"},
            {"Origin": "https://evil.example", "X-Sightline-Token": token},
            {"Origin": "http://127.0.0.1:1"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ):
            async with http.get(path, headers=headers) as answer:
                assert (answer.status, (await answer.json())["code"]) == (403, "foreign_origin")
                assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", READING)
async def test_where_other_machines_reach_the_server_reading_needs_the_token(tmp_path: Path, path: str) -> None:
    async with running_server(tmp_path, host="0.0.0.0") as server, ClientSession(server.http) as http:
        async with camera_client(server) as camera, camera_client(server) as other:
            hello = await camera.get("hello")
            foreign = (await other.get("hello"))["token"]
            await camera.show(0.5, 0.5)
            for query, code in (
                ({}, "token_missing"),
                ({"session": hello["session"]}, "token_missing"),
                ({"token": "guess"}, "wrong_token"),
                ({"session": hello["session"], "token": foreign}, "wrong_token"),
            ):
                async with http.get(path, params=query) as answer:
                    assert (answer.status, (await answer.json())["code"]) == (403, code)
            for query, headers in (({"token": hello["token"]}, {}), ({}, {"X-Sightline-Token": hello["token"]})):
                async with http.get(path, params=query, headers=headers) as answer:
                    # a plain request can't open a WebSocket, but it came to the point where that is said
                    assert answer.status == (400 if path == "/v1/stream" else 200)
        async with http.get(path, params={"token": hello["token"]}) as ended:
            assert (ended.status, (await ended.json())["code"]) == (403, "wrong_token")


async def test_a_token_shows_its_own_session_only(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, host="0.0.0.0") as server,
        ClientSession(server.http) as http,
        camera_client(server) as first,
        camera_client(server) as second,
    ):
        hello = await first.get("hello")
        await second.get("hello")
        async with http.get("/v1/sessions", params={"token": hello["token"]}) as answer:
            listed = (await answer.json())["sessions"]
        assert [session["session"] for session in listed] == [hello["session"]]
        async with connect(f"{server.stream_url}?token={hello['token']}") as stream:
            assert (await received(stream, "hello"))["session"] == hello["session"]


@pytest.mark.parametrize("headers", [{"Forwarded": "for=10.0.0.9"}, {"X-Forwarded-For": "10.0.0.9"}])
async def test_a_proxy_for_others_needs_the_token(tmp_path: Path, headers: dict[str, str]) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http) as http:
        async with http.get("/v1/sessions", headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (403, "token_missing")
        async with http.get("/v1/sessions") as local:
            assert local.status == 200


async def test_a_listed_origin_may_import_our_modules_and_show_our_page_in_a_frame(tmp_path: Path) -> None:
    lab = "https://lab.example"
    async with running_server(tmp_path, allow_origins=(lab, "null")) as server, ClientSession(server.http) as http:
        (tmp_path / "web" / "gaze.js").write_text("export {};")
        async with http.get("/gaze.js", headers={"Origin": lab}) as module:
            assert module.headers["Access-Control-Allow-Origin"] == lab
            assert module.headers["Content-Security-Policy"].endswith(f"frame-ancestors 'self' {lab}")
        async with http.get("/gaze.js", headers={"Origin": "https://evil.example"}) as module:
            assert "Access-Control-Allow-Origin" not in module.headers
            assert module.headers["Vary"] == "Origin"
        async with http.options("/v1/gaze/latest", headers={"Origin": lab}) as asked:
            assert asked.headers["Access-Control-Allow-Private-Network"] == "true"


async def test_a_page_may_subscribe_to_detected_events_on_its_own_socket(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        await camera.say("subscribe", topics=["gaze", "fixation", "mark"], request_id=1)
        assert (await camera.get("subscribed"))["topics"] == ["fixation"]
        await camera.say("mark", label="a")
        await camera.get("mark")
        await camera.say("mark", label="b")
        assert (await camera.get("mark"))["label"] == "b"  # once each


async def test_programs_can_follow_the_progress_of_a_calibration(tmp_path: Path) -> None:
    topics = {"type": "subscribe", "topics": ["calibration"]}
    async with (
        running_server(tmp_path) as server,
        camera_client(server) as camera,
        connect(server.stream_url) as stream,
    ):
        await stream.send(json.dumps(topics))
        await received(stream, "subscribed")
        done = await camera.calibrate(request_id=4)
        message = await received(stream, "calibration")
        while message["state"] != "done":
            assert "request_id" not in message
            message = await received(stream, "calibration")
        assert (message["calibration"], message["session"]) == (
            done["calibration"],
            (await camera.show(0.5, 0.5))["session"],
        )
        async with connect(server.stream_url) as late:
            await late.send(json.dumps(topics))
            assert (await received(late, "calibration"))["state"] == "done"


AREA = {"id": "#middle", "x_px": 400, "y_px": 100, "width_px": 200, "height_px": 200, "dwell_ms": 400}


async def test_events_areas_and_dwell_reach_a_program_before_their_gaze_message(tmp_path: Path) -> None:
    topics = ["gaze", "fixation", "saccade", "blink", "aoi", "dwell", "status"]
    async with (
        running_server(tmp_path) as server,
        camera_client(server) as camera,
        connect(server.stream_url) as stream,
    ):
        await camera.calibrate()
        await camera.connection.send(json.dumps({**GEOMETRY, "viewport": VIEWPORT}))
        await camera.say("aois", areas=[AREA], request_id=1)
        assert await camera.get("aois") == {"type": "aois", "count": 1, "request_id": 1}
        await stream.send(json.dumps({"type": "subscribe", "topics": topics}))
        await received(stream, "subscribed")
        clock_ms = time.time() * 1000.0 - 20_000.0
        looks = [(0.6, 0.5, OPEN)] * 20 + [(0.6, 0.5, SHUT)] * 4 + [(0.6, 0.5, OPEN)] * 8 + [(0.1, 0.1, OPEN)] * 8
        changes, last = [], None
        for i, (x, y, how) in enumerate(looks):
            shown = await camera.show(x, y, how, captured_ms=clock_ms + 33.0 * i)
            while (message := await next_message(stream))["type"] != "gaze":
                changes.append((message["type"], message.get("phase", message.get("status"))))
                assert message["timestamp"] <= shown["timestamp"]
            assert {**message, "face": shown["face"]} == shown
            last = message
    assert last is not None
    assert (last["event"], last["aoi"]) == ("fixation", [])
    assert changes.index(("fixation", "start")) < changes.index(("blink", "start")) < changes.index(("blink", "end"))
    assert ("aoi", "start") in changes
    assert changes.count(("dwell", "select")) == 1
    for kind in ("aoi", "fixation", "saccade"):
        assert (kind, "end") in changes
    assert [phase for kind, phase in changes if kind == "status"][-2:] == ["eyes_closed", "ok"]


async def test_the_largest_number_of_areas_fits_into_a_message(tmp_path: Path) -> None:
    longest = {key: -99_999.9 if key in ("x_px", "y_px") else 99_999.9 for key in AREA if key.endswith("px")}
    areas = [
        {**longest, "id": f"{number:03}" + "\U0001f441" * 61, "dwell_ms": 59_999.9, "repeat": False}
        for number in range(MAX_AREAS)
    ]
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        for named in (areas, [*areas, areas[0]]):
            await camera.connection.send(json.dumps({"type": "aois", "areas": named}, ensure_ascii=False))
        assert (await camera.get("aois"))["count"] == MAX_AREAS
        assert f"at most {MAX_AREAS} objects" in (await camera.get("error"))["message"]


async def test_only_programs_with_the_token_may_report_areas(tmp_path: Path) -> None:
    aois = json.dumps({"type": "aois", "space": "screen", "areas": [{**AREA, "width_px": 1000, "height_px": 1000}]})
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        token = (await camera.get("hello"))["token"]
        await camera.calibrate()
        async with connect(server.stream_url) as reader:
            await reader.send(aois)
            assert (await received(reader, "error"))["code"] == "read_only"
            await reader.wait_closed()
            assert reader.close_code == 1008
        async with connect(f"{server.stream_url}?token={token}") as program:
            await program.send(aois)
            assert (await received(program, "aois"))["count"] == 1
            assert "aoi" in await camera.show(0.5, 0.5)
        for _ in attempts():  # until the server has noticed that the program has gone
            if "aoi" not in await camera.show(0.5, 0.5):
                break
        else:
            pytest.fail("the areas stayed though their socket has gone")


@pytest.mark.parametrize("path", ["/v1/stream", "/v1/camera"])
async def test_a_socket_that_is_read_without_a_websocket_names_the_address_for_that(path: str, tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http) as http, http.get(path) as answer:
        refusal = await answer.json()
    assert (answer.status, refusal["code"]) == (400, "bad_request")
    assert f"{path} is a WebSocket, {server.http.replace('http', 'ws')}{path}" in refusal["message"]
    assert f"curl -N {server.http}/v1/stream/ndjson" in refusal["message"]
