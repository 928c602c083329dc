"""Two-eye network: gaze relative to the head from two aligned grey eye crops. Tensors only.

Both eyes share one convolutional branch, the left one mirrored, so every face teaches it twice. Trained on
faces that are rendered, it leans on what renders get right (where the iris lies between lids and corners).
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

HIDDEN = 32
_SPREAD_FLOOR = 4.0  # grey levels; keeps a flat crop from being blown up to noise


class EyeNet(nn.Module):
    """(B, 2, 32, 64) grey crops 0..255 (left eye, right eye) and (B, 3) head rotation -> (B, 2) pitch, yaw in radians.

    The angles are those of the visual axes relative to the head, mean of both eyes.
    """

    def __init__(self) -> None:
        super().__init__()
        widths = (1, 24, 48, 64, 96)
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
            layers += [nn.Conv2d(after, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        self.branch = nn.Sequential(*layers)  # (2B, 1, 32, 64) -> (2B, 96, 2, 4)
        self.eye = nn.Sequential(nn.Linear(96 * 2 * 4, 64), nn.ReLU(), nn.Dropout(0.2))
        self.joint = nn.Sequential(nn.Linear(2 * 64 + 3, HIDDEN), nn.ReLU())
        self.out = nn.Linear(HIDDEN, 2)

    def hidden(self, crops: Tensor, head_rotation_rad: Tensor) -> Tensor:
        """(B, 32)."""
        crops = crops.to(self.out.weight.dtype)
        left, right = crops[:, 0].flip(-1), crops[:, 1]
        eyes = torch.cat([left, right]).unsqueeze(1)  # (2B, 1, 32, 64)
        mean = eyes.mean(dim=(2, 3), keepdim=True)
        spread = eyes.std(dim=(2, 3), keepdim=True).clamp_min(_SPREAD_FLOOR)
        features = self.eye(self.branch((eyes - mean) / spread).flatten(1))  # (2B, 64)
        joint = torch.cat([*features.chunk(2), head_rotation_rad], dim=1)  # (B, 131)
        hidden: Tensor = self.joint(joint)
        return hidden

    def forward(self, crops: Tensor, head_rotation_rad: Tensor) -> Tensor:
        angles: Tensor = self.out(self.hidden(crops, head_rotation_rad))
        return angles  # (B, 2)

    def angles_and_embedding(self, crops: Tensor, head_rotation_rad: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 2) angles and (B, 32) hidden units."""
        hidden = self.hidden(crops, head_rotation_rad)
        return self.out(hidden), hidden
