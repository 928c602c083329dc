from __future__ import annotations

import logging
from pathlib import Path

import pytest
from aiohttp import ClientSession

from server.http.foreign_pages import MAX_ORIGINS
from tests.support.server import running_server


@pytest.fixture(autouse=True)
def started_without_make(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAKELEVEL", raising=False)


async def warnings(folder: Path, caplog: pytest.LogCaptureFixture, *requests: tuple[str, dict[str, str]]) -> list[str]:
    with caplog.at_level(logging.WARNING, "server"):
        async with running_server(folder) as server, ClientSession(server.http) as http:
            for path, headers in requests:
                async with http.get(path, headers=headers) as answer:
                    await answer.read()
    return [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize(
    ("headers", "origin"),
    [
        ({"Origin": "http://localhost:3000"}, "http://localhost:3000"),
        ({"Origin": "https://Lab.example"}, "https://lab.example"),
        ({"Origin": "null"}, "null"),
        ({"Sec-Fetch-Site": "cross-site", "Referer": "https://lab.example/trial?x=1"}, "https://lab.example"),
    ],
)
async def test_the_log_names_the_option_for_a_page_that_was_refused_once(
    headers: dict[str, str], origin: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    paths = ["/v1/gaze/latest", "/v1/stream", "/v1/camera", "/v1/sessions"]
    (warning,) = await warnings(tmp_path, caplog, *((path, headers) for path in paths))
    assert f"a page of {origin} was refused" in warning
    assert warning.endswith(f"start the server with: --allow-origin {origin}")


async def test_each_page_has_its_own_warning_and_their_number_is_limited(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pages = [("/v1/sessions", {"Origin": f"http://localhost:{port}"}) for port in range(3000, 3100)]
    assert len(await warnings(tmp_path, caplog, *pages, *pages)) == MAX_ORIGINS


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://127.0.0.1:1/forged line"},
        {"Origin": "chrome-extension://abc"},
        {"Origin": "http://" + "a" * 500},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site", "Referer": "http://[broken"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_what_is_no_origin_is_not_repeated_in_the_log(
    headers: dict[str, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert await warnings(tmp_path, caplog, ("/v1/sessions", headers)) == []


async def test_who_may_enter_gets_no_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert await warnings(tmp_path, caplog, ("/v1/sessions", {}), ("/", {"Sec-Fetch-Site": "none"})) == []
