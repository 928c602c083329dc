"""How each network of the registry is trained. `steps` suit a CPU. With more data and a GPU, use more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from models.networks.registry import NETWORKS
from models.training import imagenet


@dataclass(frozen=True, slots=True)
class Config:
    """rate: the highest learning rate of AdamW. start: part of the network -> the trained network of `runs`, or a part
    of it ("itracker.eye"), with whose weights the part starts; "imagenet": see `models.training.imagenet`. images:
    train on this many only (for large networks on a CPU); None: all."""

    steps: int
    batch: int = 32
    rate: float = 1e-3
    start: Mapping[str, str] = field(default_factory=dict)
    images: int | None = None


# Networks of the comparison are trained on the images of 1,360 people, the accurate network on all.
_COMPARED = 11_263
_FULL_FACE = Config(steps=2400, images=_COMPARED)
# AlexNet has no batch norm. With random initial weights, its output stays the mean direction for hundreds of steps. The
# paper starts with ImageNet's weights; here the convolutions start with those of the trained iTracker's eye branch.
_LARGE = Config(steps=1000, batch=16, rate=2e-4, images=_COMPARED, start={"trunk": "itracker.eye"})
# Depthwise convolutions train almost four times as slowly as dense ones. With random initial weights, MobileNetV2 finds
# the eyes late: for the first 800 to 1,200 steps, its output stays the mean direction. So it starts with ImageNet's
# weights, as the paper's networks do.
_MOBILE = replace(_FULL_FACE, start={"trunk.features": imagenet.NAME})


def _point(config: Config, direction: str, *, steps: int) -> Config:
    """The configuration of a 2D network that starts with the weights of the trained 3D one: a point follows from the
    direction and the face's position. The error of a ResNet was 89 mm after 1,200 steps from random weights, and 68 mm
    after 600 steps from the 3D network."""
    start = {part: f"{direction}.{part}" for part in ("trunk", "spatial_weights", "fc1", "fc2")}
    return replace(config, steps=steps, rate=min(config.rate, 5e-4), start=start)


_FUSION = Config(steps=700, rate=5e-4, images=_COMPARED, start={"face": "resnet112_sw", "eyes": "eyes_aligned"})

_OWN: Mapping[str, Config] = {
    "head_regression": Config(steps=300, batch=256, rate=2e-2),
    "eyes_aligned": Config(steps=5000, batch=96, rate=2e-3, images=_COMPARED),
    "mobilenetv2_112": _MOBILE,
    "mobilenetv2_112_sw": _MOBILE,
    "mobilenetv2_112_sw_2d": _point(_MOBILE, "mobilenetv2_112_sw", steps=600),
    "resnet112_sw_2d": _point(_FULL_FACE, "resnet112_sw", steps=600),
    "resnet224_sw_2d": _point(_FULL_FACE, "resnet224_sw", steps=600),
    "itracker": replace(_FULL_FACE, rate=3e-4),
    "alexnet448": _LARGE,
    "alexnet448_sw": _LARGE,
    "alexnet448_sw_2d": _point(_LARGE, "alexnet448_sw", steps=200),
    "fusion_112": _FUSION,
    "fusion_mobilenetv2_112": replace(_FUSION, start={"face": "mobilenetv2_112_sw", "eyes": "eyes_aligned"}),
    "fusion_224": Config(steps=5000, start={"face": "resnet224_sw", "eyes": "eyes_aligned"}),
}
# It has no parameters to train.
CONFIGS: Mapping[str, Config] = MappingProxyType(
    {name: _OWN.get(name, _FULL_FACE) for name in NETWORKS if name != "head_direct"}
)
