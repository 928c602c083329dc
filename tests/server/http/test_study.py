"""A study over HTTP and in the recording."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from websockets.asyncio.client import connect

from server.recordings.runs import study_recordings
from tests.support.received import received
from tests.support.server import GEOMETRY, CameraClient, camera_client, running_server
from tests.support.times import wait_until

OWN = {"Sec-Fetch-Site": "same-origin", "X-Sightline-Request": "page"}
STUDY = """\
name: pilot
title: A pilot
order: latin
stimuli:
  - picture: cat.svg
  - picture: dog.svg
  - page: https://example.org/shop
  - text: The end
"""


def write(folder: Path, text: str = STUDY) -> Path:
    study = folder / "study"
    study.mkdir(exist_ok=True)
    for name in ("cat", "dog"):
        (study / f"{name}.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (study / "study.yaml").write_text(text)
    return study


async def record(camera: CameraClient, run: dict[str, Any], *, stop: bool | None) -> str:
    await camera.connection.send(json.dumps(GEOMETRY))
    await camera.say("record_start", person="Ada", study=run)
    name = str((await camera.get("record"))["recording"])
    if stop is not None:
        await camera.say("record_stop", complete=stop)
        assert (await camera.get("record"))["state"] == "stopped"
    return name


async def test_the_page_gets_the_texts_the_steps_and_the_files(tmp_path: Path) -> None:
    async with running_server(tmp_path, study=write(tmp_path)) as server, ClientSession(server.http) as http:
        async with http.get("/v1/study") as answer:
            about = await answer.json()
            assert (about["title"], about["n_stimuli"]) == ("A pilot", 4)
        async with http.post("/v1/study/participants") as answer:
            assert (answer.status, (await answer.json())["code"]) == (403, "token_missing")
        given = []
        for _ in range(2):
            async with http.post("/v1/study/participants", headers=OWN | {"Origin": server.http}) as answer:
                given.append(await answer.json())
        assert [one["participant"] for one in given] == [1, 2]
        source = given[0]["steps"][0]["source"]
        async with http.get(source) as answer:
            assert (answer.status, answer.content_type) == (200, "image/svg+xml")
        for wrong in ("/v1/study/files/2", "/v1/study/files/-1", "/v1/study/files/99", "/v1/study/files/x"):
            async with http.get(wrong) as answer:
                assert answer.status == 404


async def test_only_the_page_of_the_study_may_frame_the_sites_that_it_names_now(tmp_path: Path) -> None:
    async with running_server(tmp_path, study=write(tmp_path)) as server, ClientSession(server.http) as http:

        async def frames(path: str) -> str:
            async with http.get(path) as answer:
                return answer.headers["Content-Security-Policy"].split("frame-src ")[1].split(";")[0]

        assert await frames("/study/") == "'self' https://example.org"
        assert await frames("/") == await frames("/v1/study") == "'self'"
        write(tmp_path, STUDY.replace("example.org", "shop.example"))
        assert await frames("/study/") == "'self' https://shop.example"
        write(tmp_path, STUDY.replace("latin", "shuffled"))
        assert await frames("/study/") == "'self'"


async def test_a_mistake_that_comes_while_the_server_runs_is_named(tmp_path: Path) -> None:
    study = write(tmp_path)
    async with running_server(tmp_path, study=study) as server, ClientSession(server.http) as http:
        write(tmp_path, STUDY.replace("latin", "shuffled"))
        async with http.get("/v1/study") as answer:
            problem = await answer.json()
            assert (answer.status, problem["code"]) == (409, "bad_study")
            assert problem["message"].startswith("study.yaml:3: order")
            assert str(tmp_path) not in problem["message"]


async def test_a_participant_who_stops_is_marked_and_the_next_gets_their_row(tmp_path: Path) -> None:
    async with running_server(tmp_path, study=write(tmp_path)) as server, ClientSession(server.http) as http:

        async def next_run() -> dict[str, Any]:
            async with http.post("/v1/study/participants", headers=OWN | {"Origin": server.http}) as answer:
                given = await answer.json()
            return {"name": "pilot", "participant": given["participant"], "row": given["row"]}

        async with camera_client(server) as camera:
            first = await next_run()
            await record(camera, first, stop=True)
            second = await next_run()
            name = await record(camera, second, stop=None)
            await camera.say("stimulus", phase="start", name="cat", shown_ms=1_000.0, request_id=1)
            await camera.get("accepted")
        session = tmp_path / "recordings" / name / "session.json"
        await wait_until(lambda: json.loads(session.read_text())["recording"]["ended_ms"] is not None)
        assert '"name":"cat"' in session.with_name("samples.ndjson").read_text()
        third = await next_run()
        assert (first["row"], second["row"], third["row"]) == (0, 1, 1)
        assert third["participant"] == 3
    runs = study_recordings(tmp_path / "recordings", "pilot")
    assert sorted((run.participant, run.complete) for run in runs) == [(1, True), (2, False)]
    assert json.loads(session.read_text())["study"] == "pilot"
    (tmp_path / "recordings" / name / "session.json").write_text("{")
    assert len(study_recordings(tmp_path / "recordings", "pilot")) == 1


async def test_stimuli_reach_the_recording_and_subscribers_with_their_true_times(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path) as server,
        camera_client(server) as camera,
        connect(f"{server.stream_url}?topics=stimulus") as reader,
    ):
        name = await record(camera, {"name": "pilot", "participant": 1, "row": 0}, stop=None)
        place = {"x_px": 10, "y_px": -400.5, "width_px": 800, "height_px": 5000}
        shown = {"name": "page", "kind": "page", "shown_ms": 1_763_843_912_345.6, "request_id": 7}
        await camera.connection.send(json.dumps({"type": "stimulus", "phase": "start"} | shown | place))
        assert (await camera.get("accepted"))["request_id"] == 7
        event = await received(reader, "stimulus")
        assert (event["timestamp"], event["phase"], event["y_px"]) == (1_763_843_912_345.6, "start", -400.5)
        lines = (tmp_path / "recordings" / name / "samples.ndjson").read_text().splitlines()
        assert json.loads(lines[-1]) == event


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"phase": "begin"}, "phase must be one of"),
        ({"name": ""}, "name must be a text"),
        ({"shown_ms": 1.763e15}, "microseconds"),
        ({"x_px": 3}, "together"),
        ({"kind": "smell"}, "kind must be one of"),
        ({"x_px": 0, "y_px": 0, "width_px": 0, "height_px": 5}, "width_px must be a number from 1 to 100000"),
    ],
)
async def test_a_wrong_stimulus_is_named(tmp_path: Path, wrong: dict[str, Any], says: str) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        right = {"type": "stimulus", "phase": "start", "name": "cat", "shown_ms": 1.763e12}
        await camera.connection.send(json.dumps(right | wrong))
        assert says in (await camera.get("error"))["message"]
