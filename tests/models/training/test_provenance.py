"""The provenance of weights, and the people on whom they must not be measured."""

import json
import sys
from pathlib import Path

import pytest
import torch

from models import train as training
from models.checkpoints import CheckpointError, load_checkpoint, read_provenance, save_checkpoint
from models.evaluate import evaluate
from models.networks.registry import build
from models.train import train
from models.training.configs import Config
from models.training.data_licence import MPIIFACEGAZE, RENDERS, UNKNOWN, joined, read_licence, write_licence
from models.training.dataset import DataError, load_rows
from models.training.run import check_held_out_people, start_run
from tests.support.training_data import CPU, write_chunk

SHORT = Config(steps=1, batch=4)


def prepared(folder: Path, licence=RENDERS) -> Path:
    write_chunk(folder / "labels_1", list(range(20)))
    if licence is not None:
        write_licence(folder / "labels_1", licence)
    return folder


def run_cli(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["train", *map(str, arguments)])
    training.main()


def test_a_licence_comes_back_and_a_missing_one_is_unknown(tmp_path: Path) -> None:
    write_licence(tmp_path, MPIIFACEGAZE)
    assert read_licence(tmp_path) == MPIIFACEGAZE
    assert read_licence(tmp_path / "nowhere") == UNKNOWN
    (tmp_path / "origin.json").write_text(json.dumps(["MPIIFaceGaze"]))
    assert read_licence(tmp_path) == UNKNOWN


def test_what_was_joined_is_joined_again_without_saying_anything_twice() -> None:
    assert joined([joined(["a", "b"]), joined(["b", "c"]), ""]) == "a; b; c"


@pytest.mark.slow
def test_weights_keep_the_terms_of_all_they_have_learned_from(tmp_path: Path) -> None:
    real, rendered, both = (tmp_path / name for name in ("real", "rendered", "both"))
    rows = load_rows(prepared(real, MPIIFACEGAZE), {"eyes"})
    train(start_run("eyes_aligned", SHORT, real, CPU), rows, real)
    rows = load_rows(prepared(rendered), {"face", "eyes"})
    weights = real / "eyes_aligned.safetensors"
    assert read_provenance(weights)["licence"] == MPIIFACEGAZE.licence

    both.mkdir()
    train(start_run("eyes_aligned", SHORT, both, CPU, weights), rows, both)
    header = read_provenance(both / "eyes_aligned.safetensors")
    assert (header["data"], header["licence"]) == (
        "MPIIFaceGaze; rendered images (synthetic)",
        f"not for commercial use; {RENDERS.licence}",
    )
    branch = Config(steps=1, batch=4, start={"eyes": "eyes_aligned"})
    train(start_run("fusion_112", branch, both, CPU), rows, both)
    header = read_provenance(both / "fusion_112.safetensors")
    assert header["licence"].startswith("not for commercial use")
    assert "start" not in header, "a network with trained parts was not trained before"


@pytest.mark.slow
def test_a_part_of_another_network_is_a_start_too(tmp_path: Path) -> None:
    torch.manual_seed(5)
    other = build("itracker")
    save_checkpoint(tmp_path / "itracker.safetensors", other, {})
    run = start_run("itracker", Config(steps=1, start={"face": "itracker.eye"}), tmp_path, CPU)
    trunk = run.learner.net.face.state_dict()
    for name, tensor in other.eye.state_dict().items():
        torch.testing.assert_close(trunk[name], tensor.half().float(), rtol=0, atol=0)


def test_weights_of_other_people_are_no_start_unless_the_data_set_is_another(tmp_path: Path) -> None:
    weights = tmp_path / "head_regression.safetensors"
    header = {"config": "head_regression", "held_out": "persons 3", "data": RENDERS.data}
    save_checkpoint(weights, build("head_regression"), header)
    run = start_run("head_regression", SHORT, tmp_path, CPU, weights)
    check_held_out_people(run, load_rows(prepared(tmp_path / "renders"), set(), [3]))
    with pytest.raises(DataError, match=r"held out persons 3, not every 20th person: .*--held-out"):
        check_held_out_people(run, load_rows(tmp_path / "renders", set()))
    check_held_out_people(run, load_rows(prepared(tmp_path / "real", MPIIFACEGAZE), set()))
    with pytest.raises(DataError, match="held out persons 3"):  # unknown data may contain the same people
        check_held_out_people(run, load_rows(prepared(tmp_path / "untold", None), set()))


def test_a_network_is_measured_on_a_data_set_that_it_has_never_seen(tmp_path: Path) -> None:
    header = {"held_out": "persons 3", "data": RENDERS.data}
    save_checkpoint(tmp_path / "head_regression.safetensors", build("head_regression"), header)
    real = prepared(tmp_path / "real", MPIIFACEGAZE)
    assert evaluate(["head_regression"], real, tmp_path)[-1].name == "head_regression"
    with pytest.raises(CheckpointError, match="persons 3 held out"):
        evaluate(["head_regression"], prepared(tmp_path / "renders"), tmp_path)


def test_the_command_says_what_is_wrong_with_a_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    common = ("--prepared", prepared(tmp_path / "p"), "--runs", tmp_path / "runs", "--steps", 1)
    with pytest.raises(SystemExit, match=r"error: .*gone\.safetensors: no such weights file"):
        run_cli(monkeypatch, "--config", "head_regression", *common, "--start", tmp_path / "gone.safetensors")
    with pytest.raises(SystemExit, match=r"error: .*resnet112_sw\.safetensors is needed first"):
        run_cli(monkeypatch, "--config", "fusion_112", *common)  # its branches come first
    run_cli(monkeypatch, "--config", "head_regression", *common)
    assert load_checkpoint(tmp_path / "runs" / "head_regression.safetensors", build("head_regression"))
