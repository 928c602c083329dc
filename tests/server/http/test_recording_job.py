"""The recording's thread: answers wait for the files, and the system's clock ends nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.http import recording_job
from server.http.recording_job import RecordingJob
from server.recordings.records import RecordFrame, StopRecording
from server.recordings.store import RecordingStore
from tests.support.full_disk import full_disk
from tests.support.gaze_messages import gaze
from tests.support.received import next_message
from tests.support.recordings import START
from tests.support.server import GEOMETRY, NOW_MS, CameraClient, camera_client, frame, frame_bytes, running_server
from tests.support.times import wait_until

ID = START.recording_id


def lines(folder: Path, recording: str) -> list[dict[str, object]]:
    """The lines of the recording; none while its file is being created."""
    path = folder / "recordings" / recording / "samples.ndjson"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


async def start_recording(camera: CameraClient) -> str:
    """Returns the recording's id."""
    await camera.connection.send(json.dumps(GEOMETRY))
    await camera.say("record_start")
    return str((await camera.get("record"))["recording"])


async def test_a_mark_is_in_the_file_when_it_is_acknowledged(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        name = await start_recording(camera)
        for i in range(50):
            await camera.say("mark", label=f"mark {i}", request_id=i)
            await camera.get("mark")
            assert [line["label"] for line in lines(tmp_path, name)] == [f"mark {k}" for k in range(i + 1)]


async def test_a_recording_is_complete_when_the_stop_is_answered(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        name = await start_recording(camera)
        for _ in range(20):
            await camera.show(0.5, 0.5)
        await camera.say("record_stop", request_id="stop")
        stopped = await camera.get("record")
        assert (stopped["state"], stopped["request_id"]) == ("stopped", "stop")
        about = json.loads((tmp_path / "recordings" / name / "session.json").read_text())["recording"]
        assert (about["n_samples"], len(lines(tmp_path, name))) == (20, 20)
        assert about["ended_ms"] >= about["started_ms"]


async def test_a_full_disk_is_reported_by_the_stop(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        name = await start_recording(camera)
        await camera.show(0.5, 0.5)
        await wait_until(lambda: len(lines(tmp_path, name)) == 1)
        with full_disk(max_file_bytes=0):
            await camera.say("record_stop", request_id=7)
            failed = await camera.get("record")
        assert (failed["state"], failed["request_id"]) == ("failed", 7)
        assert failed["reason"] == "it could not be written: the disk is full. Free some space"


async def test_a_disk_that_becomes_full_ends_the_recording_once(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        name = await start_recording(camera)
        await camera.show(0.5, 0.5)
        await wait_until(lambda: len(lines(tmp_path, name)) == 1)
        with full_disk(max_file_bytes=500):
            for seq in range(2, 5):
                await camera.connection.send(frame_bytes(seq))
            failed = await camera.get("record")
            await camera.say("record_stop")
            seen = []
            while not seen or seen[-1]["type"] != "error":
                seen.append(await next_message(camera.connection))
        assert failed["state"] == "failed"
        assert [message for message in seen if message["type"] == "record"] == []
        assert seen[-1]["code"] == "not_recording"
        assert len(lines(tmp_path, name)) == 1


class Disk:
    """Collects what the job reports."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.limits: list[str] = []
        self.now_s = 100.0

    def job(self, folder: Path) -> RecordingJob:
        return RecordingJob(
            store=RecordingStore(folder),
            failed=lambda _, reason: self.failures.append(reason),
            reached_limit=self.limits.append,
            monotonic_s=lambda: self.now_s,
        )


async def test_the_duration_does_not_come_from_the_clock_of_the_system(tmp_path: Path) -> None:
    disk = Disk()
    job = disk.job(tmp_path)
    job.perform(START)
    disk.now_s += 12.5
    stopped = job.perform(StopRecording(ID, NOW_MS - 3_600_000.0))
    assert stopped is not None
    stopped.result()
    (info,) = RecordingStore(tmp_path).list()
    assert info.duration_s == 12.5


@pytest.mark.parametrize("limit", ["duration", "size"])
async def test_a_recording_that_is_too_long_or_too_large_is_reported(
    tmp_path: Path, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk()
    job = disk.job(tmp_path)
    monkeypatch.setattr(recording_job, "MAX_RECORDING_BYTES", 100)
    job.perform(START)
    job.perform(RecordFrame(ID, gaze(1), frame(1, picture=bytes(60)), None, picture=True))
    assert disk.limits == []
    if limit == "duration":
        disk.now_s += recording_job.MAX_RECORDING_S + 1.0
    job.perform(RecordFrame(ID, gaze(2), frame(2, picture=bytes(60)), None, picture=limit == "size"))
    assert disk.limits == [ID]
    job.end(NOW_MS)


async def test_a_disk_that_is_too_slow_ends_the_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording_job, "MAX_WAITING", 0)
    disk = Disk()
    job = disk.job(tmp_path)
    job.perform(START)
    assert job.perform(RecordFrame(ID, gaze(1), frame(1), None, picture=False)) is None
    assert disk.failures == ["the disk is too slow"]
    job.end(NOW_MS)
