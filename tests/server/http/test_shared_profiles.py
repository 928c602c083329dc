"""Two servers with one Redis."""

from __future__ import annotations

import contextlib
import json
import socket
from pathlib import Path

import pytest
from aiohttp import ClientSession

from calibration.profiles.redis_store import RedisProfileStore, connected
from server.errors import StartupError
from server.service import open_profiles
from server.settings import Settings
from tests.support.redis_server import redis_server
from tests.support.server import GEOMETRY, camera_client, running_server


async def test_a_profile_saved_at_one_server_is_used_at_another_and_redis_may_restart(tmp_path: Path) -> None:
    for name in ("redis", "a", "b"):
        (tmp_path / name).mkdir()
    async with contextlib.AsyncExitStack() as stack:
        redis = stack.enter_context(redis_server(tmp_path / "redis"))
        stores = [RedisProfileStore(stack.enter_context(contextlib.closing(connected(redis.url)))) for _ in "ab"]
        changed = {"redis": redis.url}
        a = await stack.enter_async_context(running_server(tmp_path / "a", profiles=stores[0], **changed))
        b = await stack.enter_async_context(running_server(tmp_path / "b", profiles=stores[1], **changed))
        there = await stack.enter_async_context(ClientSession(b.http))
        at_a = await stack.enter_async_context(camera_client(a))
        await at_a.calibrate(user="Ada")
        assert (await at_a.get("calibration"))["state"] == "saved"

        at_b = await stack.enter_async_context(camera_client(b))
        await at_b.connection.send(json.dumps(GEOMETRY))
        await at_b.say("profile_load", user="Ada")
        assert (await at_b.get("calibration"))["state"] == "loaded"
        assert not (tmp_path / "a" / "profiles").exists()

        redis.kill()
        await at_a.say("profile_save", user="Eve")
        refused = await at_a.get("error")
        assert refused["code"] == "profile_failed"
        assert "try again" in refused["message"]
        await at_b.show(0.5, 0.5)  # tracking continues
        async with there.get("/v1/profiles") as answer:
            assert (answer.status, (await answer.json())["code"]) == (503, "profile_failed")
        async with there.get("/readyz") as answer:
            assert (answer.status, "Redis" in (await answer.json())["reasons"][0]) == (503, True)

        redis.start()
        await at_a.say("profile_save", user="Eve")
        assert (await at_a.get("calibration"))["state"] == "saved"
        async with there.get("/v1/profiles") as answer:
            assert [one["user"] for one in (await answer.json())["profiles"]] == ["Ada", "Eve"]
        async with there.get("/readyz") as answer:
            assert answer.status == 200


def test_a_server_without_its_redis_does_not_start_and_says_what_to_do() -> None:
    with socket.socket() as bound:  # nothing listens there
        bound.bind(("127.0.0.1", 0))
        for url in (f"redis://:secret@127.0.0.1:{bound.getsockname()[1]}/0", "redis://127.0.0.1:port/0"):
            with pytest.raises(StartupError, match="Check the address") as refusal:
                open_profiles(Settings(redis=url), "", {})
            assert "secret" not in str(refusal.value)
