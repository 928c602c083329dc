import pickle

import pytest
import torch

from models.checkpoints import WEIGHTS_DIR, CheckpointError, load_checkpoint, read_provenance, save_checkpoint
from models.networks.eyes import AlignedEyesNet
from models.networks.registry import resnet224
from models.predictor import NETWORK_NAMES


def test_weights_come_back_with_their_provenance(tmp_path) -> None:
    net = AlignedEyesNet()
    save_checkpoint(tmp_path / "a.safetensors", net, {"data": "made up", "licence": "MIT"})
    again = load_checkpoint(tmp_path / "a.safetensors", AlignedEyesNet())
    torch.testing.assert_close(again.out.weight, net.out.weight.half().float())
    assert read_provenance(tmp_path / "a.safetensors")["data"] == "made up"
    assert not again.training


def test_a_missing_file_says_how_to_get_it(tmp_path) -> None:
    with pytest.raises(CheckpointError, match="git checkout"):
        load_checkpoint(tmp_path / "none.safetensors", AlignedEyesNet())


def test_weights_of_another_network_are_refused(tmp_path) -> None:
    save_checkpoint(tmp_path / "eyes.safetensors", AlignedEyesNet(), {})
    with pytest.raises(CheckpointError, match="holds AlignedEyesNet"):
        load_checkpoint(tmp_path / "eyes.safetensors", resnet224())


def test_a_pickle_is_refused_and_not_run(tmp_path) -> None:
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "boom"), "w"))

    (tmp_path / "bad.safetensors").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(CheckpointError, match="not a safetensors file"):
        load_checkpoint(tmp_path / "bad.safetensors", AlignedEyesNet())
    assert not (tmp_path / "boom").exists()


def test_a_truncated_file_is_refused(tmp_path) -> None:
    save_checkpoint(tmp_path / "a.safetensors", AlignedEyesNet(), {})
    data = (tmp_path / "a.safetensors").read_bytes()
    (tmp_path / "a.safetensors").write_bytes(data[: len(data) // 2])
    with pytest.raises(CheckpointError, match="not a safetensors file"):
        load_checkpoint(tmp_path / "a.safetensors", AlignedEyesNet())


@pytest.mark.parametrize("name", NETWORK_NAMES)
def test_the_committed_weights_say_where_they_come_from(name: str) -> None:
    path = WEIGHTS_DIR / f"{name}.safetensors"
    provenance = read_provenance(path)
    assert "synthetic" in provenance["data"]
    assert provenance["licence"].startswith("MIT")
    assert path.stat().st_size < 20e6
    assert path.with_suffix(".onnx").stat().st_size < 20e6


def test_a_header_that_cannot_be_read_says_so(tmp_path) -> None:
    (tmp_path / "bad.safetensors").write_bytes(b"no")
    with pytest.raises(CheckpointError, match="not a safetensors file"):
        read_provenance(tmp_path / "bad.safetensors")
    with pytest.raises(CheckpointError, match="git checkout"):
        read_provenance(tmp_path / "none.safetensors")
