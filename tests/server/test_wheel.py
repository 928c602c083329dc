"""The wheel, installed outside the checkout, and used in a folder that has modules named as ours are."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import shutil
import site
import subprocess
import sys
import time
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect

from server import __version__
from server.bench.load import DEMO_FRAMES
from server.http.static import CONTENT_TYPES
from server.protocol.frames import encode_frame
from tests.support.paths import ROOT
from tests.support.whole_product import short_session

pytestmark = pytest.mark.slow

PARTS = (
    "pyproject.toml",
    "README.md",
    "PROTOCOL.md",
    "LICENSE",
    "threads.py",
    "server",
    "models",
    "calibration",
    "web",
)
FOREIGN = ("server", "models", "calibration", "threads", "streaming", "client")
BIN = "Scripts" if os.name == "nt" else "bin"
STOP_S = 60  # on a busy machine
SERVER = ("aiohttp", "calibration", "cv2", "models", "msgspec", "numpy", "openvino", "server")  # no client needs it
READ_GAZE = f"""
SERVER = {SERVER}
import asyncio, contextlib, sys
import time
from sightline_gaze.client import gaze_stream

async def main():
    async with contextlib.aclosing(gaze_stream(sys.argv[1])) as samples:
        print("read", await anext(sample.status async for sample in samples if sample.status != "no_frames"))

if len(sys.argv) > 1:
    asyncio.run(main())
print("loaded", [name for name in SERVER if name in sys.modules])
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / "source" / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (folder / "source").mkdir(exist_ok=True)
            shutil.copy(ROOT / part, folder / "source" / part)
    pip("wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", str(folder), str(folder / "source"))
    (built,) = folder.glob("*.whl")
    return built


def pip(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has the wheel, and what this one has installed beside it."""
    folder = tmp_path_factory.mktemp("installed")
    python = environment(folder)
    pip("--python", str(python), "install", "--no-deps", "--no-index", "--no-compile", str(wheel))
    (packages,) = folder.rglob("site-packages")
    # A .pth file in a folder that a .pth file names is not read: the checkout, installed with -e, stays out.
    (packages / "dependencies.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    return folder / BIN


def environment(folder: Path) -> Path:
    """A new environment with nothing installed. -> its Python."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    return folder / BIN / "python"


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A person's own folder, whose modules must not be imported in the place of ours."""
    folder = tmp_path_factory.mktemp("elsewhere")
    for name in FOREIGN:
        (folder / f"{name}.py").write_text(f"raise RuntimeError('the foreign {name} was imported')\n")
    (folder / "read_gaze.py").write_text(READ_GAZE)
    return folder


def run(elsewhere: Path, *command: str | Path) -> str:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=elsewhere, env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def serving(installed: Path, elsewhere: Path, folder: Path) -> Iterator[str]:
    server = subprocess.Popen(
        [
            *(installed / "sightline", "serve", "--port", "0", "--device", "cpu"),
            *("--profiles", folder / "profiles", "--recordings", folder / "recordings"),
        ],
        cwd=elsewhere,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        address = re.search(r"http://\S+:\d+", server.stdout.readline())
        assert address
        yield address[0]
    finally:
        server.terminate()
        assert server.wait(timeout=STOP_S) == 0


def test_the_wheel_has_one_package_and_the_command(wheel: Path, installed: Path, elsewhere: Path) -> None:
    assert wheel.name == f"sightline_gaze-{__version__}-py3-none-any.whl"
    packages = next(path.parent for path in installed.parent.rglob("site-packages/sightline_gaze"))
    assert {path.name.split("-")[0] for path in packages.iterdir()} == {"sightline_gaze", "dependencies.pth"}
    for command in ((installed / "sightline",), (installed / "python", "-m", "sightline_gaze")):
        printed = run(elsewhere, *command, "--help")
        for name in ("serve", "watch", "evaluate", "export", "bench"):
            assert re.search(rf"^    {name} ", printed, flags=re.MULTILINE)
        assert run(elsewhere, *command, "--version") == f"Sightline {__version__}\n"


def test_type_checkers_may_read_the_client_s_types(installed: Path) -> None:
    assert list(installed.parent.rglob("sightline_gaze/py.typed"))


def test_every_file_of_the_page_and_every_network_is_in_it(installed: Path) -> None:
    app = next(installed.parent.rglob("sightline_gaze/app"))
    for folder in ("web", "models/weights"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (*CONTENT_TYPES, ".onnx", ".safetensors"):
                assert (app / path.relative_to(ROOT)).read_bytes() == path.read_bytes()


async def test_it_serves_the_page_and_the_client_reads_gaze(installed: Path, elsewhere: Path, tmp_path: Path) -> None:
    with serving(installed, elsewhere, tmp_path) as address:
        for path, expected in (("/healthz", '"status":"ok"'), ("/", "<!doctype html>"), ("/gaze.js", "connectGaze")):
            assert expected in await asyncio.to_thread(fetch, address + path)
        async with connect(f"ws{address.removeprefix('http')}/v1/camera", max_size=None) as camera:
            showing = asyncio.create_task(show_a_face(camera))
            printed = await asyncio.to_thread(run, elsewhere, installed / "python", "read_gaze.py", address)
            showing.cancel()
    assert printed.splitlines() == ["read uncalibrated", "loaded []"]


def fetch(url: str) -> str:
    with urllib.request.urlopen(url) as answer:
        return str(answer.read().decode())


async def show_a_face(camera: ClientConnection) -> None:
    pictures = [DEMO_FRAMES.joinpath(name).read_bytes() for name in ("0000.jpg", "0001.jpg")]  # else it is frozen
    for seq in itertools.count(1):
        await camera.send(encode_frame(seq, time.time() * 1000.0, pictures[seq % 2]))
        while json.loads(await camera.recv())["type"] not in ("gaze", "dropped"):
            pass


def test_the_client_needs_websockets_only(installed: Path, elsewhere: Path, tmp_path: Path) -> None:
    python = environment(tmp_path)
    (packages,) = tmp_path.rglob("site-packages")
    for package in (next(installed.parent.rglob("sightline_gaze")), Path(websockets.__file__).parent):
        shutil.copytree(package, packages / package.name)
    assert run(elsewhere, python, "read_gaze.py") == "loaded []\n"
    assert "usage: sightline watch" in run(elsewhere, python, "-m", "sightline_gaze", "watch", "--help")


def test_it_evaluates_and_measures_outside_the_checkout(installed: Path, elsewhere: Path, tmp_path: Path) -> None:
    few = ("--device", "cpu", "--seconds", "1", "--sessions", "1", "--modes", "region", "--sizes", "640x480")
    assert "| region, 640x480 | 1 |" in run(elsewhere, installed / "sightline", "bench", *few)
    out = tmp_path / "out.json"
    run(elsewhere, installed / "sightline", "evaluate", short_session(tmp_path / "person"), "--json", out)
    assert out.is_file()
