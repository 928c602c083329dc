"""Export and import of profiles over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.server import GEOMETRY, CameraClient, camera_client, frame_bytes, jpeg, running_server


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


async def test_a_camera_frame_of_another_shape_makes_a_calibration_stale_also_a_saved_one(tmp_path: Path) -> None:
    async def show(camera: CameraClient, **size: int) -> dict[str, Any]:
        camera.seq += 1
        await camera.connection.send(frame_bytes(camera.seq, jpeg(0.5, 0.5), **size))
        return await camera.get("gaze")

    square = {"width": 480, "full_width": 480}
    async with running_server(tmp_path) as server:
        async with camera_client(server) as camera:
            await camera.calibrate(user="Ada")
            first, other, again = [await show(camera, **size) for size in ({}, square, {})]
        assert [gaze["status"] for gaze in (first, other, again)] == ["ok", "stale_calibration", "ok"]
        assert other["valid"]
        assert "size or shape" in other["reason"]
        assert "reason" not in first
        async with camera_client(server) as camera:
            await camera.connection.send(json.dumps(GEOMETRY))
            await camera.say("profile_load", user="Ada")
            assert (await camera.get("calibration"))["state"] == "loaded"
            assert (await show(camera, **square))["status"] == "stale_calibration"


async def test_a_page_that_is_loaded_again_gets_the_calibration_of_its_earlier_session(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        async with camera_client(server) as camera:
            token = (await camera.get("hello"))["token"]
            done = await camera.calibrate()
        async with camera_client(server) as camera:
            await camera.get("hello")
            await camera.say("calibration_resume", token=token, request_id=1)
            assert (await camera.get("error"))["code"] == "geometry_missing"
            await camera.say("geometry", **GEOMETRY)
            await camera.say("calibration_resume", token="a wrong one", request_id=2)
            assert (await camera.get("error"))["code"] == "calibration_gone"
            await camera.say("calibration_resume", token=token, request_id=3)
            resumed = await camera.get("calibration")
            assert (resumed["state"], resumed["calibration"]) == ("loaded", done["calibration"])
            assert (await camera.show(0.5, 0.5))["valid"]
        async with camera_client(server) as camera:
            await camera.get("hello")
            await camera.say("geometry", screen={"width_px": 800, "height_px": 600})
            await camera.say("calibration_resume", token=token)
            assert (await camera.get("error"))["code"] == "calibration_gone", "it belongs to another screen"
