import pickle

import pytest
import torch

from models.checkpoints import WEIGHTS_DIR, CheckpointError, load_checkpoint, read_provenance, save_checkpoint
from models.eye_net import EyeNet
from models.gaze_net import FullFaceNet


def test_weights_come_back_with_their_provenance(tmp_path) -> None:
    net = EyeNet()
    save_checkpoint(tmp_path / "a.safetensors", net, {"data": "made up", "licence": "MIT"})
    again = load_checkpoint(tmp_path / "a.safetensors", EyeNet())
    torch.testing.assert_close(again.out.weight, net.out.weight.half().float())
    assert read_provenance(tmp_path / "a.safetensors")["data"] == "made up"
    assert not again.training


def test_a_missing_file_says_how_to_get_it(tmp_path) -> None:
    with pytest.raises(CheckpointError, match="git checkout"):
        load_checkpoint(tmp_path / "none.safetensors", EyeNet())


def test_weights_of_another_network_are_refused(tmp_path) -> None:
    save_checkpoint(tmp_path / "eyes.safetensors", EyeNet(), {})
    with pytest.raises(CheckpointError, match="holds EyeNet"):
        load_checkpoint(tmp_path / "eyes.safetensors", FullFaceNet())


def test_a_pickle_is_refused_and_not_run(tmp_path) -> None:
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "boom"), "w"))

    (tmp_path / "bad.safetensors").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(CheckpointError, match="not a safetensors file"):
        load_checkpoint(tmp_path / "bad.safetensors", EyeNet())
    assert not (tmp_path / "boom").exists()


def test_a_truncated_file_is_refused(tmp_path) -> None:
    save_checkpoint(tmp_path / "a.safetensors", EyeNet(), {})
    data = (tmp_path / "a.safetensors").read_bytes()
    (tmp_path / "a.safetensors").write_bytes(data[: len(data) // 2])
    with pytest.raises(CheckpointError, match="not a safetensors file"):
        load_checkpoint(tmp_path / "a.safetensors", EyeNet())


@pytest.mark.parametrize("name", ["face", "eyes"])
def test_the_committed_weights_say_where_they_come_from(name: str) -> None:
    path = WEIGHTS_DIR / f"{name}.safetensors"
    provenance = read_provenance(path)
    assert "synthetic" in provenance["data"]
    assert provenance["licence"].startswith("MIT")
    assert path.stat().st_size < 20e6
