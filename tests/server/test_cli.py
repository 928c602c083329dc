from __future__ import annotations

import argparse
import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from aiohttp import ClientSession

from calibration.fit import fit_calibration
from calibration.profiles.store import ProfileStore
from models.checkpoints import WEIGHTS_DIR
from models.predictor import DEFAULT_NETWORK
from server import cli, service
from server.errors import StartupError
from server.inference.pipeline import Pipeline
from server.options import add_serve_options, settings_from
from server.outputs import output_options
from server.settings import Settings, default_profiles_folder, user_data_folder
from tests.support.calibration_eye import SCREEN, LinearEye, game
from tests.support.paths import ROOT
from tests.support.server import thread_pipeline
from tests.support.times import POLL_S, WAIT_S, attempts


def settings_of(*arguments: str) -> Settings:
    return settings_from(serve_parser().parse_args(arguments))


def serve_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    add_serve_options(parser)
    return parser


def test_every_option_is_explained_with_its_default() -> None:
    parser = serve_parser()
    text = " ".join(parser.format_help().split())
    for action in parser._actions:
        assert action.help, action.option_strings
        assert action.option_strings[-1] in text
    for default in ("(default: 127.0.0.1)", "(default: 8765)", "(default: auto)", "(default: 65.0)"):
        assert default in text


HEAVY = ("aiohttp", "cv2", "mediapipe", "numpy", "openvino", "scipy", "torch")


def test_help_names_every_command_and_imports_nothing_heavy() -> None:
    loads = f"""
import sys
from server.cli import main
try:
    main(["--help"])
finally:
    print([name for name in {HEAVY} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", loads], cwd=ROOT, capture_output=True, text=True, check=True)
    *text, heavy = done.stdout.splitlines()
    for name, command in cli.COMMANDS.items():
        assert any(line.split() == [name, *command.about.split()] for line in text), name
    assert heavy == "[]"


def test_the_main_process_loads_neither_opencv_nor_the_runtime_of_networks() -> None:
    """Its workers do. Each of the two takes more memory than the rest of the main process."""
    loads = f"""
import sys
import server.http.app
from server.cli import assemble
from server.settings import Settings
assemble("cpu", "{DEFAULT_NETWORK}", Settings())
print([name for name in ("cv2", "openvino", "mediapipe", "torch") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", loads], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_each_command_explains_its_options(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([name, "--help"], prog="sightline")
    assert ended.value.code == 0
    assert f"usage: sightline {name} " in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["serve"], ["--port", "0"], ["serve", "--port", "0"]])
