from __future__ import annotations

import importlib.util

import pytest

from models import predictor
from models.predictor import choose_device


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
