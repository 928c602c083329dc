"""Gaze from the head pose alone: the baseline of all networks that use the eyes."""

from __future__ import annotations

import torch
from torch import nn

from models.networks.directions import rotate, vector_to_angles
from models.networks.inputs import GazeInputs, GazeOutput


class HeadPoseNet(nn.Module):
    """Direct: the gaze is the direction of the face. Regression: an affine map of the head's rotation vector."""

    def __init__(self, *, regression: bool) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 2) if regression else None

    def forward(self, inputs: GazeInputs) -> GazeOutput:
        if self.linear is not None:
            return GazeOutput(gaze=self.linear(inputs.head), embedding=inputs.head)
        forward = torch.zeros_like(inputs.head) + inputs.head.new_tensor([0.0, 0.0, -1.0])
        return GazeOutput(gaze=vector_to_angles(rotate(inputs.head, forward)), embedding=inputs.head)
