"""Full-face gaze network with spatial weights, MobileNetV2 variant. Tensors only.

Zhang, Sugano, Fritz, Bulling, "It's Written All Over Your Face", CVPRW 2017, section 3:
    three 1x1 convolutions with ReLU turn the activations U (N, H, W) into one weight map W (H, W);
    V_c = W * U_c for each channel c, so the network learns which places of the face to believe.
Gradients (section 3.1): dV/dU = W, and the gradient that reaches W is divided by the number of channels N.
Backbone: MobileNetV2 (Sandler et al., CVPR 2018) without its last 1280-channel layer, on 112 px faces.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torchvision
from torch import Tensor, nn

BACKBONE_CHANNELS = 320  # MobileNetV2's last inverted residual block


@dataclass(frozen=True, slots=True)
class FullFaceConfig:
    input_px: int = 112
    channels: int = 256  # of the map that is weighted
    hidden: int = 512
    embedding: int = 16  # principal directions of the last hidden layer, set after training
    dropout: float = 0.1

    @property
    def map_px(self) -> int:
        return -(-self.input_px // 32)  # MobileNetV2 halves five times, rounding up


class _WeightChannels(torch.autograd.Function):
    """V = W * U whose gradient towards W is the mean, not the sum, over channels."""

    @staticmethod
    def forward(ctx: Any, u: Tensor, w: Tensor) -> Tensor:
        ctx.save_for_backward(u, w)
        return u * w

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        u, w = ctx.saved_tensors
        return grad * w, (grad * u).mean(dim=1, keepdim=True)


class SpatialWeights(nn.Module):
    """(B, N, H, W) activations -> the same, each place scaled by one learned weight."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 1)
        self.conv2 = nn.Conv2d(channels, channels, 1)
        self.conv3 = nn.Conv2d(channels, 1, 1)
        for conv, std, bias in ((self.conv1, 0.01, 0.1), (self.conv2, 0.01, 0.1), (self.conv3, 0.001, 1.0)):
            nn.init.normal_(conv.weight, 0.0, std)
            nn.init.constant_(conv.bias, bias)  # type: ignore[arg-type]

    def weight_map(self, u: Tensor) -> Tensor:
        """(B, N, H, W) -> (B, 1, H, W), near 1 before training."""
        x = torch.relu(self.conv1(u))
        x = torch.relu(self.conv2(x))
        return torch.relu(self.conv3(x))

    def forward(self, u: Tensor) -> Tensor:
        weighted: Tensor = _WeightChannels.apply(u, self.weight_map(u))
        return weighted


class FullFaceNet(nn.Module):
    """(B, 3, S, S) uint8 or 0..255 float RGB normalised faces -> (B, 2) pitch, yaw in radians, normalised camera.

    In `eval` mode dropout is off, so equal inputs give equal outputs.
    """

    mean: Tensor
    std: Tensor
    embedding_mean: Tensor
    embedding_basis: Tensor

    def __init__(self, config: FullFaceConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or FullFaceConfig()
        self.register_buffer("mean", torch.tensor([123.7, 116.3, 103.5]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([58.4, 57.1, 57.4]).view(1, 3, 1, 1))
        self.register_buffer("embedding_mean", torch.zeros(config.hidden))
        self.register_buffer("embedding_basis", torch.zeros(config.embedding, config.hidden))
        self.backbone = torchvision.models.mobilenet_v2(weights=None).features[:-1]
        self.reduce = nn.Sequential(nn.Conv2d(BACKBONE_CHANNELS, config.channels, 1), nn.ReLU(inplace=True))
        self.spatial_weights = SpatialWeights(config.channels)
        flat = config.channels * config.map_px**2
        self.fc1 = nn.Linear(flat, config.hidden)
        self.fc2 = nn.Linear(config.hidden, config.hidden)
        self.out = nn.Linear(config.hidden, 2)
        self.dropout = nn.Dropout(config.dropout)

    def hidden(self, faces: Tensor) -> Tensor:
        """(B, 3, S, S) -> (B, hidden): the last layer before the angles."""
        x = (faces.to(self.mean.dtype) - self.mean) / self.std
        x = self.reduce(self.backbone(x))  # (B, 256, 4, 4)
        x = self.spatial_weights(x).flatten(1)  # (B, 4096)
        x = self.dropout(torch.relu(self.fc1(x)))
        return torch.relu(self.fc2(x))

    def forward(self, faces: Tensor) -> Tensor:
        angles: Tensor = self.out(self.hidden(faces))
        return angles  # (B, 2)

    def angles_and_embedding(self, faces: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 2) angles and (B, embedding) coordinates of the hidden layer along its principal directions."""
        hidden = self.hidden(faces)
        return self.out(hidden), (hidden - self.embedding_mean) @ self.embedding_basis.T
