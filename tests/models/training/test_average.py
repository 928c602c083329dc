"""The mean of a network's weights before and after a further training."""

import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from models.checkpoints import CheckpointError, load_checkpoint, read_provenance, save_checkpoint
from models.networks.registry import build
from models.training import average as command
from models.training.average import average
from models.training.data_licence import MPIIFACEGAZE, RENDERS
from models.training.provenance import trainings

NAME = "head_regression"
FIRST = {"config": NAME, "images": "40", "steps": "7", "data": RENDERS.data, "licence": RENDERS.licence}


def filled(value: float) -> nn.Module:
    net = build(NAME)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.fill_(value)
    return net


def write(folder: Path, **later: str) -> tuple[Path, Path]:
    """Weights of ones, and weights of threes whose training started with them."""
    before, after = folder / "before.safetensors", folder / "after.safetensors"
    save_checkpoint(before, filled(1.0), FIRST)
    start = {"start": trainings(FIRST)}
    save_checkpoint(after, filled(3.0), {**FIRST, "steps": "9", "data": MPIIFACEGAZE.data, **start, **later})
    return before, after


def test_the_mean_lies_between_both_and_keeps_the_terms_of_both(tmp_path: Path) -> None:
    before, after = write(tmp_path, licence=MPIIFACEGAZE.licence)
    path = average(NAME, before, after, tmp_path / "runs")
    assert path == tmp_path / "runs" / f"{NAME}.safetensors"
    net = load_checkpoint(path, build(NAME))
    assert all(bool((parameter == 2.0).all()) for parameter in net.parameters())
    header = read_provenance(path)
    assert header["licence"] == f"{RENDERS.licence}; {MPIIFACEGAZE.licence}"
    assert header["data"] == f"{RENDERS.data}; {MPIIFACEGAZE.data}"
    assert (header["steps"], header["start"]) == ("9", "config head_regression, images 40, steps 7")
    assert header["averaged_with"] == trainings(FIRST)


def test_the_weights_may_have_been_trained_several_times_in_between(tmp_path: Path) -> None:
    between = {**FIRST, "steps": "8", "start": trainings(FIRST)}
    before, after = write(tmp_path, start=trainings(between))
    assert average(NAME, before, after, tmp_path).is_file()


@pytest.mark.parametrize("start", ["", "config head_regression, images 40, steps 8"])
def test_weights_with_another_start_are_refused(tmp_path: Path, start: str) -> None:
    before, after = write(tmp_path, start=start)
    with pytest.raises(CheckpointError, match="did not start with"):
        average(NAME, before, after, tmp_path)
    assert not (tmp_path / f"{NAME}.safetensors").exists()


def test_weights_without_a_known_training_are_no_start(tmp_path: Path) -> None:
    before, after = write(tmp_path)
    save_checkpoint(before, filled(1.0), {})
    with pytest.raises(CheckpointError, match="did not start with"):
        average(NAME, before, after, tmp_path)


def test_the_command_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = write(tmp_path)
    after.unlink()
    arguments = ["--config", NAME, "--before", before, "--after", after, "--runs", tmp_path]
    monkeypatch.setattr(sys, "argv", ["average", *map(str, arguments)])
    with pytest.raises(SystemExit):
        command.main()
    assert "after.safetensors: no such weights file" in capsys.readouterr().err
