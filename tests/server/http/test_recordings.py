"""Recordings over HTTP: the page begins them; programs with the session's token list, download and delete them."""

from __future__ import annotations

import errno
import io
import json
import stat
import zipfile
from pathlib import Path

import aiohttp
import pytest

from server.recordings.reader import read_recording
from server.recordings.store import NoRecording, RecordingStore
from tests.support.recordings import START
from tests.support.server import GEOMETRY, camera_client, running_server
from tests.support.times import wait_until


def ended(folder: Path) -> bool:
    """Waits for the end of a recording. It is written in the background, so the last lines may come later."""
    session = folder / "session.json"
    return session.exists() and json.loads(session.read_text())["recording"]["ended_ms"] is not None


async def test_a_calibration_and_a_validation_are_recorded_downloaded_and_deleted(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera, aiohttp.ClientSession() as http:
        token = (await camera.get("hello"))["token"]
        await camera.connection.send(json.dumps(GEOMETRY))
        await camera.say("record_start", frames=True, consent=True, person="Ada")
        started = await camera.get("record")
        assert started["state"] == "started"
        name = started["recording"]
        done = await camera.calibrate()
        assert done["state"] == "done"
        await camera.validate(clock_ms=1_700_000_000_000.0)

        headers = {"X-Sightline-Token": token}
        url = f"{server.http}/v1/recordings"
        async with http.delete(f"{url}/{name}", headers=headers) as busy:
            assert (busy.status, (await busy.json())["code"]) == (409, "recording_busy")
        await camera.say("record_stop")
        assert (await camera.get("record"))["state"] == "stopped"
        async with http.get(url) as refused:
            assert (refused.status, (await refused.json())["code"]) == (403, "token_missing")
        await wait_until(lambda: ended(tmp_path / "recordings" / name))
        async with http.get(url, headers=headers) as answer:
            (info,) = (await answer.json())["recordings"]
        assert info["n_frames"] > 0
        assert (info["recording"], info["person"], info["frames"]) == (name, "Ada", True)
        async with http.get(f"{url}/{name}", headers=headers) as answer:
            assert answer.content_type == "application/zip"
            packed = await answer.read()
        async with http.get(f"{url}/{name}") as refused:
            assert refused.status == 403
        zipfile.ZipFile(io.BytesIO(packed)).extractall(tmp_path / "taken")
        recording = read_recording(tmp_path / "taken" / name)
        assert len(recording.in_phase("calibrate")) >= 9 * 5
        assert len({frame.target_id for frame in recording.in_phase("test")}) == 9

        async with http.delete(f"{url}/{name}") as refused:
            assert refused.status == 403
        async with http.delete(f"{url}/{name}", headers=headers) as answer:
            assert answer.status == 204
        async with http.delete(f"{url}/{name}", headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (404, "no_recording")


async def test_a_page_that_closes_ends_its_recording(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        async with camera_client(server) as camera:
            await camera.connection.send(json.dumps(GEOMETRY))
            await camera.say("record_start")
            name = (await camera.get("record"))["recording"]
            await camera.show(0.5, 0.5)
        session = tmp_path / "recordings" / name / "session.json"
        await wait_until(lambda: ended(session.parent))
        assert json.loads(session.read_text())["recording"]["n_samples"] == 1


async def test_a_folder_that_cannot_be_written_is_reported_to_the_page(tmp_path: Path) -> None:
    (tmp_path / "recordings").write_text("a file in its place")
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        await camera.connection.send(json.dumps(GEOMETRY))
        await camera.say("record_start")
        assert (await camera.get("record"))["state"] == "started"
        failed = await camera.get("record")
        assert failed["state"] == "failed"
        assert "could not be written" in failed["reason"]
        assert (await camera.show(0.5, 0.5))["status"] == "uncalibrated"


@pytest.mark.parametrize("problem", ["full", "deleted"])
async def test_a_download_that_is_not_possible_says_why(
    tmp_path: Path, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_file() -> None:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    def pack(store: RecordingStore, name: str, into: object) -> None:
        raise NoRecording("the recording was deleted meanwhile")

    async with running_server(tmp_path) as server, aiohttp.ClientSession() as http:
        if problem == "full":
            monkeypatch.setattr("tempfile.TemporaryFile", no_file)
        else:
            monkeypatch.setattr(RecordingStore, "pack", pack)
        own = {"Sec-Fetch-Site": "same-origin", "X-Sightline-Request": "page"}
        async with http.get(f"{server.http}/v1/recordings/{START.recording_id}", headers=own) as refused:
            answer = (refused.status, (await refused.json())["code"])
    assert answer == ((507, "not_packed") if problem == "full" else (404, "no_recording"))


async def test_recordings_of_older_versions_become_private_when_the_server_starts(tmp_path: Path) -> None:
    folders = [tmp_path / "recordings" / name for name in (START.recording_id, "another program's")]
    for folder in folders:
        folder.mkdir(parents=True, mode=0o755)
        folder.chmod(0o755)
    async with running_server(tmp_path):
        assert [stat.S_IMODE(folder.stat().st_mode) for folder in folders] == [0o700, 0o755]


async def test_only_our_own_page_may_list_without_a_session(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, aiohttp.ClientSession() as http:
        own = {"Sec-Fetch-Site": "same-origin", "X-Sightline-Request": "page"}
        async with http.get(f"{server.http}/v1/recordings", headers=own) as answer:
            assert await answer.json() == {"recordings": []}
        for foreign in (
            {"Sec-Fetch-Site": "cross-site", "X-Sightline-Request": "page"},
            {"Sec-Fetch-Site": "same-origin"},
            {},
        ):
            async with http.get(f"{server.http}/v1/recordings", headers=foreign) as refused:
                assert refused.status == 403
