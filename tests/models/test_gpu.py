from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from models import gpu
from models.gpu import nvidia_gpu_is_here


def put_nvidia_smi(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def test_the_tool_of_the_driver_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_nvidia_smi(tmp_path, monkeypatch, "echo 'GPU 0: H200 (UUID: GPU-1)'")
    assert nvidia_gpu_is_here()
    asked = subprocess.run([sys.executable, "-I", gpu.__file__], check=False)
    assert asked.returncode == 0


@pytest.mark.parametrize("script", ["echo 'No devices found.'", "echo 'no driver' >&2; exit 9"])
def test_a_tool_without_a_gpu_means_none(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_nvidia_smi(tmp_path, monkeypatch, script)
    assert not nvidia_gpu_is_here()
    asked = subprocess.run([sys.executable, "-I", gpu.__file__], check=False)
    assert asked.returncode == 1


def test_without_the_tool_the_driver_s_device_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(gpu, "DRIVER_DEVICE", str(tmp_path))
    assert nvidia_gpu_is_here()
    monkeypatch.setattr(gpu, "DRIVER_DEVICE", str(tmp_path / "none"))
    assert not nvidia_gpu_is_here()