def test_without_a_command_it_serves(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    ports: list[int] = []
    monkeypatch.setattr(cli, "run_server", lambda options: ports.append(options.port) or 5)
    assert cli.main(arguments) == 5
    assert ports == [0 if "--port" in arguments else 8765]


def test_outputs_are_off_unless_an_option_asks_for_them() -> None:
    nothing = settings_of().outputs
    assert nothing is not None
    assert (nothing.open_gaze, nothing.lsl, nothing.osc) == (None, None, [])
    all_of_them = ["--open-gaze", "--lsl", "--osc", "9000", "--osc", "studio:57120"]
    asked = settings_of(*all_of_them).outputs
    assert asked is not None
    assert asked.open_gaze == 4242
    assert asked.lsl == "machine"
    assert asked.osc == [("127.0.0.1", 9000), ("studio", 57120)]


def test_the_options_become_settings(tmp_path: Path) -> None:
    options = serve_parser().parse_args(
        ["--port", "0", "--profiles", str(tmp_path), "--allow-origin", "http://a:1/", "--allow-origin", "https://B"]
    )
    settings = settings_from(options)
    assert not settings_of("--ignore-onlookers").count_faces
    assert settings_of("--filter", "none").point_filter == "none"
    assert settings_of("--workers", "3").workers == 3
    assert settings == Settings(
        port=0,
        profiles=tmp_path,
        allow_origins=("http://a:1", "https://b"),
        outputs=options,
        runtime=user_data_folder() / "run",
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--port", "70000"], "from 0 to 65535"),
        (["--port", "http"], "whole number"),
        (["--hfov-deg", "180"], "between 10 and 170"),
        (["--hfov-deg", "wide"], "between 10 and 170"),
        (["--allow-origin", "*"], "an origin looks like"),
        (["--device", "tpu"], "invalid choice"),
        (["--workers", "0"], "between 1 and 256"),
        (["--workers", "all"], "between 1 and 256"),
        (["--filter", "kalman"], "invalid choice"),
        (["--open-gaze", "4242x"], "whole number"),
        (["--lsl", "everybody"], "invalid choice"),
        (["--osc", "here"], "HOST:PORT"),
        (["--osc", "here:0"], "HOST:PORT"),
        (["--osc", "here:70000"], "HOST:PORT"),
        (["dance"], "unrecognized arguments"),
    ],
)
def test_a_wrong_option_is_refused_with_the_expected_value(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


def test_profiles_live_where_the_system_keeps_user_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_profiles_folder() == tmp_path / "sightline" / "profiles"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert default_profiles_folder() == Path.home() / ".local" / "share" / "sightline" / "profiles"


async def printed_up_to(word: str, capsys: pytest.CaptureFixture[str]) -> str:
    printed = ""
    for _ in attempts():
        printed += capsys.readouterr().out
        if word in printed:
            break
        await asyncio.sleep(POLL_S)
    assert word in printed
    return printed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_the_url_is_printed_and_a_signal_ends_it_cleanly(
    number: signal.Signals, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    serving = asyncio.create_task(service.serve(Settings(port=0, profiles=tmp_path), thread_pipeline(), ""))
    printed = await printed_up_to("ready", capsys)
    assert "http://127.0.0.1:" in printed
    os.kill(os.getpid(), number)
    await asyncio.wait_for(serving, WAIT_S)


async def test_the_outputs_are_printed_and_a_port_in_use_is_reported(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StartupError, match=f"Open Gaze API can't listen on 127.0.0.1 port {port}"):
            await service.serve(
                Settings(port=0, profiles=tmp_path, outputs=output_options("--open-gaze", str(port))),
                thread_pipeline(),
                "",
            )
    settings = Settings(port=0, profiles=tmp_path, outputs=output_options("--open-gaze", "0", "--osc", "9000"))
    serving = asyncio.create_task(service.serve(settings, thread_pipeline(), ""))
    printed = await printed_up_to("OSC", capsys)
    assert "Open Gaze API: 127.0.0.1 port" in printed
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(serving, WAIT_S)


@pytest.mark.parametrize(("active", "other"), [("fast", "accurate"), ("accurate", "fast")])
async def test_a_profile_of_the_other_network_says_how_to_use_it(
    active: str, other: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    active_id, other_id = (service.weights_id(WEIGHTS_DIR / f"{name}.safetensors") for name in (active, other))
    ProfileStore(tmp_path, features_id=other_id).save("Ada", "1920x1080", fit_calibration(game(LinearEye()), SCREEN))
    serving = asyncio.create_task(service.serve(Settings(port=0, profiles=tmp_path), thread_pipeline(), active_id))
    url = re.findall(r"http://[^ /]+", await printed_up_to("ready", capsys))[0]
    async with ClientSession() as client, client.get(f"{url}/v1/profiles") as answer:
        (profile,) = (await answer.json())["profiles"]
    assert profile["problem"].endswith(f"calibrate again, or start the server with --network {other}")
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(serving, WAIT_S)


def test_the_default_network_is_that_of_the_models() -> None:
    assert serve_parser().parse_args([]).network == DEFAULT_NETWORK


async def test_a_port_in_use_is_reported_with_advice(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StartupError, match=f"port {port} is in use.*--port {port + 1}"):
            await service.serve(Settings(port=port, profiles=tmp_path), thread_pipeline(), "")


def test_folders_that_can_not_be_written_are_reported_at_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    service.warn_of_folders(Settings(profiles=tmp_path / "file" / "p", recordings=tmp_path / "file"))
    calibrations, recordings = caplog.messages
    assert f"calibrations can't be saved in {tmp_path / 'file' / 'p'}" in calibrations
    assert "--profiles DIR" in calibrations
    assert "--recordings DIR" in recordings
    assert "Errno" not in caplog.text
    if Path("/proc/self").exists():  # no user, not even the superuser, can make a folder there
        caplog.clear()
        service.warn_of_folders(Settings(profiles=Path("/proc/nope"), recordings=Path("/proc/nope")))
        assert [message.partition(": ")[2].partition(".")[0] for message in caplog.messages] == [
            "Sightline has no right to use the folder or file"
        ] * 2
    caplog.clear()
    service.warn_of_folders(Settings(profiles=tmp_path / "p", recordings=tmp_path / "r"))
    assert caplog.messages == []


def test_a_problem_at_the_start_is_one_line_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_device: str, _network: str, _settings: Settings, _landmarks: str) -> tuple[Pipeline, str]:
        raise StartupError("the weights are missing: git lfs pull")

    monkeypatch.setattr(cli, "assemble", broken)
    assert cli.main([]) == 1
    assert capsys.readouterr().err == "sightline: the weights are missing: git lfs pull\n"


def test_an_opencv_without_its_desktop_library_names_the_package_to_install(tmp_path: Path) -> None:
    (tmp_path / "cv2.py").write_text("raise ImportError('libGL.so.1: cannot open shared object file')")
    command = [sys.executable, "-m", "server", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("sightline: OpenCV needs a desktop library that is missing (libGL.so.1")
    assert done.stderr.endswith(f"--no-deps opencv-python-headless=={version('opencv-python-headless')}\n")


def test_weights_have_an_id_that_changes_with_them(tmp_path: Path) -> None:
    weights = tmp_path / "a.safetensors"
    weights.write_bytes(b"one")
    first = service.weights_id(weights)
    weights.write_bytes(b"two")
    assert len(first) == 12
    assert service.weights_id(weights) != first


def test_evaluate_gets_its_options(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from server.evaluation import command as evaluate

    given: list[list[Path]] = []
    monkeypatch.setattr(evaluate, "run", lambda options: given.append(options.folders) or 3)
    assert cli.main(["evaluate", "one", "two"]) == 3
    assert given == [[Path("one"), Path("two")]]
    with pytest.raises(SystemExit):
        cli.main(["evaluate", "--help"])
    assert "--json OUT" in capsys.readouterr().out


@pytest.mark.slow
def test_nothing_is_printed_before_the_server_is_ready(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "server", "--port", "0", "--profiles", str(tmp_path), "--device", "cpu"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    first = process.stdout.readline()
    process.terminate()
    _, errors = process.communicate(timeout=WAIT_S)
    assert (first[:20], errors) == ("Sightline is ready: ", "")
