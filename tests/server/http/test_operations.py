"""GET /metrics and GET /readyz."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from pathlib import Path
from unittest import mock

import pytest
from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from server import metrics as figures
from server.http.context import CONTEXT
from server.http.drain import drain
from server.http.operations import folder_problem
from server.metrics import OTHER, Metrics
from server.recordings.writer import RecordingWriter
from tests.support.paths import ROOT
from tests.support.server import GEOMETRY, Server, camera_client, frame_bytes, running_server
from tests.support.times import WAIT_S, wait_until

SECRET = "0123456789abcdef"


async def scraped(http: ClientSession, **headers: str) -> dict[str, float]:
    """Each sample as `name{label}`, without the buckets."""
    async with http.get("/metrics", headers=headers) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/plain"
        text = await answer.text()
    return {
        sample.name + "".join(f"{{{value}}}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if "le" not in sample.labels
    }


async def test_the_figures_count_frames_stages_sessions_and_readers(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http) as http:
        before = await scraped(http)
        assert (before["sightline_sessions"], before["sightline_readers"], before["sightline_workers"]) == (0, 0, 1)
        assert before["sightline_frames_answered_total{ok}"] == 0
        assert before["sightline_pace_frames_per_second"] == float("inf")
        async with camera_client(server) as camera, connect(server.stream_url):
            await camera.connection.send(json.dumps(GEOMETRY))
            await camera.say("record_start")
            await camera.get("record")
            for _ in range(3):
                await camera.show(0.5, 0.5)
            await wait_until(lambda: server.subscribers() == 2)
            during = await scraped(http)
        await wait_until(lambda: not server.app[CONTEXT].live)
        after = await scraped(http)
    assert (during["sightline_sessions"], during["sightline_readers"], during["sightline_recordings"]) == (1, 1, 1)
    assert during["sightline_frames_received_total"] == during["sightline_frames_answered_total{uncalibrated}"] == 3
    for stage in ("arrival", "waiting", "analysis", "total"):
        assert during[f"sightline_frame_stage_seconds_count{{{stage}}}"] == 3, stage
    assert during["sightline_batch_frames_sum"] == 3
    assert during["sightline_worker_busy_seconds_total"] > 0
    assert (after["sightline_sessions"], after["sightline_recordings"], after["sightline_workers"]) == (0, 0, 1)


async def test_a_late_frame_is_counted_as_dropped(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http) as http:
        async with camera_client(server) as camera:
            shown = await camera.show(0.5, 0.5)
            await camera.connection.send(frame_bytes(2, captured_ms=shown["timestamp"] - 100.0))
            assert (await camera.answer(2))["type"] == "dropped"
        assert (await scraped(http))["sightline_frames_dropped_total{late}"] == 1


async def test_a_refusal_is_counted_by_its_code_also_of_a_socket(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http) as http:
        async with http.get("/v1/nothing"), camera_client(server) as camera:
            await camera.connection.send("{")
            await camera.get("error")
        found = await scraped(http)
    assert (found["sightline_refusals_total{not_found}"], found["sightline_refusals_total{bad_json}"]) == (1, 1)


def test_no_client_can_add_a_series() -> None:
    metrics = Metrics()
    n_series = metrics.text().count(b"sightline_refusals_total{")
    for number in range(100):
        metrics.refused(f"code_{number}")
    assert metrics.text().count(b"sightline_refusals_total{") == n_series
    assert f'sightline_refusals_total{{code="{OTHER}"}} 100.0'.encode() in metrics.text()


def test_every_figure_is_documented() -> None:
    described = (ROOT / "server" / "README.md").read_text(encoding="utf-8")
    for name in re.findall(r"# TYPE (sightline_\w+)", Metrics().text().decode()):
        assert f"`{name}`" in described, name


async def test_other_machines_read_the_figures_with_the_operators_token_only(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, host="0.0.0.0", metrics_token=SECRET) as server,
        ClientSession(server.http) as http,
        camera_client(server) as camera,
    ):
        session_token = (await camera.get("hello"))["token"]
        assert (await scraped(http, Authorization=f"Bearer {SECRET}"))["sightline_sessions"] == 1
        for headers, code in (
            ({}, "token_missing"),
            ({"X-Sightline-Token": session_token}, "token_missing"),
            ({"Authorization": f"Bearer {session_token}"}, "wrong_token"),
            ({"Authorization": "Bearer"}, "wrong_token"),
            ({"Authorization": "Basic eDp5"}, "token_missing"),
        ):
            async with http.get("/metrics", headers=headers) as answer:
                assert (answer.status, (await answer.json())["code"]) == (403, code), headers


async def test_a_proxy_or_another_site_does_not_read_the_figures(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http) as http:
        for headers, code in (
            ({"X-Forwarded-For": "192.0.2.7"}, "token_missing"),
            ({"Sec-Fetch-Site": "cross-site"}, "foreign_origin"),
            ({"Authorization": f"Bearer {SECRET}"}, "wrong_token"),  # the server has no such token
        ):
            async with http.get("/metrics", headers=headers) as answer:
                assert (answer.status, (await answer.json())["code"]) == (403, code), headers


async def readiness(server: Server, http: ClientSession) -> tuple[int, list[str]]:
    async with http.get("/readyz") as answer:
        said = await answer.json()
    assert said["ready"] is (answer.status == 200)
    return answer.status, said["reasons"]


async def test_it_is_ready_until_its_worker_ends_or_it_drains(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http) as http:
        assert await readiness(server, http) == (200, [])
        server.app[CONTEXT].draining.set()
        assert await readiness(server, http) == (503, ["the server is stopping"])
        assert (await scraped(http))["sightline_draining"] == 1
        server.app[CONTEXT].draining.clear()
        await asyncio.wait_for(server.pipeline.close(), WAIT_S)
        assert await readiness(server, http) == (503, ["no worker is ready"])
        async with http.get("/healthz") as alive:  # a process that runs need not be restarted
            assert alive.status == 200


async def test_while_it_drains_it_waits_for_the_disk_and_takes_no_new_camera(tmp_path: Path) -> None:
    disk = threading.Event()
    close = RecordingWriter.close

    def slow_close(writer: RecordingWriter, ended_ms: float, *, complete: bool) -> None:
        disk.wait(WAIT_S)
        close(writer, ended_ms, complete=complete)

    async with (
        running_server(tmp_path) as server,
        ClientSession(server.http) as http,
        camera_client(server) as camera,
    ):
        await camera.connection.send(json.dumps(GEOMETRY))
        await camera.say("record_start")
        await camera.get("record")
        with mock.patch.object(RecordingWriter, "close", slow_close):
            draining = asyncio.create_task(drain(server.app))
            await camera.get("stopping")
            assert await readiness(server, http) == (503, ["the server is stopping"])
            async with camera_client(server) as late:
                assert (await late.get("error"))["code"] == "stopping"
                with pytest.raises(ConnectionClosed) as closed:
                    await late.get("hello")
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 1001
            assert (await camera.show(0.5, 0.5))["type"] == "gaze"  # the others go on
            assert not draining.done()
            disk.set()
            assert (await camera.get("record"))["state"] == "stopped"
            await asyncio.wait_for(draining, WAIT_S)


async def test_a_folder_that_cannot_be_written_is_a_reason_without_its_path(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http) as http:
        (tmp_path / "recordings").rmdir() if (tmp_path / "recordings").exists() else None
        (tmp_path / "recordings").write_text("a file")
        (tmp_path / "profiles").write_text("a file")
        status, reasons = await readiness(server, http)
    assert status == 503
    assert reasons == ["the folder of saved calibrations can't be written", "the folder of recordings can't be written"]


def test_a_full_disk_is_a_problem_and_a_folder_that_comes_later_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert folder_problem(tmp_path / "not" / "yet") is None
    assert not (tmp_path / "not").exists()
    monkeypatch.setattr("server.http.operations.MIN_FREE_BYTES", 2**80)
    assert "free space" in (folder_problem(tmp_path) or "")


def test_refusals_are_listed_once() -> None:
    assert len(set(figures.REFUSALS)) == len(figures.REFUSALS)
