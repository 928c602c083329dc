"""A gaze network as a function of the pictures as they are, for exported files and for CUDA."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.networks.inputs import GazeInputs


class Flat(nn.Module):
    """face (B, S, S, 3) uint8 RGB, eyes (B, 2, 32, 64) uint8 grey, head (B, 3) rad -> gaze, embedding, eye_in_head,
    eye_embedding. The network must have aligned eyes.
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, face: Tensor, eyes: Tensor, head: Tensor) -> tuple[Tensor, ...]:
        out = self.net(GazeInputs(face.permute(0, 3, 1, 2), eyes, head, torch.zeros_like(head)))
        return out.gaze, out.embedding, out.eye_in_head, out.eye_embedding
