"""All systems of the comparison by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from torch import nn

from models.networks.backbones import AlexNetTrunk, MobileNetTrunk, ResNetTrunk
from models.networks.eyes import AlignedEyesNet, EyeWindowsNet
from models.networks.full_face import FullFaceNet
from models.networks.fusion import FusionNet
from models.networks.head_pose import HeadPoseNet
from models.networks.itracker import ITracker

Input = Literal["face", "eyes", "head", "centre"]


@dataclass(frozen=True, slots=True)
class Spec:
    """How a system is built, and its inputs. face_px: side of the normalised face."""

    title: str
    build: Callable[[], nn.Module]
    uses: frozenset[Input]
    face_px: int = 224
    task: Literal["3d", "2d"] = "3d"


def alexnet448(*, spatial: bool = True, task_2d: bool = False) -> FullFaceNet:
    return FullFaceNet(AlexNetTrunk(), map_px=13, hidden=4096, spatial=spatial, dropout=0.5, task_2d=task_2d)


def mobilenetv2_112(*, spatial: bool = True, task_2d: bool = False) -> FullFaceNet:
    return FullFaceNet(MobileNetTrunk(), map_px=4, hidden=512, spatial=spatial, task_2d=task_2d)


def resnet224(*, spatial: bool = True, task_2d: bool = False) -> FullFaceNet:
    return FullFaceNet(ResNetTrunk(), map_px=14, hidden=256, spatial=spatial, pool=2, task_2d=task_2d)


def resnet112(*, spatial: bool = True, task_2d: bool = False) -> FullFaceNet:
    return FullFaceNet(ResNetTrunk(), map_px=7, hidden=256, spatial=spatial, task_2d=task_2d)


_FACE: frozenset[Input] = frozenset({"face"})
_FACE_2D: frozenset[Input] = frozenset({"face", "centre"})
_FUSION: frozenset[Input] = frozenset({"face", "eyes", "head"})
_HEAD: frozenset[Input] = frozenset({"head"})

NETWORKS: Mapping[str, Spec] = MappingProxyType(
    {
        "head_direct": Spec("head pose, direct", lambda: HeadPoseNet(regression=False), _HEAD),
        "head_regression": Spec("head pose, regression", lambda: HeadPoseNet(regression=True), _HEAD),
        "single_eye": Spec("one eye", lambda: EyeWindowsNet(both=False), _FACE),
        "two_eyes": Spec("two eyes", lambda: EyeWindowsNet(both=True), _FACE),
        "itracker": Spec("iTracker (AlexNet)", ITracker, _FACE),
        "alexnet448": Spec("full face, AlexNet 448", lambda: alexnet448(spatial=False), _FACE, 448),
        "alexnet448_sw": Spec("full face, AlexNet 448, spatial weights", alexnet448, _FACE, 448),
        "mobilenetv2_112": Spec("full face, MobileNetV2 112", lambda: mobilenetv2_112(spatial=False), _FACE, 112),
        "mobilenetv2_112_sw": Spec("full face, MobileNetV2 112, spatial weights", mobilenetv2_112, _FACE, 112),
        "resnet224": Spec("full face, ResNet 224", lambda: resnet224(spatial=False), _FACE),
        "resnet224_sw": Spec("full face, ResNet 224, spatial weights", resnet224, _FACE),
        "resnet112": Spec("full face, ResNet 112", lambda: resnet112(spatial=False), _FACE, 112),
        "resnet112_sw": Spec("full face, ResNet 112, spatial weights", resnet112, _FACE, 112),
        "eyes_aligned": Spec("aligned eyes and head pose", AlignedEyesNet, frozenset({"eyes", "head"})),
        "fusion_112": Spec("aligned eyes + ResNet 112", lambda: FusionNet(resnet112()), _FUSION, 112),
        "fusion_mobilenetv2_112": Spec(
            "aligned eyes + MobileNetV2 112", lambda: FusionNet(mobilenetv2_112()), _FUSION, 112
        ),
        "fusion_224": Spec("aligned eyes + ResNet 224", lambda: FusionNet(resnet224()), _FUSION),
        "alexnet448_sw_2d": Spec("2D, AlexNet 448", lambda: alexnet448(task_2d=True), _FACE_2D, 448, "2d"),
        "mobilenetv2_112_sw_2d": Spec(
            "2D, MobileNetV2 112", lambda: mobilenetv2_112(task_2d=True), _FACE_2D, 112, "2d"
        ),
        "resnet112_sw_2d": Spec("2D, ResNet 112", lambda: resnet112(task_2d=True), _FACE_2D, 112, "2d"),
        "resnet224_sw_2d": Spec("2D, ResNet 224", lambda: resnet224(task_2d=True), _FACE_2D, 224, "2d"),
    }
)


def build(name: str) -> nn.Module:
    """A new network with random weights. Raises ValueError, which lists the names, for an unknown name."""
    return spec(name).build()


def spec(name: str) -> Spec:
    """The entry of a name. Raises ValueError, which lists the names, for an unknown name."""
    if name not in NETWORKS:
        raise ValueError(f"there is no network {name!r}; the names are {', '.join(NETWORKS)}")
    return NETWORKS[name]
