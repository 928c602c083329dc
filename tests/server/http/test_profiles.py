"""Export and import of profiles over HTTP."""

from __future__ import annotations

from pathlib import Path

import aiohttp

from tests.support.server import camera_client, running_server


async def test_a_profile_goes_from_one_server_to_another(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    async with running_server(here) as server, camera_client(server) as camera, aiohttp.ClientSession() as http:
        headers = {"X-Sightline-Token": (await camera.get("hello"))["token"]}
        await camera.calibrate(user="Ada")
        url = f"{server.http}/v1/profiles/Ada/1000x500/export"
        async with http.get(url) as refused:
            assert refused.status == 403
        async with http.get(url, headers=headers) as answer:
            assert answer.content_type == "application/zip"
            packed = await answer.read()
        async with http.get(url.replace("Ada", "Eve"), headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (404, "no_profile")
        async with http.get(url.replace("1000x500", "big"), headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, "bad_name")
    async with running_server(there) as server, camera_client(server) as camera, aiohttp.ClientSession() as http:
        headers = {"X-Sightline-Token": (await camera.get("hello"))["token"]}
        url = f"{server.http}/v1/profiles/import"
        async with http.post(url, data=packed) as refused:
            assert refused.status == 403
        async with http.post(url, data=b"no zip", headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (409, "profile_failed")
        async with http.post(url, data=packed, headers=headers) as answer:
            assert await answer.json() == {"user": "Ada", "key": "1000x500"}
        async with http.get(f"{server.http}/v1/profiles", headers=headers) as answer:
            (listed,) = (await answer.json())["profiles"]
        assert (listed["user"], listed["key"], listed["problem"]) == ("Ada", "1000x500", None)
