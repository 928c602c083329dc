from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import ssl
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientConnectorCertificateError, ClientSession, TCPConnector
from websockets.asyncio.client import connect

from server import tls
from server.client import StreamLost, find_token
from server.errors import StartupError
from server.service import serve
from server.settings import Settings
from tests.support.received import received
from tests.support.server import GEOMETRY, thread_pipeline
from tests.support.times import POLL_S, WAIT_S, attempts

OTHER = "192.0.2.7"


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses of this machine, which a test may change."""
    addresses = [OTHER]
    monkeypatch.setattr(tls, "other_addresses", lambda _host: list(addresses))
    return addresses


def settings(folder: Path, **changed: Any) -> Settings:
    places = {"profiles": folder / "p", "recordings": folder / "r", "certificates": folder / "data" / "tls"}
    return Settings(**{"port": 0, "tls": "auto", **places, **changed})


@contextlib.asynccontextmanager
async def serving(chosen: Settings, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[str]:
    """What the server has printed when it is ready."""
    task = asyncio.create_task(serve(chosen, thread_pipeline(), ""))
    printed = ""
    for _ in attempts():
        printed += capsys.readouterr().out
        if "ready" in printed or task.done():
            break
        await asyncio.sleep(POLL_S)
    assert "ready" in printed
    try:
        yield printed
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(task, WAIT_S)


async def test_a_browser_that_trusts_the_certificate_uses_page_and_sockets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], elsewhere: list[str]
) -> None:
    chosen = settings(tmp_path)
    async with serving(chosen, capsys) as printed:
        (url,) = re.findall(r"ready: (https://127\.0\.0\.1:\d+)/", printed)
        trusts = ssl.create_default_context(cafile=str(chosen.certificates / tls.FILE_NAME))
        async with ClientSession(connector=TCPConnector(ssl=trusts)) as http, http.get(f"{url}/healthz") as answer:
            assert answer.status == 200
        origin: Any = url
        camera_url = url.replace("https", "wss") + "/v1/camera"
        async with connect(camera_url, ssl=trusts, origin=origin) as camera:
            await received(camera, "hello")
            await camera.send(json.dumps(GEOMETRY))
            await received(camera, "geometry")
        async with ClientSession() as stranger:
            with pytest.raises(ClientConnectorCertificateError):
                await stranger.get(f"{url}/healthz")
    port = url.rsplit(":", 1)[1]
    assert f"https://{OTHER}:{port}/" in printed
    assert "█" in printed
    assert re.search(r"fingerprint: ([0-9A-F]{2}:){31}[0-9A-F]{2}\n", printed)


async def test_programs_of_the_same_user_trust_the_certificate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    own = tmp_path / "sightline"
    async with serving(settings(tmp_path, certificates=own / "tls", runtime=own / "run"), capsys) as printed:
        (url,) = re.findall(r"ready: (https://127\.0\.0\.1:\d+)/", printed)
        assert len(await asyncio.to_thread(find_token, url, lab=True)) == 32
        (own / "tls" / tls.FILE_NAME).unlink()
        with pytest.raises(StreamLost, match="certificate is not trusted here"):
            await asyncio.to_thread(find_token, url, lab=True)


def test_certificate_and_key_are_for_this_user_only(tmp_path: Path, elsewhere: list[str]) -> None:
    path = tls.self_signed(settings(tmp_path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == [tls.FILE_NAME]


def test_a_name_as_the_host_is_in_the_certificate(tmp_path: Path, elsewhere: list[str]) -> None:
    elsewhere[:] = ["tracker.example"]
    chosen = settings(tmp_path)
    first = tls.self_signed(chosen).read_bytes()
    assert tls.self_signed(chosen).read_bytes() == first


def test_the_certificate_stays_until_an_address_is_new_or_it_ends_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, elsewhere: list[str]
) -> None:
    chosen = settings(tmp_path)
    first = tls.self_signed(chosen).read_bytes()
    assert tls.self_signed(chosen).read_bytes() == first
    elsewhere.append("198.51.100.3")
    second = tls.self_signed(chosen).read_bytes()
    assert second != first
    elsewhere.remove(OTHER)  # an address less needs no other certificate
    assert tls.self_signed(chosen).read_bytes() == second
    monkeypatch.setattr(tls, "RENEW_DAYS", 366)
    assert tls.self_signed(chosen).read_bytes() != second


@pytest.mark.parametrize("damaged", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_damaged_certificate_is_made_again(tmp_path: Path, elsewhere: list[str], damaged: bytes) -> None:
    chosen = settings(tmp_path)
    path = tls.self_signed(chosen)
    path.write_bytes(damaged)
    assert tls.self_signed(chosen).read_bytes().count(b"BEGIN") == 2


def test_without_other_addresses_the_option_that_is_missing_is_named(tmp_path: Path) -> None:
    assert "add: --host 0.0.0.0" in tls.invitation(settings(tmp_path), 8765)
    assert tls.invitation(settings(tmp_path, tls=None), 8765) == ""


def test_the_addresses_are_those_of_the_host_option() -> None:
    assert tls.other_addresses("127.0.0.1") == tls.other_addresses("localhost") == []
    assert tls.other_addresses(OTHER) == [OTHER]
    assert not any(address.startswith("127.") for address in tls.other_addresses("0.0.0.0"))


def test_files_of_ones_own_are_used(tmp_path: Path, elsewhere: list[str]) -> None:
    path = tls.self_signed(settings(tmp_path))
    key, _, certificate = path.read_text().partition("-----BEGIN CERTIFICATE-----")
    (tmp_path / "key.pem").write_text(key)
    (tmp_path / "chain.pem").write_text("-----BEGIN CERTIFICATE-----" + certificate)
    assert tls.open_context(settings(tmp_path, tls=tmp_path / "chain.pem", tls_key=tmp_path / "key.pem")) is not None
    assert tls.open_context(settings(tmp_path, tls=path)) is not None
    assert tls.open_context(settings(tmp_path, tls=None)) is None


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"tls": Path("/nowhere/chain.pem")}, "PEM format"),
        ({"tls": Path(__file__)}, "PEM format"),
        ({"tls": None, "tls_key": Path("key.pem")}, "--tls-key belongs to"),
        ({"tls": "auto", "tls_key": Path("key.pem")}, "--tls-key belongs to"),
        ({"certificates": Path(__file__) / "tls"}, "can't be kept"),
    ],
)
def test_what_cannot_be_used_is_a_problem_at_the_start(
    tmp_path: Path, elsewhere: list[str], changed: dict[str, Any], says: str
) -> None:
    with pytest.raises(StartupError, match=says):
        tls.open_context(settings(tmp_path, **changed))


def test_a_missing_package_is_named_with_its_extra(
    tmp_path: Path, elsewhere: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(StartupError, match=re.escape("sightline-gaze[lan]")):
        tls.open_context(settings(tmp_path))


def test_a_terminal_without_block_characters_gets_no_qr_code(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "▄" in tls._qr_code("https://192.0.2.7:8765/")

    class Ascii:
        encoding = "ascii"

    monkeypatch.setattr(sys, "stdout", Ascii())
    assert tls._qr_code("https://192.0.2.7:8765/") == ""
