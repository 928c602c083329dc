from __future__ import annotations

import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from models import predictor
from models.predictor import choose_device, load_predictor
from models.torch_runtime import CpuDevice
from tests.support.paths import ROOT


@pytest.fixture
def with_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictor, "nvidia_gpu_is_here", lambda: True)


@pytest.fixture
def without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)


def see_cuda(monkeypatch: pytest.MonkeyPatch, answer: bool) -> None:
    monkeypatch.setattr("models.torch_predictor.cuda_is_available", lambda: answer)


def test_without_a_gpu_auto_is_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictor, "nvidia_gpu_is_here", lambda: False)
    see_cuda(monkeypatch, True)  # is not asked
    assert choose_device("auto") == "cpu"


@pytest.mark.usefixtures("with_gpu")
def test_with_a_gpu_auto_is_cuda_where_pytorch_can_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    see_cuda(monkeypatch, True)
    assert (choose_device("auto"), choose_device("cuda"), choose_device("cpu")) == ("cuda", "cuda", "cpu")
    see_cuda(monkeypatch, False)
    assert choose_device("auto") == "cpu"
    with pytest.raises(ValueError, match="no CUDA device"):
        choose_device("cuda")


@pytest.mark.usefixtures("with_gpu", "without_torch")
def test_a_gpu_without_pytorch_says_what_to_install(caplog: pytest.LogCaptureFixture) -> None:
    assert choose_device("auto") == "cpu"
    assert "sightline-gaze[gpu]" in caplog.text
    with pytest.raises(ValueError, match="not installed"):
        choose_device("cuda")


@pytest.mark.slow
def test_cuda_runs_the_weights_behind_the_same_predictor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictor, "choose_device", lambda _name: "cuda")
    monkeypatch.setattr("models.torch_runtime.CudaDevice", lambda *, tf32: CpuDevice())
    random = np.random.default_rng(0)
    faces, eyes = random.integers(0, 256, (2, 112, 112, 3), np.uint8), random.integers(0, 256, (2, 2, 32, 64), np.uint8)
    heads = np.zeros((2, 3), np.float32)
    on_cuda = load_predictor("cuda", "fast")
    monkeypatch.setattr(predictor, "choose_device", lambda _name: "cpu")
    on_cpu = load_predictor("cpu", "fast")
    assert on_cuda.face_px == on_cpu.face_px
    found, expected = on_cuda.predict(faces, eyes, heads), on_cpu.predict(faces, eyes, heads)
    np.testing.assert_allclose(found.face_angles, expected.face_angles, atol=0.01)
    np.testing.assert_allclose(found.eye_angles, expected.eye_angles, atol=0.01)


def test_a_cpu_imports_no_pytorch() -> None:
    code = """
import sys
from models.predictor import load_predictor
load_predictor("cpu")
print([name for name in ("torch", "onnx", "onnx2torch") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n", done.stderr
