from __future__ import annotations

import os
from pathlib import Path

import pytest

from models.throughput import Throughput
from server.bench import __main__ as bench
from server.bench.__main__ import numbers_up_to

ONE_ROUND = ("--sessions", "1", "--modes", "region", "--sizes", "640x480", "--seconds", "1", "--device", "cpu")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--sessions", "0"], "1 to 32 sessions, got 0"),
        (["--sessions", "33"], "1 to 32 sessions, got 33"),
        (["--subscribers", "1", "--stuck", "2"], "stuck <= subscribers"),
        (["--subscribers", "100000"], "stuck <= subscribers"),
        (["--frames", os.devnull], "there is no .jpg"),
    ],
)
def test_an_impossible_number_is_refused(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(arguments) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("size", ["640", "640x", "x480", "0x480", "640x48000", "640.5x480", "-640x480"])
def test_a_size_that_no_camera_has_is_refused(size: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main([f"--sizes={size}"])
    assert ended.value.code == 2
    assert "a size is WIDTHxHEIGHT" in capsys.readouterr().err


def test_a_folder_without_pictures_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["--frames", str(tmp_path)]) == 2
    assert "there is no .jpg" in capsys.readouterr().err


def test_a_picture_that_cannot_be_read_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.jpg").write_text("no picture")
    assert bench.main(["--frames", str(tmp_path)]) == 2
    assert "a.jpg is not a readable picture" in capsys.readouterr().err


def test_priority_is_refused_where_it_is_not_allowed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", refuse, raising=False)
    assert bench.main(["--priority"]) == 2
    assert "only root" in capsys.readouterr().err
    monkeypatch.delattr(os, "sched_setscheduler")
    assert bench.main(["--priority"]) == 2
    assert "no real-time priority" in capsys.readouterr().err


def test_on_cuda_the_faces_per_second_come_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[str, str]] = []

    def measure(device: str, network: str) -> list[Throughput]:
        asked.append((device, network))
        return [Throughput(32, 20000.0, 240.0)]

    monkeypatch.setattr("models.throughput.measure", measure)
    monkeypatch.setattr("models.throughput.device_name", lambda _device: "a GPU")
    monkeypatch.setattr(bench, "_table", lambda _options, _server: print("the table"))
    assert bench.main(["--device", "cuda", "--network", "accurate"]) == 0
    assert asked == [("cuda", "accurate")]
    printed = capsys.readouterr().out
    assert "faces/s on a GPU\n" in printed
    assert printed.index("20000") < printed.index("the table")


def test_without_a_gpu_the_bench_on_cuda_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("models.torch_predictor.cuda_is_available", lambda: False)
    assert bench.main(["--device", "cuda"]) == 1
    assert "finds no CUDA device" in capsys.readouterr().err


def test_the_number_of_sessions_doubles_up_to_the_given_one() -> None:
    assert [numbers_up_to(most) for most in (1, 2, 5, 8)] == [[1], [1, 2], [1, 2, 4, 5], [1, 2, 4, 8]]


@pytest.mark.slow
def test_the_bench_measures_a_server_beside_the_plain_loop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main([*ONE_ROUND, "--plot", str(tmp_path / "plot.png")]) == 0
    printed = capsys.readouterr().out
    (row,) = (line for line in printed.splitlines() if line.startswith("| region"))
    frames, sessions, cpu_ms, main_ms, plain_ms, *_ = (cell.strip(" *") for cell in row.strip("|").split("|"))
    assert (frames, sessions) == ("region, 640x480", "1")
    assert float(cpu_ms) >= float(main_ms) > 0.0
    assert plain_ms == "-" or float(plain_ms) > 0.0
    assert "ok " in printed  # calibrated, and the face was followed
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_over_minutes_the_memory_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main([*ONE_ROUND, "--minutes", "0.02"]) == 0
    assert "0.0 min  RSS " in capsys.readouterr().out


@pytest.mark.slow
def test_the_bench_measures_the_delivery_to_subscribers(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--subscribers", "3", "--stuck", "1", "--pause", "--seconds", "1", "--device", "cpu"]
    assert bench.main(arguments) == 0
    assert "2 readers" in capsys.readouterr().out
