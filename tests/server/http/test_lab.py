"""The lab over HTTP: notes, time lines, pictures of stimuli, analyses; and what it refuses."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from server import cli
from server.recordings.pictures import MAX_PICTURE_BYTES
from tests.support.hand_made import Known, accuracy_line, stimulus_line, write_recording
from tests.support.server import camera_client, running_server

NAME, OTHER = "r_20261124_160000_0a1b2c", "r_20261124_170000_0a1b2d"
OWN = {"Sec-Fetch-Site": "same-origin", "X-Sightline-Request": "page"}
KNOWN: list[Known] = [(200.0, 500.0, 0.2, 0.5), (700.0, 1000.0, 0.8, 0.5)]
LEFT = {"name": "left", "shape": "rectangle", "points": [[0.0, 0.0], [0.4, 1.0]]}
LATE, ENDED = {"span_ms": [60_000, None]}, {"span_ms": [500, 400]}
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def headers(http: str) -> dict[str, str]:
    return {**OWN, "Origin": http}


def recordings(home: Path) -> None:
    lines = (stimulus_line("start", "cat", 0.0), accuracy_line(20.0))
    write_recording(home / "recordings" / NAME, KNOWN, *lines)
    write_recording(home / "recordings" / OTHER, KNOWN[:1], *lines, person="Ben")


async def answer(http: ClientSession, method: str, path: str, **options: Any) -> tuple[int, Any]:
    async with http.request(method, path, headers=OWN | options.pop("headers", {}), **options) as found:
        body = await found.read()
        return found.status, json.loads(body) if found.content_type == "application/json" else body


async def test_recordings_are_described_opened_and_analysed(tmp_path: Path) -> None:
    recordings(tmp_path)
    async with running_server(tmp_path) as server, ClientSession(server.http, headers={"Origin": server.http}) as http:
        status, listed = await answer(http, "GET", "/v1/recordings")
        assert status == 200
        entry = next(one for one in listed["recordings"] if one["recording"] == NAME)
        assert entry["accuracy"] == {"px": 20.0, "deg": None, "kind": "measured"}
        assert (entry["stimuli"], entry["marks"], entry["label"], entry["tags"]) == (["cat"], 0, "", [])
        assert entry["lost"] == pytest.approx(10 / 26, abs=0.05)

        change = {"label": "Ada, morning", "note": "glasses\noff", "tags": ["pilot"]}
        status, changed = await answer(http, "PATCH", f"/v1/recordings/{NAME}", json=change)
        assert (status, {key: changed[key] for key in change}) == (200, change)
        status, changed = await answer(http, "PATCH", f"/v1/recordings/{NAME}", json={"note": ""})
        assert (changed["label"], changed["note"]) == ("Ada, morning", "")

        picture = f"/v1/recordings/{NAME}/stimuli/cat"
        assert (await answer(http, "GET", picture))[1]["code"] == "no_stimulus"
        status, _ = await answer(http, "PUT", picture, data=PNG, headers={"Content-Type": "image/png"})
        assert status == 204
        assert await answer(http, "GET", picture) == (200, PNG)

        status, line = await answer(http, "GET", f"/v1/recordings/{NAME}/timeline")
        assert status == 200
        assert (line["label"], line["person"], len(line["fixations"])) == ("Ada, morning", "Ada", 2)
        assert line["stimuli"][0]["picture"] is True

        request = {"recordings": [NAME, OTHER], "stimulus": "cat", "areas": [LEFT]}
        status, found = await answer(http, "POST", "/v1/analysis", json=request)
        assert status == 200
        assert [person["areas"]["left"]["fixation_ms"] for person in found["people"]] == [300.0, 300.0]
        assert found["groups"]["left"]["looked"]["n"] == 2
        status, table = await answer(http, "POST", "/v1/analysis.csv?table=fixations", json=request)
        assert (status, len(table.decode().splitlines())) == (200, 1 + 2 + 1)
        status, page = await answer(http, "POST", "/v1/analysis.html", json=request)
        assert status == 200
        assert b"data:image/svg+xml" in page


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("GET", "/v1/recordings/r_20261124_160000_ffffff/timeline", {}, 404, "no_recording"),
        ("GET", "/v1/recordings/..%2f..%2fetc/timeline", {}, 404, "no_recording"),
        ("PATCH", "/v1/recordings/r_20261124_160000_ffffff", {"json": {}}, 404, "no_recording"),
        ("PATCH", f"/v1/recordings/{NAME}", {"json": {"label": 7}}, 400, "bad_note"),
        ("PATCH", f"/v1/recordings/{NAME}", {"json": {"label": "x" * 65}}, 400, "bad_note"),
        ("PATCH", f"/v1/recordings/{NAME}", {"json": {"tags": ["a\nb"]}}, 400, "bad_note"),
        ("PATCH", f"/v1/recordings/{NAME}", {"json": {"person": "Ben"}}, 400, "bad_note"),
        ("PATCH", f"/v1/recordings/{NAME}", {"data": b"{"}, 400, "bad_note"),
        ("PATCH", f"/v1/recordings/{NAME}", {"data": b"[]"}, 400, "bad_note"),
        ("PATCH", f"/v1/recordings/{NAME}", {"data": b" " * 70_000}, 413, "too_large"),
        ("PUT", f"/v1/recordings/{NAME}/stimuli/cat", {"data": b"<html>"}, 400, "bad_picture"),
        ("PUT", f"/v1/recordings/{NAME}/stimuli/{'x' * 65}", {"data": PNG}, 400, "bad_picture"),
        ("PUT", "/v1/recordings/r_20261124_160000_ffffff/stimuli/cat", {"data": PNG}, 404, "no_recording"),
        ("PUT", f"/v1/recordings/{NAME}/stimuli/cat", {"data": bytes(MAX_PICTURE_BYTES + 1)}, 413, "too_large"),
        ("POST", "/v1/analysis", {"data": b"{"}, 400, "bad_analysis"),
        ("POST", "/v1/analysis", {"json": {"recordings": []}}, 400, "bad_analysis"),
        ("POST", "/v1/analysis", {"json": {"recordings": [NAME], "stimulus": "dog"}}, 400, "bad_analysis"),
        ("POST", "/v1/analysis", {"json": {"recordings": [NAME], "areas": [LEFT, LEFT]}}, 400, "bad_analysis"),
        ("POST", "/v1/analysis", {"json": {"recordings": [NAME], "areas": [LEFT | LATE]}}, 400, "bad_analysis"),
        ("POST", "/v1/analysis", {"json": {"recordings": [NAME], "areas": [LEFT | ENDED]}}, 400, "bad_analysis"),
        ("POST", "/v1/analysis", {"json": {"recordings": ["r_20261124_160000_ffffff"]}}, 404, "no_recording"),
        ("POST", "/v1/analysis.csv?table=people", {"json": {"recordings": [NAME]}}, 400, "bad_query"),
    ],
)
async def test_a_wrong_request_is_refused(
    tmp_path: Path, method: str, path: str, options: dict[str, Any], status: int, code: str
) -> None:
    recordings(tmp_path)
    if method == "PUT":
        options = options | {"headers": {"Content-Type": "image/png"}}
    async with running_server(tmp_path) as server, ClientSession(server.http, headers={"Origin": server.http}) as http:
        found, refusal = await answer(http, method, path, **options)
        assert (found, refusal["code"]) == (status, code)


async def test_without_permission_nothing_is_opened_or_changed(tmp_path: Path) -> None:
    recordings(tmp_path)
    async with running_server(tmp_path) as server, ClientSession(server.http) as http:
        for method, path in (
            *(("GET", f"/v1/recordings/{NAME}/timeline"), ("PATCH", f"/v1/recordings/{NAME}")),
            *(("GET", f"/v1/recordings/{NAME}/stimuli/cat"), ("PUT", f"/v1/recordings/{NAME}/stimuli/cat")),
            *(("POST", f"/v1/analysis{kind}") for kind in ("", ".csv", ".html")),
        ):
            async with http.request(method, path, json={"recordings": [NAME]}) as refused:
                assert (refused.status, (await refused.json())["code"]) == (403, "token_missing"), path


async def test_a_picture_is_never_run_as_a_document(tmp_path: Path) -> None:
    recordings(tmp_path)
    async with running_server(tmp_path) as server, ClientSession(server.http, headers={"Origin": server.http}) as http:
        path = f"/v1/recordings/{NAME}/stimuli/a%20b%2Fc"
        svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'
        status, _ = await answer(http, "PUT", path, data=svg, headers={"Content-Type": "image/svg+xml"})
        assert status == 204
        async with http.get(path, headers=OWN) as found:
            assert found.content_type == "image/svg+xml"
            assert "sandbox" in found.headers["Content-Security-Policy"]
            assert await found.read() == svg


async def test_areas_are_kept_and_are_in_the_download_of_what_shows_them(tmp_path: Path) -> None:
    recordings(tmp_path)
    late = LEFT | {"name": "späte", "span_ms": [200, None]}
    async with running_server(tmp_path) as server, ClientSession(server.http, headers={"Origin": server.http}) as http:
        assert await answer(http, "GET", "/v1/areas") == (200, {"areas": [], "stimuli": {}})
        assert areas_in(await answer(http, "GET", f"/v1/recordings/{NAME}")) is None
        for stimulus, areas in (("cat", [LEFT, late]), ("dog", [LEFT]), (None, [LEFT])):
            status, _ = await answer(http, "PUT", "/v1/areas", json={"stimulus": stimulus, "areas": areas})
            assert status == 204
        kept = {"areas": [LEFT], "stimuli": {"cat": {"areas": [LEFT, late]}, "dog": {"areas": [LEFT]}}}
        assert await answer(http, "GET", "/v1/areas") == (200, kept)
        packed = areas_in(await answer(http, "GET", f"/v1/recordings/{NAME}"))
        assert packed == {"areas": [LEFT], "stimuli": {"cat": {"areas": [LEFT, late]}}}
        await answer(http, "PUT", "/v1/areas", json={"stimulus": "cat", "areas": []})
        assert (await answer(http, "GET", "/v1/areas"))[1]["stimuli"]["cat"] == {"areas": []}
    async with running_server(tmp_path) as server, ClientSession(server.http, headers={"Origin": server.http}) as http:
        assert (await answer(http, "GET", "/v1/areas"))[1]["stimuli"]["dog"] == {"areas": [LEFT]}, "of another start"


async def test_the_areas_of_a_download_are_those_that_the_command_line_takes(tmp_path: Path) -> None:
    recordings(tmp_path)
    async with running_server(tmp_path) as server, ClientSession(server.http, headers={"Origin": server.http}) as http:
        await answer(http, "PUT", "/v1/areas", json={"stimulus": "cat", "areas": [LEFT]})
        _, body = await answer(http, "GET", f"/v1/recordings/{NAME}")
    zipfile.ZipFile(io.BytesIO(body)).extractall(tmp_path / "from page")
    folder, out = tmp_path / "from page" / NAME, tmp_path / "out"
    arguments = ["--areas", str(folder / "areas.json"), "--out", str(out)]
    assert cli.main(["export", str(folder), "--format", "csv", *arguments]) == 0
    assert "left,rectangle" in (out / f"{NAME}_drawn_areas.csv").read_text()


async def test_all_files_of_an_analysis_come_as_a_zip_with_the_areas(tmp_path: Path) -> None:
    recordings(tmp_path)
    request = {"recordings": [NAME, OTHER], "stimulus": "cat", "areas": [LEFT]}
    async with running_server(tmp_path) as server, ClientSession(server.http, headers={"Origin": server.http}) as http:
        status, body = await answer(http, "POST", "/v1/analysis.zip", json=request)
        status_without, without = await answer(http, "POST", "/v1/analysis.zip", json=request | {"areas": []})
    assert (status, status_without) == (200, 200)
    archive = zipfile.ZipFile(io.BytesIO(body))
    tables = {f"analysis/{name}.csv" for name in ("metrics", "fixations", "transitions", "areas", "quality")}
    assert tables | {"analysis/report.html", "analysis/figures/cat-areas.png"} <= set(archive.namelist())
    assert json.loads(archive.read("analysis/areas.json")) == {"areas": [], "stimuli": {"cat": {"areas": [LEFT]}}}
    assert b'download="areas.json"' in archive.read("analysis/report.html")
    assert "analysis/areas.json" not in zipfile.ZipFile(io.BytesIO(without)).namelist()


async def test_a_damaged_file_of_areas_is_named_and_not_overwritten(tmp_path: Path) -> None:
    recordings(tmp_path)
    damaged = tmp_path / "recordings" / "areas.json"
    damaged.write_text('{"areas": [')
    async with running_server(tmp_path) as server, ClientSession(server.http, headers={"Origin": server.http}) as http:
        for method, options in (("GET", {}), ("PUT", {"json": {"stimulus": "cat", "areas": []}})):
            status, refusal = await answer(http, method, "/v1/areas", **options)
            assert (status, refusal["code"]) == (409, "bad_areas")
            assert refusal["message"].startswith("areas.json of the recordings:1: this is not JSON")
        assert (await answer(http, "GET", f"/v1/recordings/{NAME}"))[0] == 200, "without the areas"
    assert damaged.read_text() == '{"areas": ['


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"areas": []}, 400, "stimulus"),
        ({"stimulus": "cat", "areas": [LEFT, LEFT]}, 400, "'left' is the name of two areas"),
        ({"stimulus": "cat", "areas": [LEFT | {"points": [[2.0, 0.0], [3.0, 1.0]]}]}, 400, "outside of the stimulus"),
        ({"stimulus": "cat", "areas": [LEFT | {"name": f"{n}"} for n in range(65)]}, 400, "areas"),
        ({"stimulus": "c\nat", "areas": []}, 400, "printable"),
        ([], 400, "object"),
        ({"stimulus": "x" * (1 << 20), "areas": []}, 413, "bytes"),
    ],
)
async def test_areas_that_can_not_be_used_are_refused(tmp_path: Path, body: Any, status: int, says: str) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http, headers={"Origin": server.http}) as http:
        refused, refusal = await answer(http, "PUT", "/v1/areas", json=body)
        assert refused == status
        assert says in refusal["message"]
        assert (await answer(http, "GET", "/v1/areas"))[1] == {"areas": [], "stimuli": {}}


async def test_the_token_of_a_session_opens_no_areas(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera, ClientSession(server.http) as http:
        token = {"X-Sightline-Token": (await camera.get("hello"))["token"]}
        for method, options in (("GET", {}), ("PUT", {"json": {"stimulus": None, "areas": [LEFT]}})):
            async with http.request(method, "/v1/areas", headers=token, **options) as refused:
                assert (refused.status, (await refused.json())["code"]) == (403, "wrong_token")
    assert not (tmp_path / "recordings" / "areas.json").exists()


def areas_in(downloaded: tuple[int, bytes]) -> Any:
    """The file areas.json of a zip; None without one."""
    archive = zipfile.ZipFile(io.BytesIO(downloaded[1]))
    name = f"{NAME}/areas.json"
    return json.loads(archive.read(name)) if name in archive.namelist() else None
