"""How each network of the registry is trained. `steps` fit a CPU; more data and a GPU deserve more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from models.networks.registry import NETWORKS


@dataclass(frozen=True, slots=True)
class Config:
    """rate: AdamW's, at the top of its cosine. start: part of the network -> the trained network of `runs`, or part of
    one ("itracker.eye"), that it starts from.
    images: train on this many only (the large ones on a CPU); None: all. mixed: may run in mixed precision."""

    steps: int
    batch: int = 32
    rate: float = 1e-3
    start: Mapping[str, str] = field(default_factory=dict)
    images: int | None = None
    mixed: bool = True


# Networks of the comparison learn from as many images as 1,360 people give, the accurate network from all.
_COMPARED = 11_263
_FULL_FACE = Config(steps=2400, images=_COMPARED)
# AlexNet has no batch norm and, from random numbers, stays at the mean direction for hundreds of steps. The paper
# starts it from ImageNet's weights; here its convolutions start from those that iTracker has learned on large eyes.
_LARGE = Config(steps=1000, batch=16, rate=2e-4, images=_COMPARED, start={"trunk": "itracker.eye"})
# Depthwise convolutions take four times as long in training as dense ones, and gain nothing from bfloat16. MobileNetV2
# finds the eyes late: for the first 800 to 1,200 steps its answer stays the mean direction.
_DEPTHWISE = replace(_FULL_FACE, steps=2400, images=5000, mixed=False)


def _point(config: Config, direction: str, *, steps: int) -> Config:
    """Of the 2D network that starts from the trained 3D one: a point follows from the direction and the face's place.
    From random numbers a ResNet was at 89 mm after 1,200 steps, from the 3D one at 68 after 600."""
    start = {part: f"{direction}.{part}" for part in ("trunk", "spatial_weights", "fc1", "fc2")}
    return replace(config, steps=steps, rate=min(config.rate, 5e-4), start=start)


_OWN: Mapping[str, Config] = {
    "head_regression": Config(steps=300, batch=256, rate=2e-2),
    "eyes_aligned": Config(steps=5000, batch=96, rate=2e-3, images=_COMPARED),
    "mobilenetv2_112": _DEPTHWISE,
    "mobilenetv2_112_sw": _DEPTHWISE,
    "mobilenetv2_112_sw_2d": _point(_DEPTHWISE, "mobilenetv2_112_sw", steps=600),
    "resnet112_sw_2d": _point(_FULL_FACE, "resnet112_sw", steps=600),
    "resnet224_sw_2d": _point(_FULL_FACE, "resnet224_sw", steps=600),
    "itracker": replace(_FULL_FACE, rate=3e-4),
    "alexnet448": _LARGE,
    "alexnet448_sw": _LARGE,
    "alexnet448_sw_2d": _point(_LARGE, "alexnet448_sw", steps=200),
    "fusion_112": Config(
        steps=700, rate=5e-4, images=_COMPARED, start={"face": "resnet112_sw", "eyes": "eyes_aligned"}
    ),
    "fusion_224": Config(steps=5000, start={"face": "resnet224_sw", "eyes": "eyes_aligned"}),
}
# Without parameters there is nothing to train.
CONFIGS: Mapping[str, Config] = MappingProxyType(
    {name: _OWN.get(name, _FULL_FACE) for name in NETWORKS if name != "head_direct"}
)
