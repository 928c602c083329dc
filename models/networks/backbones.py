"""Convolutional trunks: (B, 3, S, S) scaled pixels -> (B, channels, H, W) activations."""

from __future__ import annotations

import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models.resnet import BasicBlock

_MEAN, _STD = 118.0, 58.0  # grey levels; the same for all channels, which preserves colour casts


def scaled(pixels: Tensor) -> Tensor:
    """0..255 -> zero mean and unit variance over a usual face."""
    return (pixels.float() - _MEAN) / _STD


class AlexNetTrunk(nn.Module):
    """conv1 to conv5 of AlexNet (Krizhevsky et al. 2012), torchvision's filters: 448 px -> (B, 256, 13, 13).

    It includes torchvision's last pooling: 27 -> 13. The weights start as in He et al. (ICCV 2015) for ReLU. No layer
    normalises, and torchvision's smaller initial weights halve the activations at every layer.
    """

    channels = 256

    def __init__(self) -> None:
        super().__init__()
        self.features = torchvision.models.alexnet(weights=None).features
        for layer in self.features:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.features(x)
        return y


class HalvingDepthwise(nn.Conv2d):
    """A depthwise convolution of stride 2.

    In training it is one of stride 1, and every second place of its output is used. The result is the same. The
    gradient of a strided one takes PyTorch seven times as long in bfloat16 on a CPU, a quarter of MobileNetV2's step.
    """

    @classmethod
    def like(cls, layer: nn.Conv2d) -> HalvingDepthwise:
        """One with the weights of `layer`, a 3 x 3 convolution."""
        made = cls(layer.in_channels, layer.out_channels, 3, stride=2, padding=1, groups=layer.groups, bias=False)
        made.load_state_dict(layer.state_dict())
        return made

    def forward(self, x: Tensor) -> Tensor:
        if not torch.is_grad_enabled():
            return super().forward(x)
        return functional.conv2d(x, self.weight, padding=1, groups=self.groups)[:, :, ::2, ::2]


class MobileNetTrunk(nn.Module):
    """MobileNetV2 (Sandler et al. 2018) without its 1280-channel layer, then 320 -> 256: 112 px -> (B, 256, 4, 4)."""

    channels = 256

    def __init__(self) -> None:
        super().__init__()
        self.features = torchvision.models.mobilenet_v2(weights=None).features[:-1]
        for block in list(self.features.modules()):
            for name, layer in block.named_children():
                if isinstance(layer, nn.Conv2d) and layer.groups > 1 and layer.stride == (2, 2):
                    setattr(block, name, HalvingDepthwise.like(layer))
        self.reduce = nn.Sequential(nn.Conv2d(320, self.channels, 1), nn.ReLU(inplace=True))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.reduce(self.features(x))
        return y


class ResNetTrunk(nn.Module):
    """ResNet-18's stem and first three stages (He et al. 2016) at half width: 224 px -> (B, 64, 14, 14).

    On a CPU, dense convolutions train several times as fast as depthwise ones of the same cost. Stopping after stage 3
    keeps a 14 x 14 map, with one place for each centimetre of the face.
    """

    channels = 64

    def __init__(self, colours: int = 3, widths: tuple[int, int, int] = (32, 64, 128)) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            nn.Conv2d(colours, widths[0], 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, padding=1),
        ]
        before = widths[0]
        for width in widths:
            layers += [_block(before, width), BasicBlock(width, width)]
            before = width
        layers += [nn.Conv2d(before, self.channels, 1), nn.ReLU(inplace=True)]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(x)
        return y


def _block(before: int, width: int) -> BasicBlock:
    """The first block of a stage. It halves the map unless the width stays the same."""
    if before == width:
        return BasicBlock(before, width)
    shortcut = nn.Sequential(nn.Conv2d(before, width, 1, stride=2, bias=False), nn.BatchNorm2d(width))
    return BasicBlock(before, width, stride=2, downsample=shortcut)
