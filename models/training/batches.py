"""Turns rows into network inputs and labels: augmented for training, clean for measuring."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn import functional

from models.face.eyes import CROP_SIZE
from models.networks.inputs import GazeInputs
from models.networks.registry import Spec
from models.training import augment
from models.training.dataset import Index, Rows
from models.training.prepare import EYE_MARGIN, FACE_MARGIN

_EYE_SHAPE = (CROP_SIZE[1], CROP_SIZE[0])
_HEAD_NOISE_RAD = 0.02  # added by a webcam; FaceMesh's own noise is in the data


class Labels(NamedTuple):
    """The labels of a batch, in the axes of `GazeInputs` and `prepare.ARRAYS`."""

    gaze: Tensor  # (B, 2)
    eye_in_head: Tensor  # (B, 2)
    target: Tensor  # (B, 2)
    head: Tensor  # (B, 3)


def training_batch(
    rows: Rows, index: Index, spec: Spec, rng: Generator, *, mirror: bool = True
) -> tuple[GazeInputs, Labels]:
    """An augmented batch, with the effects of webcams, rooms and landmark noise. Half of it is mirrored."""
    flip = torch.rand(len(index), generator=rng) < (0.5 if mirror else 0.0)
    head, centre, labels = _mirrored(
        _small(rows, index, "head"), _small(rows, index, "centre"), _labels(rows, index), flip
    )
    face = eyes = torch.zeros(len(index), 1)
    if "face" in spec.uses:
        face = _flipped(_face(rows, index, spec.face_px), flip)
        face = augment.crop_jittered(
            face, (spec.face_px, spec.face_px), FACE_MARGIN, rng, shift=0.02, scale=0.04, turn_rad=0.02
        )
        face = augment.low_resolution(face, rng, most=3.0 if spec.face_px >= 224 else 1.8, share=0.5)
        face = augment.sharpness(face, rng, share=0.4)
        face = augment.light(face, rng, colour=True)
        face = augment.cover(augment.sensor_noise(face, rng, most=8.0), rng, share=0.1)
        face = face.contiguous(memory_format=torch.channels_last)
    if "eyes" in spec.uses:
        eyes = torch.from_numpy(rows.picture("eyes", index)).float()
        # Mirrored, the left eye is the right eye.
        eyes = torch.where(flip.view(-1, 1, 1, 1), eyes.flip(1).flip(3), eyes)
        # Each eye is aligned on its own corners, so each has its own jitter.
        each = eyes.flatten(0, 1).unsqueeze(1)
        each = augment.crop_jittered(each, _EYE_SHAPE, EYE_MARGIN, rng, shift=0.025, scale=0.05, turn_rad=0.05)
        each = augment.low_resolution(each, rng, most=4.0)
        each = augment.sharpness(each, rng)
        each = augment.light(each, rng, colour=False)
        each = augment.cover(augment.sensor_noise(each, rng, most=20.0), rng, share=0.05)
        eyes = each.view(len(index), 2, *_EYE_SHAPE)
    head = head + torch.randn(head.shape, generator=rng) * _HEAD_NOISE_RAD
    return GazeInputs(face, eyes, head, centre), labels


def clean_batch(rows: Rows, index: Index, spec: Spec) -> tuple[GazeInputs, Labels]:
    """A batch without augmentation, as at run time."""
    face = eyes = torch.zeros(len(index), 1)
    if "face" in spec.uses:
        face = augment.centre_crop(_face(rows, index, spec.face_px), (spec.face_px, spec.face_px), FACE_MARGIN)
        face = face.contiguous(memory_format=torch.channels_last)
    if "eyes" in spec.uses:
        eyes = augment.centre_crop(torch.from_numpy(rows.picture("eyes", index)).float(), _EYE_SHAPE, EYE_MARGIN)
    return GazeInputs(face, eyes, _small(rows, index, "head"), _small(rows, index, "centre")), _labels(rows, index)


def _face(rows: Rows, index: Index, face_px: int) -> Tensor:
    """(B, 3, 280, 280), or (B, 3, 140, 140) for small networks. Averaging avoids aliasing."""
    face = torch.from_numpy(rows.picture("face", index)).permute(0, 3, 1, 2).float()
    return functional.avg_pool2d(face, 2) if face_px <= 112 else face


def _small(rows: Rows, index: Index, name: str) -> Tensor:
    return torch.from_numpy(rows.small[name][index]).float()


def _labels(rows: Rows, index: Index) -> Labels:
    return Labels(*(_small(rows, index, name) for name in Labels._fields))


def _flipped(pictures: Tensor, flip: Tensor) -> Tensor:
    return torch.where(flip.view(-1, 1, 1, 1), pictures.flip(3), pictures)


def _mirrored(head: Tensor, centre: Tensor, labels: Labels, flip: Tensor) -> tuple[Tensor, Tensor, Labels]:
    """Negate x in mirrored images: yaw, the rotation about y and z, and x of the face and the target."""
    sign = 1.0 - 2.0 * flip.float().view(-1, 1)  # -1 where mirrored
    one = torch.ones_like(sign)
    angles, rotation = torch.cat([one, sign], 1), torch.cat([one, sign, sign], 1)
    place = torch.cat([sign, one, one], 1)
    mirrored = Labels(
        gaze=labels.gaze * angles,
        eye_in_head=labels.eye_in_head * angles,
        target=labels.target * place[:, :2],
        head=labels.head * rotation,
    )
    return head * rotation, centre * place, mirrored
