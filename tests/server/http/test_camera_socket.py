"""The camera socket, end to end: a real aiohttp server on a loopback port, the `websockets` client."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from server.settings import MAX_FRAME_BYTES
from tests.support.server import (
    AWAY,
    GEOMETRY,
    OWN_FACE,
    SHUT,
    CameraClient,
    ColourAnalyzer,
    StaticFaceFinder,
    camera_client,
    frame_bytes,
    jpeg,
    running_server,
)
from tests.support.times import WAIT_S, wait_until


async def closed_by(sender: CameraClient) -> tuple[int, str]:
    """Reads to the end; returns the close code and the text of the last error."""
    said = ""
    with contextlib.suppress(ConnectionClosed):
        while True:
            said = (await sender.get("error"))["message"]
    await sender.connection.wait_closed()
    return sender.connection.close_code or 0, said


async def test_the_server_introduces_itself_with_its_limits(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        hello = await camera.get("hello")
    assert hello["v"] == 1
    assert hello["session"].startswith("s_")
    assert len(hello["token"]) >= 20
    assert hello["limits"]["max_frame_bytes"] == MAX_FRAME_BYTES
    assert hello["limits"]["max_unanswered"] == 2


async def test_the_sockets_use_no_compression_even_if_the_client_offers_it(tmp_path: Path) -> None:
    """Deflating a JPEG costs time and saves nothing."""
    async with running_server(tmp_path) as server:
        for url in (server.camera_url, server.stream_url):
            async with connect(url, compression="deflate") as client:
                assert client.response is not None
                assert "Sec-WebSocket-Extensions" not in client.response.headers


async def test_before_a_calibration_there_is_a_face_but_no_point(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        gaze = await camera.show(0.5, 0.5)
    assert (gaze["status"], gaze["valid"], gaze["x"], gaze["raw"]) == ("uncalibrated", False, None, None)
    assert gaze["face"]["box"] == [0.25, 0.2, 0.5, 0.6]
    assert gaze["head"]["z"] == 571.0
    assert gaze["seq"] == 1
    assert 0.0 <= gaze["latency_ms"] < 5000.0


async def test_after_the_dot_game_the_gaze_is_where_the_person_looks(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        done = await camera.calibrate()
        assert done["state"] == "done", done
        gaze = await camera.show(0.3, 0.7)
    assert gaze["status"] == "ok"
    assert gaze["x"] == pytest.approx(0.3, abs=0.03)
    assert gaze["y"] == pytest.approx(0.7, abs=0.03)
    assert gaze["x_px"] == pytest.approx(gaze["x"] * 1000, abs=0.1)
    assert gaze["calibration"] == done["calibration"]
    assert gaze["on_screen"] is True
    assert gaze["error_px"] > 0.0
    assert len(done["report"]["targets"]) == 9


async def test_a_server_without_a_filter_sends_the_points_as_they_were_estimated(tmp_path: Path) -> None:
    async with running_server(tmp_path, point_filter="none") as server, camera_client(server) as camera:
        await camera.calibrate()
        looks = [await camera.show(x, 0.5) for x in (0.3, 0.7, 0.4)]
    assert all(gaze["raw"] == {"x": gaze["x"], "y": gaze["y"]} for gaze in looks)


async def test_a_bystander_stops_the_gaze_until_they_leave(tmp_path: Path) -> None:
    finder = StaticFaceFinder()
    async with running_server(tmp_path, create_finder=lambda: finder) as server, camera_client(server) as camera:
        hello = await camera.get("hello")
        assert hello["overview"] == {"every_ms": 1000.0, "side_px": 320}
        await camera.calibrate()
        assert (await camera.look_around())["others"] == 0
        assert (await camera.show(0.5, 0.5))["status"] == "ok"
        finder.faces = [OWN_FACE, (0.8, 0.2, 0.3, 0.4)]
        assert [(await camera.look_around())["next_ms"] for _ in range(2)] == [300.0, 300.0]
        watched = await camera.show(0.5, 0.5)
        assert (watched["status"], watched["valid"], watched["x"]) == ("multiple_faces", False, None)
        assert watched["face"]["box"] == list(OWN_FACE)
        finder.faces = [OWN_FACE]
        assert [(await camera.look_around())["faces"] for _ in range(3)] == [1, 1, 1]
        assert (await camera.show(0.5, 0.5))["status"] == "ok"


async def test_a_server_that_ignores_bystanders_announces_it_and_drops_overviews(tmp_path: Path) -> None:
    finder = StaticFaceFinder(OWN_FACE, OWN_FACE)
    async with (
        running_server(tmp_path, create_finder=lambda: finder, count_faces=False) as server,
        camera_client(server) as camera,
    ):
        assert (await camera.get("hello"))["overview"] is None
        await camera.connection.send(frame_bytes(1, flags=1))
        assert (await camera.get("dropped"))["frame"] == 1
        camera.seq = 1
        assert (await camera.show(0.5, 0.5))["status"] == "uncalibrated"
        assert finder.n_searches == 0


async def test_overviews_never_replace_frames(tmp_path: Path) -> None:
    """Both are sent faster than they can be analysed. Each is answered, and the newest of both kinds are analysed."""

    class Slow(ColourAnalyzer):
        def analyze(self, *arguments: Any) -> Any:
            time.sleep(0.02)  # the duration of the analysis
            return super().analyze(*arguments)

    async with running_server(tmp_path, Slow) as server, camera_client(server) as camera:
        for i in range(10):
            await camera.connection.send(frame_bytes(2 * i + 1, x=0, width=320))
            await camera.connection.send(frame_bytes(2 * i + 2, flags=1))
        seen: dict[int, str] = {}
        while len(seen) < 20:
            message = await camera.get("gaze", "overview", "dropped")
            seen[message["frame"]] = message["type"]
        assert (seen[19], seen[20]) == ("gaze", "overview")
        assert {kind for frame, kind in seen.items() if frame % 2 == 1} == {"gaze", "dropped"}
        assert {kind for frame, kind in seen.items() if frame % 2 == 0} <= {"overview", "dropped"}


async def test_a_blink_and_a_missing_face_give_a_status_and_no_point(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        await camera.calibrate()
        blink = await camera.show(0.5, 0.5, SHUT)
        away = await camera.show(0.5, 0.5, AWAY)
        back = await camera.show(
            0.5, 0.5, captured_ms=time.time() * 1000.0 + 300.0
        )  # after the settle time of the eyelids
    assert [m["status"] for m in (blink, away, back)] == ["eyes_closed", "no_face", "ok"]
    assert [m["seq"] for m in (blink, away, back)] == [back["seq"] - 2, back["seq"] - 1, back["seq"]]
    assert away["x"] is None
    assert away["face"] is None
    assert "head" not in away


async def test_a_saved_profile_can_be_loaded_in_a_later_session(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        async with camera_client(server) as camera:
            done = await camera.calibrate(user="Ada")
            assert (await camera.get("calibration"))["state"] == "saved"
        async with camera_client(server) as camera:
            await camera.connection.send(json.dumps(GEOMETRY))
            await camera.say("profile_load", user="Ada", request_id="r1")
            loaded = await camera.get("calibration")
            gaze = await camera.show(0.3, 0.7)
    assert (loaded["state"], loaded["request_id"]) == ("loaded", "r1")
    assert loaded["calibration"] == done["calibration"] == gaze["calibration"]
    assert gaze["x"] == pytest.approx(0.3, abs=0.03)


async def test_a_page_that_closes_at_once_after_the_result_keeps_its_profile(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        assert (await camera.calibrate(user="Ada"))["state"] == "done"
    assert (tmp_path / "profiles" / "Ada" / "1000x500.json").is_file()


async def test_a_failed_save_is_reported_and_the_calibration_stays_active(tmp_path: Path) -> None:
    (tmp_path / "profiles").write_text("a file where the folder should be")
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        await camera.calibrate(user="Ada")
        problem = (await camera.get("error"))["message"]
        assert "not saved" in problem
        assert "there is a file where a folder should be" in problem
        assert "--profiles DIR" in problem
        assert "Errno" not in problem
        assert (await camera.show(0.5, 0.5))["status"] == "ok"


async def test_a_fit_without_enough_frames_is_refused_with_advice(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        await camera.connection.send(json.dumps(GEOMETRY))
        await camera.say("calibration_start")
        await camera.say("calibration_finish")
        states = [await camera.get("calibration") for _ in range(3)]
    assert [state["state"] for state in states] == ["started", "fitting", "failed"]
    assert "calibrate again" in states[-1]["reason"]


async def test_a_missing_profile_is_an_error_message_and_the_connection_stays_open(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        await camera.connection.send(json.dumps(GEOMETRY))
        await camera.say("profile_load", user="Nobody", request_id=7)
        error = await camera.get("error")
        assert (error["code"], error["request_id"]) == ("profile_failed", 7)
        assert (await camera.show(0.5, 0.5))["status"] == "uncalibrated"


async def test_only_the_newest_of_the_waiting_frames_is_analysed(tmp_path: Path) -> None:
    began, go_on = threading.Event(), threading.Event()

    class Held(ColourAnalyzer):
        def analyze(self, *arguments: Any) -> Any:
            began.set()
            assert go_on.wait(WAIT_S)
            return super().analyze(*arguments)

    async with running_server(tmp_path, Held) as server, camera_client(server) as camera:
        await camera.connection.send(frame_bytes(1))
        await wait_until(began.is_set)
        for seq in range(2, 7):
            await camera.connection.send(frame_bytes(seq))
        assert [(await camera.get("dropped"))["frame"] for _ in range(4)] == [2, 3, 4, 5]
        go_on.set()
        answers = [await camera.get("gaze", "dropped") for _ in range(2)]
    assert [(m["type"], m["frame"], m["seq"]) for m in answers] == [("gaze", 1, 1), ("gaze", 6, 2)]


async def test_pages_hear_how_much_to_send_when_the_machine_is_too_slow_and_when_it_no_longer_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.inference.pace.WINDOW_S", 0.2)
    monkeypatch.setattr("server.inference.pace.FORGOTTEN", 0.7)  # the flood was of some 400 frames a second

    class Slow(ColourAnalyzer):
        def analyze(self, *arguments: Any) -> Any:
            time.sleep(0.02)  # the duration of the analysis
            return super().analyze(*arguments)

    async def answers(camera: CameraClient) -> AsyncIterator[dict[str, Any]]:
        """Keeps two frames unanswered."""
        for _ in range(2):
            camera.seq += 1
            await camera.connection.send(frame_bytes(camera.seq))
        while True:
            message = json.loads(await asyncio.wait_for(camera.connection.recv(), WAIT_S))
            if message["type"] in ("gaze", "dropped"):
                camera.seq += 1
                await camera.connection.send(frame_bytes(camera.seq))
            yield message

    async def sends_all_it_can(camera: CameraClient) -> None:
        async for _ in answers(camera):
            pass

    async with (
        running_server(tmp_path, Slow, count_faces=False) as server,
        camera_client(server) as camera,
        camera_client(server) as other,
    ):
        load = asyncio.create_task(sends_all_it_can(other))
        async for pace in answers(camera):
            if pace["type"] == "pace":
                break
        assert 1.0 <= pace["max_fps"] < 100.0
        assert pace["max_side_px"] == 640
        load.cancel()
        await asyncio.gather(load, return_exceptions=True)
        await other.connection.close()

        async def free_pace() -> dict[str, Any]:
            while (pace := await camera.get("pace"))["max_fps"] is not None:
                pass  # another limit, for one camera
            return pace

        free = asyncio.create_task(free_pace())
        while not free.done():
            camera.seq += 1
            await camera.connection.send(frame_bytes(camera.seq))
            await asyncio.sleep(0.2)  # a slow camera
        assert await free == {"type": "pace", "max_fps": None, "max_side_px": None}


@pytest.mark.parametrize(
    ("bad", "code", "says"),
    [
        ("text where bytes belong", 1007, "JSON"),
        ("[1, 2]", 1007, "JSON object"),
        ('{"type": "dance"}', 1007, 'unknown message type "dance"'),
        ('{"type": "geometry", "screen": {"width_px": NaN, "height_px": 5}}', 1007, "width_px must be a number"),
        ('{"type": "mark", "label": "' + "x" * 70_000 + '"}', 1009, "65536 bytes"),
        (b"", 1007, "header of 28 bytes"),
        (b"not a frame, but long enough to be one", 1007, 'starts with "SL"'),
        (frame_bytes(picture=jpeg()[:60]), 1007, "cut off"),
        (frame_bytes(picture=b"\x89PNG" + bytes(100)), 1007, "not a JPEG"),
        (frame_bytes(version=2), 1007, "version 1"),
        (frame_bytes(x=100), 1007, "does not lie inside"),
        (frame_bytes(captured_ms=float("nan")), 1007, "captured_ms"),
        (frame_bytes(captured_ms=time.time() * 1e6), 1007, "microseconds"),
        ('{"type": "click", "x": 0.5, "y": 0.5, "timestamp": 1763843912345678}', 1007, "look like microseconds"),
        (frame_bytes(picture=jpeg() + bytes(MAX_FRAME_BYTES)), 1009, "2097152 bytes"),
    ],
    ids=[
        *("no JSON", "no object", "unknown type", "not a number", "too much text", "empty", "no header"),
        *("JPEG cut off", "no JPEG", "another version", "region outside", "no time", "microseconds", "in a click"),
        "too large",
    ],
)
async def test_a_message_that_breaks_the_protocol_is_refused_with_its_reason(
    tmp_path: Path, bad: str | bytes, code: int, says: str
) -> None:
    async with running_server(tmp_path) as server:
        async with camera_client(server) as camera:
            await camera.connection.send(bad)
            got_code, said = await closed_by(camera)
        assert (got_code, says in said) == (code, True), said
        async with camera_client(server) as camera:
            assert (await camera.show(0.5, 0.5))["seq"] == 1


async def test_a_header_of_30000_by_30000_pixels_is_refused_before_decoding(tmp_path: Path) -> None:
    picture = bytearray(jpeg())
    size = picture.index(b"\xff\xc0") + 5
    picture[size : size + 4] = (30_000).to_bytes(2, "big") * 2
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        await camera.connection.send(frame_bytes(picture=bytes(picture)))
        code, said = await closed_by(camera)
    assert code == 1009
    assert "30000 x 30000" in said


async def test_a_frame_of_100_megabytes_is_refused_and_the_server_continues(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        async with camera_client(server) as camera:
            await camera.get("hello")
            with contextlib.suppress(ConnectionClosed):
                await camera.connection.send(bytes(100 * 1024 * 1024))
            await camera.connection.wait_closed()
            assert camera.connection.close_code == 1009
        async with camera_client(server) as camera:
            assert (await camera.show(0.5, 0.5))["seq"] == 1


async def test_frame_numbers_must_grow(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        await camera.connection.send(frame_bytes(5))
        await camera.connection.send(frame_bytes(5))
        code, said = await closed_by(camera)
    assert code == 1007
    assert "5 after 5" in said


async def test_a_cut_off_picture_is_a_sample_with_an_error_and_the_connection_stays_open(tmp_path: Path) -> None:
    whole = jpeg(width=640, height=480)
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        await camera.connection.send(frame_bytes(1, whole[:-200]))
        broken = await camera.get("gaze")
        await camera.connection.send(frame_bytes(2, whole))
        assert (await camera.get("gaze"))["status"] == "uncalibrated"
    assert (broken["status"], broken["x"]) == ("error", None)
    assert "cut off" in broken["reason"]


async def test_a_foreign_page_may_not_connect(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        for url in (server.camera_url, server.stream_url):
            with pytest.raises(InvalidStatus) as refused:
                async with connect(url, origin="https://evil.example"):
                    pass
            assert refused.value.response.status_code == 403
            assert b"evil.example" in (refused.value.response.body or b"")


async def test_our_own_page_and_a_listed_origin_may_connect(tmp_path: Path) -> None:
    async with running_server(tmp_path, allow_origins=("https://lab.example",)) as server:
        for origin in (server.http, "https://lab.example"):
            async with camera_client(server, origin=origin) as camera:
                await camera.get("hello")


async def test_a_bug_in_the_analysis_is_logged_and_ends_only_its_session(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class BrokenOnce(ColourAnalyzer):
        fails = True

        def analyze(self, *arguments: Any) -> Any:
            if self.fails:
                self.fails = False
                raise ZeroDivisionError("a bug of ours")
            return super().analyze(*arguments)

    async with running_server(tmp_path, BrokenOnce) as server:
        async with camera_client(server) as camera:
            await camera.connection.send(frame_bytes())
            with caplog.at_level(logging.ERROR):
                code, _ = await closed_by(camera)
        assert code == 1011
        assert "a bug of ours" in caplog.text
        async with camera_client(server) as camera:
            assert (await camera.show(0.5, 0.5))["seq"] == 1


async def test_a_stopping_server_closes_with_a_reason(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        connection = await connect(server.camera_url)
        await connection.recv()
    with pytest.raises(ConnectionClosed):
        await connection.recv()
    assert connection.close_code == 1001


async def test_cameras_beyond_the_limit_are_refused_with_try_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.http.camera_socket.MAX_SESSIONS", 1)
    async with running_server(tmp_path) as server, camera_client(server) as first:
        await first.get("hello")
        async with camera_client(server) as second:
            code, said = await closed_by(second)
        assert code == 1013
        assert "close another page" in said
