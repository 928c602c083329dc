"""The gaze network in PyTorch, for CUDA."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from models.arrays import FloatArray
from models.checkpoints import CheckpointError, load_checkpoint, read_provenance
from models.networks.inputs import GazeInputs
from models.networks.registry import build, spec
from models.predictor import OUTPUTS, NetworkOutput, check_shapes


class TorchPredictor:
    """A `GazePredictor` that runs in PyTorch."""

    def __init__(self, net: nn.Module, face_px: int, device: torch.device) -> None:
        self.face_px = face_px
        self.device = device
        self._net = net.to(device).eval()

    def predict(
        self, faces: npt.NDArray[np.uint8], eyes: npt.NDArray[np.uint8], head_rotations_rad: FloatArray
    ) -> NetworkOutput:
        check_shapes(faces, eyes, head_rotations_rad, self.face_px)
        with torch.inference_mode():
            heads = torch.from_numpy(head_rotations_rad.astype(np.float32)).to(self.device)  # (B, 3)
            inputs = GazeInputs(
                face=torch.from_numpy(faces).to(self.device).permute(0, 3, 1, 2).float(),  # (B, 3, S, S)
                eyes=torch.from_numpy(eyes).to(self.device).float(),  # (B, 2, 32, 64)
                head=heads,
                centre=torch.zeros_like(heads),
            )
            out = self._net(inputs)
            return NetworkOutput(*(getattr(out, name).cpu().numpy() for name in OUTPUTS))


def cuda_is_available() -> bool:
    return torch.cuda.is_available()


def load_torch_predictor(weights: Path, device: str) -> TorchPredictor:
    """The network of a weights file on `device`. Raises CheckpointError."""
    name = read_provenance(weights).get("config", "")
    try:
        face_px = spec(name).face_px
    except ValueError as error:
        raise CheckpointError(f"{weights}: made for another version ({error})") from error
    return TorchPredictor(load_checkpoint(weights, build(name)), face_px, torch.device(device))
