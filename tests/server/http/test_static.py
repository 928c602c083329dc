from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import ClientSession
from yarl import URL

from server.http.static import CONTENT_TYPES, StaticFiles
from server.settings import default_web_folder
from tests.support.server import running_server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "web"
    (root / "js").mkdir(parents=True)
    (root / "index.html").write_text("<!doctype html>")
    (root / "js" / "main.js").write_text("export {};")
    (root / ".hidden.js").write_text("")
    (root / "notes.py").write_text("")
    (tmp_path / "secret.txt").write_text("secret")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    return root


def test_a_file_and_a_folders_page_are_found(folder: Path) -> None:
    files = StaticFiles(folder)
    assert files.find("") == folder.resolve() / "index.html"
    assert files.find("js/main.js") == folder.resolve() / "js" / "main.js"


@pytest.mark.parametrize(
    "name",
    [
        "../secret.txt",
        "js/../../secret.txt",
        "/etc/passwd",
        "link.txt",
        ".hidden.js",
        "js",
        "js/none.js",
        "notes.py",
        "a\x00b",
        "a" * 300 + ".js",
        "a/" * 3000,
        "\ud800.js",
    ],
)
def test_files_outside_hidden_or_of_other_types_are_not_found(folder: Path, name: str) -> None:
    assert StaticFiles(folder).find(name) is None


async def test_the_page_comes_with_its_type_and_its_protections(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, ClientSession(server.http) as http:
        (tmp_path / "web" / "main.js").write_text("export {};")
        async with http.get("/main.js") as script:
            assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
            tag = script.headers["ETag"]
        async with http.get("/main.js", headers={"If-None-Match": tag}) as unchanged:
            assert unchanged.status == 304
        async with http.get("/") as home:
            assert home.status == 200
            assert home.headers["Cache-Control"] == "no-cache"
            assert home.headers["X-Content-Type-Options"] == "nosniff"
            assert home.headers["Permissions-Policy"].startswith("camera=(self)")
            assert "default-src 'self'" in home.headers["Content-Security-Policy"]
            assert "eval" not in home.headers["Content-Security-Policy"]
        async with http.get("/none.html") as none:
            assert (none.status, (await none.json())["code"]) == (404, "not_found")
            assert none.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/" + "a" * 4000, "/%ff", "/%ed%a0%80", "/a%00b", "/%e2%80%a8", "//", "/%2e%2e/%2e%2e/etc/passwd"]
)
async def test_an_odd_address_is_not_found(tmp_path: Path, path: str) -> None:
    async with (
        running_server(tmp_path) as server,
        ClientSession() as http,
        http.get(URL(server.http + path, encoded=True)) as none,
    ):
        assert (none.status, (await none.json())["code"]) == (404, "not_found")


async def test_only_a_test_driver_may_evaluate_texts(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, test_driver=True) as server,
        ClientSession(server.http) as http,
        http.get("/") as home,
    ):
        assert "script-src 'self' 'unsafe-eval';" in home.headers["Content-Security-Policy"]


def test_every_file_of_the_page_has_a_content_type() -> None:
    files = [path for path in default_web_folder().rglob("*") if path.is_file() and not path.name.startswith(".")]
    assert {path.suffix.lower() for path in files} - {".md"} <= CONTENT_TYPES.keys()
