"""The spatial weights mechanism.

Zhang, Sugano, Fritz, Bulling, "It's Written All Over Your Face", CVPRW 2017, section 3:
    three 1x1 convolutions with ReLU turn the activations U (N, H, W) into one weight map W (H, W);
    V_c = W * U_c for each channel c, so the network learns a weight for each place of the face.
Gradients (section 3.1): dV/dU = W, and the gradient that reaches W is divided by the number of channels N.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


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
    """(B, N, H, W) activations -> the same shape, each place scaled by one learned weight."""

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
        w = self.weight_map(u)
        # Only training needs the custom gradient, and exporters cannot trace it.
        weighted: Tensor = _WeightChannels.apply(u, w) if torch.is_grad_enabled() else u * w
        return weighted
