from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from models import export
from models.checkpoints import WEIGHTS_DIR, CheckpointError, load_checkpoint, save_checkpoint
from models.export import ExportError, export_onnx, largest_difference
from models.networks.flat import Flat
from models.networks.fusion import FusionNet
from models.networks.registry import build, resnet224
from models.predictor import NetworkOutput, NetworkPredictor, load_predictor
from models.runtime import load_network
from models.torch_predictor import load_gaze_network
from models.torch_runtime import CpuDevice

pytestmark = pytest.mark.slow  # exports a network of full size

FACES = np.random.default_rng(0).integers(0, 256, (3, 224, 224, 3), np.uint8)
EYES = np.random.default_rng(1).integers(0, 256, (3, 2, 32, 64), np.uint8)
HEADS = np.array([[0.1, -0.2, 0.0], [-0.3, 0.1, 0.0], [0.0, 0.4, 0.0]], np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fusion with random weights as a checkpoint and as its export."""
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    net = FusionNet(resnet224()).eval()
    torch.nn.init.normal_(net.correction.weight, 0.0, 0.1)
    for norm in net.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):  # of a trained network they are anything but 1
            torch.nn.init.uniform_(norm.weight, 0.6, 1.4)
            torch.nn.init.uniform_(norm.running_var, 0.3, 3.0)
    net.load_state_dict({k: v.half().float() if v.is_floating_point() else v for k, v in net.state_dict().items()})
    save_checkpoint(folder / "accurate.safetensors", net, {"config": "fusion_224"})
    export_onnx(net, 224, folder / "accurate.onnx")
    return folder


@pytest.fixture(scope="module")
def exported_predictor(folder: Path) -> NetworkPredictor:
    exported = folder / "accurate.onnx"
    return NetworkPredictor(load_network(exported), exported)


def test_the_export_answers_as_pytorch_does(folder: Path, exported_predictor: NetworkPredictor) -> None:
    weights = folder / "accurate.safetensors"
    eager = NetworkPredictor(load_gaze_network(weights, CpuDevice()), weights).predict(FACES, EYES, HEADS)
    exported = exported_predictor.predict(FACES, EYES, HEADS)
    for name in NetworkOutput.__slots__:
        np.testing.assert_allclose(getattr(exported, name), getattr(eager, name), atol=1e-4)
    assert exported.face_angles.shape == (3, 2)
    assert exported.eye_angles.shape == (3, 2)
    assert exported.eye_embedding.shape == (3, 32)


def test_a_face_gets_the_same_answer_alone_and_in_a_batch(exported_predictor: NetworkPredictor) -> None:
    batch = exported_predictor.predict(FACES, EYES, HEADS)
    for i in range(3):
        alone = exported_predictor.predict(FACES[i : i + 1], EYES[i : i + 1], HEADS[i : i + 1])
        for name in NetworkOutput.__slots__:
            np.testing.assert_allclose(getattr(alone, name)[0], getattr(batch, name)[i], atol=1e-5)


def test_exported_weights_are_stored_in_half_precision_where_that_loses_nothing(folder: Path) -> None:
    net = load_checkpoint(folder / "accurate.safetensors", build("fusion_224"))
    assert (folder / "accurate.onnx").stat().st_size < 3.3 * sum(p.numel() for p in net.parameters())
    assert largest_difference(Flat(net), folder / "accurate.onnx", 224) < 2e-6


def test_an_export_names_no_file_of_the_machine_that_made_it(folder: Path) -> None:
    for exported in (folder / "accurate.onnx", *WEIGHTS_DIR.glob("*.onnx")):
        assert b".py" not in exported.read_bytes()


def test_equal_images_give_equal_answers(exported_predictor: NetworkPredictor) -> None:
    first, second = exported_predictor.predict(FACES, EYES, HEADS), exported_predictor.predict(FACES, EYES, HEADS)
    np.testing.assert_array_equal(first.face_angles, second.face_angles)


def test_wrong_shapes_are_refused(exported_predictor: NetworkPredictor) -> None:
    for faces in (FACES[:, :100], FACES[0], FACES[:0]):
        with pytest.raises(ValueError, match="faces must be"):
            exported_predictor.predict(faces, EYES, HEADS)
    for eyes in (EYES[:, :1], EYES[:2], EYES[0]):
        with pytest.raises(ValueError, match="eye crops must be"):
            exported_predictor.predict(FACES, eyes, HEADS)
    for heads in (HEADS[:, :2], HEADS[:2], HEADS[0]):
        with pytest.raises(ValueError, match="head rotations must be"):
            exported_predictor.predict(FACES, EYES, heads)


def test_an_export_that_answers_otherwise_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "largest_difference", lambda *_: 0.5)
    path = tmp_path / "x.onnx"
    path.write_bytes(b"the one before")
    with pytest.raises(ExportError, match=r"differ from PyTorch's by 0\.5"):
        export_onnx(FusionNet(resnet224()), 224, path)
    assert path.read_bytes() == b"the one before"
    assert list(tmp_path.iterdir()) == [path]


def test_missing_or_foreign_weights_say_what_to_do(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="git checkout"):
        load_gaze_network(tmp_path / "fast.safetensors", CpuDevice())
    save_checkpoint(tmp_path / "fast.safetensors", resnet224(), {"config": "resnet_9000"})
    with pytest.raises(CheckpointError, match="another version"):
        load_gaze_network(tmp_path / "fast.safetensors", CpuDevice())
    with pytest.raises(CheckpointError, match=r"models\.export"):
        load_predictor("cpu", "accurate", tmp_path)


def test_an_export_that_answers_less_is_refused(folder: Path, tmp_path: Path) -> None:
    model = onnx.load(folder / "accurate.onnx")
    del model.graph.output[-1]
    onnx.save(model, tmp_path / "accurate.onnx")
    with pytest.raises(CheckpointError, match="another version"):
        load_predictor("cpu", "accurate", tmp_path)
