"""Augmentation: the effects of webcams, rooms and landmark noise, as tensor functions on whole batches.

Renders are too clean, too sharp and too well aligned. Each function takes (B, C, H, W) float images 0..255 and a
generator, and returns the same shape. Each image has random strengths.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor
from torch.nn import functional


def uniform(batch: Tensor, low: float, high: float, rng: Generator) -> Tensor:
    """(B, 1, 1, 1) one random number for each image."""
    return torch.rand(batch.shape[0], 1, 1, 1, generator=rng) * (high - low) + low


def crop_jittered(
    images: Tensor, out: tuple[int, int], margin: float, rng: Generator, *, shift: float, scale: float, turn_rad: float
) -> Tensor:
    """The middle 1 / margin of each image, (B, C, *out), moved, scaled and rotated by landmark noise.

    shift, scale and turn_rad are standard deviations: parts of the output's width, and radians.
    """
    n = images.shape[0]
    angle = torch.randn(n, generator=rng) * turn_rad
    size = (1 / margin) * torch.exp(torch.randn(n, generator=rng) * scale)
    height, width = out
    ratio = height / width
    cos, sin = torch.cos(angle) * size, torch.sin(angle) * size
    offset = torch.randn(n, 2, generator=rng) * shift * 2 / margin
    theta = torch.stack(
        [
            torch.stack([cos, -sin * ratio, offset[:, 0]], 1),
            torch.stack([sin / ratio, cos, offset[:, 1] / ratio], 1),
        ],
        1,
    )  # (B, 2, 3)
    grid = functional.affine_grid(theta, [n, images.shape[1], height, width], align_corners=False)
    return functional.grid_sample(images, grid, padding_mode="border", align_corners=False)


def low_resolution(images: Tensor, rng: Generator, *, most: float, share: float = 0.7) -> Tensor:
    """Shrink some images by a factor up to `most` and enlarge them again, like a distant face in a VGA frame."""
    shrunk = images.clone()
    order = torch.randperm(images.shape[0], generator=rng)[: int(images.shape[0] * share)]
    for part in order.chunk(4):  # one factor for each quarter, which is resized as a whole
        if len(part) == 0:
            continue
        factor = 1.0 + float(torch.rand(1, generator=rng)) * (most - 1.0)
        height, width = images.shape[2:]
        small = [max(4, round(height / factor)), max(4, round(width / factor))]
        down = functional.interpolate(images[part], small, mode="bilinear", antialias=True, align_corners=False)
        shrunk[part] = functional.interpolate(down, [height, width], mode="bilinear", align_corners=False)
    return shrunk


def sharpness(images: Tensor, rng: Generator, *, share: float = 0.6) -> Tensor:
    """Effects of lens, motion and firmware on edges: x + k (x - blurred x), k from -1 to 1.5.

    Some images are blurred along one axis or both, or sharpened too much, as most webcams do.
    """
    across = _smoothed(images, 3)
    # Motion blurs one axis only.
    moved = torch.rand(images.shape[0], 1, 1, 1, generator=rng) < 0.25
    blurred = torch.where(moved, across, _smoothed(across, 2))
    chosen = (torch.rand(images.shape[0], 1, 1, 1, generator=rng) < share).float()
    k = uniform(images, -1.0, 1.5, rng) * chosen
    return (images + k * (images - blurred)).clamp(0.0, 255.0)


def _smoothed(images: Tensor, axis: int) -> Tensor:
    """Smooth with 1 4 6 4 1 along one axis, with edges repeated. It sums shifted images: a depthwise convolution takes
    ten times as long on a CPU."""
    padded = functional.pad(images, (2, 2, 0, 0) if axis == 3 else (0, 0, 2, 2), mode="replicate")
    length = images.shape[axis]
    smoothed = padded.narrow(axis, 2, length) * (6 / 16)
    for shift, weight in ((0, 1 / 16), (1, 4 / 16), (3, 4 / 16), (4, 1 / 16)):
        smoothed.add_(padded.narrow(axis, shift, length), alpha=weight)
    return smoothed


def light(images: Tensor, rng: Generator, *, colour: bool) -> Tensor:
    """Gain, gamma, a side light (a linear ramp of brightness) and, for colour images, a white-balance cast."""
    n, channels, height, width = images.shape
    x = (images / 255.0).clamp(0.0, 1.0)
    x = x.clamp_min(1e-4) ** torch.exp(uniform(images, -0.5, 0.5, rng))
    slope_x, slope_y = uniform(images, -0.5, 0.5, rng), uniform(images, -0.35, 0.35, rng)
    ramp = 1 + slope_x * torch.linspace(-1, 1, width).view(1, 1, 1, -1)
    ramp = ramp + slope_y * torch.linspace(-1, 1, height).view(1, 1, -1, 1)
    x = x * ramp * torch.exp(uniform(images, -0.4, 0.4, rng))
    if colour:
        x = x * torch.exp(torch.randn(n, channels, 1, 1, generator=rng) * 0.08)
        grey = x.mean(dim=1, keepdim=True)
        x = grey + (x - grey) * uniform(images, 0.2, 1.3, rng)
    return x.clamp(0.0, 1.0) * 255.0


def sensor_noise(images: Tensor, rng: Generator, *, most: float) -> Tensor:
    """Gaussian noise with a standard deviation up to `most` grey levels."""
    return images + torch.randn(images.shape, generator=rng) * uniform(images, 0.0, most, rng)


def cover(images: Tensor, rng: Generator, *, share: float) -> Tensor:
    """Cover a part of some images by a grey rectangle, like hair, a hand or a reflection: no single place is enough."""
    n, _, height, width = images.shape
    half_h, half_w = uniform(images, 0.03, 0.2, rng) * height, uniform(images, 0.03, 0.2, rng) * width
    cy, cx = uniform(images, 0, height, rng), uniform(images, 0, width, rng)
    rows, cols = torch.arange(height).view(1, 1, -1, 1), torch.arange(width).view(1, 1, 1, -1)
    inside = (
        ((rows - cy).abs() < half_h) & ((cols - cx).abs() < half_w) & (torch.rand(n, 1, 1, 1, generator=rng) < share)
    )
    return torch.where(inside, uniform(images, 0, 255, rng).expand_as(images), images)


def centre_crop(images: Tensor, out: tuple[int, int], margin: float) -> Tensor:
    """(B, C, H, W) -> (B, C, *out): the middle 1 / margin, resampled where its size is not `out`."""
    height, width = round(images.shape[2] / margin), round(images.shape[3] / margin)
    top, left = (images.shape[2] - height) // 2, (images.shape[3] - width) // 2
    crop = images[:, :, top : top + height, left : left + width]
    if (height, width) == out:
        return crop
    return functional.interpolate(crop, list(out), mode="bilinear", align_corners=False)
