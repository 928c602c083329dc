"""iTracker's branches (Krafka et al., "Eye Tracking for Everyone", CVPR 2016), as in the paper's comparison.

AlexNet on the face, and a shared AlexNet on both eyes; then the branches are joined. The original's face grid holds the
face's place in the picture. Normalisation makes that place constant, so there is no grid here.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.networks.backbones import AlexNetTrunk, scaled
from models.networks.eyes import LEFT_EYE_WINDOW, RIGHT_EYE_WINDOW, window
from models.networks.inputs import GazeInputs, GazeOutput

_EYE_PX = 112
EMBEDDING = 32


class ITracker(nn.Module):
    """Faces of 224 px: (B, 256, 6, 6) from the face, (B, 256, 2, 2) from each eye."""

    def __init__(self) -> None:
        super().__init__()
        self.face = AlexNetTrunk()
        self.eye = AlexNetTrunk()
        self.face_layers = nn.Sequential(nn.Linear(256 * 36, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU())
        self.eye_layers = nn.Sequential(nn.Linear(2 * 256 * 4, 128), nn.ReLU())
        self.joint = nn.Sequential(nn.Linear(64 + 128, 128), nn.ReLU())
        self.embed = nn.Linear(128, EMBEDDING)
        self.out = nn.Linear(128, 2)

    def _eye(self, face: Tensor, box: tuple[float, float, float, float], *, mirror: bool) -> Tensor:
        crop = functional.interpolate(window(face, box), (_EYE_PX, _EYE_PX), mode="bilinear", align_corners=False)
        features: Tensor = self.eye(crop.flip(-1) if mirror else crop).flatten(1)
        return features

    def forward(self, inputs: GazeInputs) -> GazeOutput:
        face = scaled(inputs.face)
        eyes = [self._eye(face, RIGHT_EYE_WINDOW, mirror=False), self._eye(face, LEFT_EYE_WINDOW, mirror=True)]
        parts = [self.face_layers(self.face(face).flatten(1)), self.eye_layers(torch.cat(eyes, dim=1))]
        hidden = self.joint(torch.cat(parts, dim=1))
        return GazeOutput(gaze=self.out(hidden), embedding=self.embed(hidden.detach()))
