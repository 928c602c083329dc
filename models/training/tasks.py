"""What each network trains on: which arrays, how a batch is disturbed, how it goes in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Generator, Tensor, nn

from models.eye_net import EyeNet
from models.eyes import CROP_SIZE
from models.gaze_net import FullFaceNet
from models.training import augment
from models.training.prepare import EYE_MARGIN, FACE_MARGIN

HELD_OUT_EVERY = 20
_MIRROR_ANGLES = torch.tensor([1.0, -1.0])  # pitch stays, yaw turns
_MIRROR_ROTATION = torch.tensor([1.0, -1.0, -1.0])  # of a rotation vector
_MAX_BLINK = 0.45  # lids further down than this hide the pupil: nothing to learn


@dataclass(frozen=True)
class Rows:
    """Training rows of one network: inputs (first axis n), labels (n, K) in radians, the gaze's pitch and yaw first."""

    images: Tensor
    head_rotation: Tensor
    labels: Tensor
    held_out: Tensor  # (n,) bool


@dataclass(frozen=True)
class Task:
    """What differs between the networks: which arrays, how a batch is disturbed, how it goes in."""

    module: Callable[[], nn.Module]
    images: str
    labels: tuple[str, ...]
    batch: int
    steps: int
    rate: float
    prepare: Callable[[Tensor, Tensor, Tensor, Generator], tuple[Tensor, Tensor, Tensor]]
    clean: Callable[[Tensor], Tensor]
    forward: Callable[[nn.Module, Tensor, Tensor], Tensor]


class FullFaceWithParts(nn.Module):
    """The full-face network while it learns: from the same hidden layer it also tells eyes and head apart.

    Gaze is head plus eyes, and people turn the one against the other, so that either alone explains little of it;
    these labels show it the way to both.
    (B, 3, S, S) -> (B, 7): gaze, eyes against the head, head rotation.
    """

    def __init__(self) -> None:
        super().__init__()
        self.net = FullFaceNet().to(memory_format=torch.channels_last)  # 1.4 x as fast
        self.parts = nn.Linear(self.net.config.hidden, 5)

    def forward(self, faces: Tensor) -> Tensor:
        hidden = self.net.hidden(faces)
        return torch.cat([self.net.out(hidden), self.parts(hidden)], dim=1)


def centre_crop(images: Tensor, margin: float) -> Tensor:
    """(B, C, H, W) -> the middle 1 / margin."""
    height, width = round(images.shape[2] / margin), round(images.shape[3] / margin)
    top, left = (images.shape[2] - height) // 2, (images.shape[3] - width) // 2
    return images[:, :, top : top + height, left : left + width].float()


def disturb_eyes(images: Tensor, head: Tensor, labels: Tensor, rng: Generator) -> tuple[Tensor, Tensor, Tensor]:
    n = images.shape[0]
    x = images.float()
    flip = torch.rand(n, generator=rng) < 0.5
    x = torch.where(flip.view(-1, 1, 1, 1), x.flip(1).flip(3), x)  # mirrored, the left eye is the right eye
    head = torch.where(flip.view(-1, 1), head * _MIRROR_ROTATION, head)
    labels = torch.where(flip.view(-1, 1), labels * _MIRROR_ANGLES, labels)
    size = (CROP_SIZE[1], CROP_SIZE[0])
    # Each eye is aligned on corners of its own, so each gets a jitter of its own.
    each = augment.crop_jittered(
        x.flatten(0, 1).unsqueeze(1), size, EYE_MARGIN, rng, shift=0.025, scale=0.05, turn_rad=0.05
    )
    each = augment.low_resolution(each, rng, most=4.0)
    each = augment.light(each, rng, colour=False)
    each = augment.cover(augment.sensor_noise(each, rng, most=12.0), rng, share=0.05)
    return each.view(n, 2, *size), head + torch.randn(head.shape, generator=rng) * 0.03, labels


def disturb_faces(images: Tensor, head: Tensor, labels: Tensor, rng: Generator) -> tuple[Tensor, Tensor, Tensor]:
    x = images.permute(0, 3, 1, 2).float()
    flip = torch.rand(x.shape[0], generator=rng) < 0.5
    x = torch.where(flip.view(-1, 1, 1, 1), x.flip(3), x)
    mirror = torch.cat([_MIRROR_ANGLES, _MIRROR_ANGLES, _MIRROR_ROTATION])
    labels = torch.where(flip.view(-1, 1), labels * mirror, labels)
    x = augment.crop_jittered(x, (112, 112), FACE_MARGIN, rng, shift=0.02, scale=0.04, turn_rad=0.02)
    x = augment.low_resolution(x, rng, most=1.8, share=0.4)
    x = augment.light(x, rng, colour=True)
    x = augment.cover(augment.sensor_noise(x, rng, most=6.0), rng, share=0.1)
    return x.contiguous(memory_format=torch.channels_last), head, labels


TASKS = {
    "eyes": Task(
        module=EyeNet,
        images="eyes",
        labels=("eye_angles",),
        batch=128,
        steps=3000,
        rate=2e-3,
        prepare=disturb_eyes,
        clean=lambda images: centre_crop(images, EYE_MARGIN),
        forward=lambda net, images, head: net(images, head),
    ),
    "face": Task(
        module=FullFaceWithParts,
        images="face",
        labels=("face_angles", "eye_angles", "head_rotation"),
        batch=32,
        steps=2000,
        rate=1e-3,
        prepare=disturb_faces,
        clean=lambda images: centre_crop(images.permute(0, 3, 1, 2), FACE_MARGIN),
        forward=lambda net, images, _: net(images),
    ),
}


def load_rows(folder: Path, task: Task) -> Rows:
    """All prepared files of `folder`; rows with the eyes mostly shut are left out."""
    parts: list[tuple[Tensor, ...]] = []
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as arrays:
            open_eyes = arrays["blink"] <= _MAX_BLINK
            person = arrays["person"].astype(np.int64)
            held_out = (person[:, 0] * 100 + person[:, 1]) % HELD_OUT_EVERY == 0
            columns = (
                arrays[task.images],
                arrays["head_rotation"],
                np.concatenate([arrays[name] for name in task.labels], axis=1),
                held_out,
            )
            parts.append(tuple(torch.from_numpy(column[open_eyes]) for column in columns))
    if not parts:
        raise SystemExit(f"{folder}: no .npz files; run 'python -m models.training.prepare' first")
    images, head, labels, held = (torch.cat(column) for column in zip(*parts, strict=True))
    return Rows(images=images, head_rotation=head.float(), labels=labels.float(), held_out=held)
