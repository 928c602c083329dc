from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path

import pytest
from aiohttp import ClientSession
from websockets.asyncio.client import connect

from server.errors import HttpRefusal
from server.http import limits
from server.http.context import CONTEXT
from server.http.limits import Throttle, Turns
from server.settings import MAX_DOWNLOADS_EACH
from tests.support.received import received
from tests.support.server import GEOMETRY, camera_client, running_server
from tests.support.times import WAIT_S, wait_until


def test_a_burst_passes_and_what_follows_waits_for_its_rate() -> None:
    throttle = Throttle(per_s=10.0, burst=5)
    assert [throttle.wait_s(0.0) for _ in range(5)] == [0.0] * 5
    assert throttle.wait_s(0.0) == pytest.approx(0.1)
    assert throttle.wait_s(0.1) == pytest.approx(0.1)
    assert throttle.wait_s(60.0) == 0.0


def test_a_usual_camera_never_waits() -> None:
    throttle = Throttle()
    assert not any(throttle.wait_s(frame / 120.0) for frame in range(100_000))


@pytest.mark.parametrize("path", ["/v1/camera", "/v1/stream"])
async def test_a_flood_is_read_slowly_up_to_its_last_message(
    tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    really = Throttle.wait_s

    def watched(throttle: Throttle, now_s: float) -> float:
        waits.append(really(throttle, now_s))
        return waits[-1] / 100.0  # so the test is short

    monkeypatch.setattr(Throttle, "wait_s", watched)
    async with running_server(tmp_path) as server, connect(f"ws://127.0.0.1:{server.port}{path}") as flood:
        n_messages = limits.BURST + 500
        for number in range(n_messages):
            await flood.send(f'{{"type":"time_sync","client_ms":1,"request_id":{number}}}')
        while (await received(flood, "time_sync"))["request_id"] != n_messages - 1:
            pass  # a reader's answers are queued, and the oldest are dropped
    assert max(waits) > 0.0


async def test_work_waits_for_its_turn_and_the_queue_has_an_end() -> None:
    turns, release, began = Turns(at_once=1, waiting=1), asyncio.Event(), 0

    async def work() -> None:
        nonlocal began
        async with turns.take():
            began += 1
            await release.wait()

    tasks = [asyncio.create_task(work()) for _ in range(3)]
    done, _ = await asyncio.wait(tasks, timeout=WAIT_S, return_when=asyncio.FIRST_COMPLETED)
    (refused,) = done
    assert isinstance(refused.exception(), HttpRefusal)
    assert began == 1
    release.set()
    await asyncio.wait(tasks, timeout=WAIT_S)
    assert began == 2
    async with turns.take():
        pass


async def test_one_session_leaves_turns_for_others() -> None:
    turns = Turns(at_once=2, waiting=2, each=1)
    async with turns.take("s_1"), turns.take("s_2"):
        with pytest.raises(HttpRefusal, match="of this session"):
            await turns.take("s_1").__aenter__()
    async with turns.take("s_1"), turns.take(), contextlib.AsyncExitStack() as third:
        waiting = asyncio.create_task(third.enter_async_context(turns.take()))
        await asyncio.sleep(0)
        assert not waiting.done()  # a request without a session waits for its turn as before
        waiting.cancel()


async def test_the_downloads_of_one_token_have_an_end_and_the_own_page_still_gets_a_turn(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http) as http, camera_client(server) as camera:
        hello = await camera.get("hello")
        await camera.connection.send(json.dumps(GEOMETRY))
        await camera.say("record_start", frames=False)
        recording = (await camera.get("record"))["recording"]
        await camera.say("record_stop")
        assert (await camera.get("record"))["state"] == "stopped"
        path = f"/v1/recordings/{recording}"
        async with contextlib.AsyncExitStack() as slow:
            for _ in range(MAX_DOWNLOADS_EACH):
                await slow.enter_async_context(server.app[CONTEXT].downloads.take(hello["session"]))
            async with http.get(path, headers={"X-Sightline-Token": hello["token"]}) as answer:
                assert (answer.status, (await answer.json())["code"]) == (503, "busy")
            own_page = {"Sec-Fetch-Site": "same-origin", "X-Sightline-Request": "page"}
            async with http.get(path, headers=own_page) as answer:
                assert answer.status == 200
        async with http.get(path, headers={"X-Sightline-Token": hello["token"]}) as answer:
            assert answer.status == 200


@pytest.mark.parametrize("kind", ["drawing", "downloads"])
async def test_a_full_queue_is_answered_with_busy(tmp_path: Path, kind: str) -> None:
    own_page = {"Sec-Fetch-Site": "same-origin", "X-Sightline-Request": "page"}
    path = {"drawing": "/v1/heatmap.png", "downloads": "/v1/recordings/r_20261124_160000_0a1b2c"}[kind]
    async with running_server(tmp_path) as server, ClientSession(server.http) as http, camera_client(server):
        await wait_until(lambda: bool(server.app[CONTEXT].live))
        turns: Turns = getattr(server.app[CONTEXT], kind)
        turns._requests = [None] * turns._max_requests
        async with http.get(path, headers=own_page) as answer:
            assert (answer.status, (await answer.json())["code"]) == (503, "busy")


async def test_a_head_with_too_many_or_too_long_headers_is_refused(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http) as http:
        for headers in ({f"X-{number}": "x" for number in range(200)}, {"X-Long": "x" * 10_000}):
            async with http.get("/healthz", headers=headers) as answer:
                assert answer.status == 400


async def test_the_body_of_a_request_that_has_none_is_not_kept(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http) as http:
        async with http.get("/healthz", data=b"x" * (4 * 1024 * 1024)) as answer:
            assert answer.status == 200
        async with http.get("/healthz") as answer:
            assert answer.status == 200
