"""Turns linear light into a webcam's picture: exposure, colour cast, tone curve, blur, noise, 8 bits."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from numpy.random import Generator

FACE_ALPHA = 0.95  # the renderer marks the skin with an alpha above this


@dataclass(frozen=True, slots=True)
class Webcam:
    """exposure: mean luminance of the skin; balance: (3,) gains; blur: px; noise: part of full scale; quality: JPEG."""

    exposure: float
    balance: npt.NDArray[np.float32]
    contrast: float
    blur: float
    noise: float
    quality: int


def random_webcam(rng: Generator, exposure: float) -> Webcam:
    warm = rng.normal(0, 0.06)
    return Webcam(
        exposure=exposure,
        balance=np.array([1 + warm, 1 + rng.normal(0, 0.02), 1 - warm], np.float32),
        contrast=rng.uniform(0.85, 1.2),
        blur=abs(float(rng.normal(0, 0.9))),
        noise=rng.uniform(0.002, 0.03),
        quality=int(rng.integers(70, 97)),
    )


def develop(light: npt.NDArray[np.float32], camera: Webcam, rng: Generator) -> npt.NDArray[np.uint8]:
    """light: (S, S, 4) linear RGB and skin mask. -> (S, S, 3) uint8 RGB."""
    face = light[..., 3] > FACE_ALPHA
    luminance = light[..., :3] @ np.array([0.3, 0.6, 0.1], np.float32)
    mean = float(luminance[face].mean()) if face.sum() > 50 else float(luminance.mean())
    x = light[..., :3] * (camera.exposure / max(mean, 1e-4)) * camera.balance
    x = x * (1 + x / 9) / (1 + x * 0.55)  # a soft shoulder, so that highlights do not clip abruptly
    x = np.clip(x, 0, 1) ** (1 / 2.2)
    x = np.clip((x - 0.45) * camera.contrast + 0.45, 0, 1)
    if camera.blur > 0.3:
        x = cv2.GaussianBlur(x, (0, 0), camera.blur)
    height, width = x.shape[:2]
    fine = rng.normal(0, 1, x.shape).astype(np.float32)
    coarse = cv2.resize(rng.normal(0, 1, (height // 3, width // 3, 3)).astype(np.float32), (width, height))
    x = x + fine * camera.noise * (0.5 + x**0.5 * 0.7) + coarse * camera.noise * 0.5
    picture: npt.NDArray[np.uint8] = (np.clip(x, 0, 1) * 255).astype(np.uint8)
    return picture


def write_jpeg(path: str, picture: npt.NDArray[np.uint8], quality: int) -> None:
    """picture: (H, W, 3) uint8 RGB."""
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    if not cv2.imwrite(path, bgr, [cv2.IMWRITE_JPEG_QUALITY, quality]):
        raise OSError(f"{path}: could not be written")
