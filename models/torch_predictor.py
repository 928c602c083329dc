"""The gaze network in PyTorch, for CUDA."""

from __future__ import annotations

from pathlib import Path

import torch

from models.checkpoints import CheckpointError, load_checkpoint, read_provenance
from models.networks.flat import Flat
from models.networks.registry import build, spec
from models.predictor import OUTPUTS
from models.torch_runtime import Device, Input, TorchNetwork


def cuda_is_available() -> bool:
    return torch.cuda.is_available()


def load_gaze_network(weights: Path, device: Device) -> TorchNetwork:
    """The gaze network of a weights file on `device`. Raises CheckpointError."""
    name = read_provenance(weights).get("config", "")
    try:
        face_px = spec(name).face_px
    except ValueError as error:
        raise CheckpointError(f"{weights}: made for another version ({error})") from error
    inputs = {
        "face": Input((face_px, face_px, 3), torch.uint8),
        "eyes": Input((2, 32, 64), torch.uint8),
        "head": Input((3,), torch.float32),
    }
    net = Flat(load_checkpoint(weights, build(name))).eval().to(device.name)
    return TorchNetwork(net, inputs, OUTPUTS, device)
