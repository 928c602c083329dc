"""Looks that few rendered people have: beards, make-up, dark skins, wide-open eyelids, poor webcams.

Beards and make-up are painted on the picture of the skin. The masks are defined on the neutral head (cm, y upwards, z
out of the face) and drawn into the picture's texture coordinates. The random numbers come from a generator of their
own, so everything else about a person stays the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

import cv2
import numpy as np
import numpy.typing as npt
from numpy.random import Generator
from scipy.spatial import cKDTree

from models.arrays import Array
from models.synthetic.assets import Assets
from models.synthetic.people import DARK_SKIN, IRIS_COLOURS, Paint, Person
from models.synthetic.webcam import Webcam

Looks = Literal["usual", "varied"]
LOOKS: tuple[Looks, ...] = get_args(Looks)
HELP = (
    "usual: few dark skins, no beards, no make-up (default); varied: many dark skins, beards, make-up, wide-open "
    "eyelids and poor webcams, for training"
)

_STREAM = 16  # of the random numbers, beside those of the person
_SHARE_DARK, _SHARE_WIDE, _SHARE_POOR_WEBCAM = 0.35, 0.25, 0.3
_SHARE_BEARD, _SHARE_MAKE_UP = 0.35, 0.35  # a person has one of them at most
_LIPS = ((0.45, 0.05, 0.07), (0.55, 0.12, 0.16), (0.35, 0.04, 0.12), (0.5, 0.2, 0.18))  # sRGB
_SHADOWS = ((0.2, 0.12, 0.1), (0.12, 0.14, 0.25), (0.3, 0.15, 0.25), (0.1, 0.1, 0.1), (0.35, 0.25, 0.2))
_MOUTH_CM, _EYE_CM = np.array([0.0, -3.3]), np.array([3.2, 3.6])


def generator(seed: int, number: int) -> Generator:
    """The random numbers of one person's looks."""
    return np.random.default_rng([seed, number, _STREAM])


def dress(person: Person, looks: Looks, rng: Generator) -> Person:
    """The same person with these looks."""
    if looks == "usual":
        return person
    if rng.random() < _SHARE_DARK and person.albedo > DARK_SKIN:
        person = _darker(person, rng)
    if rng.random() < _SHARE_WIDE:
        person = replace(person, wide=rng.uniform(0.3, 1.0))
    painted = rng.random()
    if painted < _SHARE_BEARD:
        return replace(person, paint=_beard(person, rng))
    if painted < _SHARE_BEARD + _SHARE_MAKE_UP:
        return replace(person, paint=_make_up(rng), lash_strength=rng.uniform(0.8, 1.5))
    return person


def worse(camera: Webcam, looks: Looks, rng: Generator) -> Webcam:
    """The webcam, for some people a poor one: noisy, blurred, with strong contrast and compression."""
    if looks == "usual" or rng.random() > _SHARE_POOR_WEBCAM:
        return camera
    return replace(
        camera,
        exposure=camera.exposure * rng.uniform(0.6, 1.8),
        contrast=rng.uniform(0.7, 1.5),
        blur=rng.uniform(0.3, 2.0),
        noise=rng.uniform(0.02, 0.06),
        quality=int(rng.integers(30, 70)),
    )


def _darker(person: Person, rng: Generator) -> Person:
    """Skin of a lower reflectance, and brown eyes."""
    albedo = rng.uniform(0.05, DARK_SKIN)
    factor = (albedo / person.albedo) ** (1 / 2.2)
    inner, outer, _ = IRIS_COLOURS[int(rng.random() < 0.2)]
    eye = replace(person.eye, inner_colour=np.array(inner) * 0.8, outer_colour=np.array(outer) * 0.72)
    tint, offset = person.skin_tint * factor, person.skin_offset * factor
    return replace(person, albedo=albedo, skin_tint=tint, skin_offset=offset, eye=eye)


def _beard(person: Person, rng: Generator) -> tuple[Paint, ...]:
    """Stubble or a full beard, a moustache, or both, in the colour of the brows."""
    density = rng.uniform(0.2, 0.5) if rng.random() < 0.35 else rng.uniform(0.6, 0.95)
    colour = np.clip(person.brow_colour * np.array([0.7, 0.55, 0.45]), 0.001, 0.5) ** (1 / 2.2) * rng.uniform(0.7, 1.1)
    where = (("chin", "moustache"), ("chin",), ("moustache",))[int(rng.choice(3, p=(0.7, 0.1, 0.2)))]
    return tuple(Paint(name, density, colour, grain=0.3) for name in where)


def _make_up(rng: Generator) -> tuple[Paint, ...]:
    lips, shadow = (np.array(colours[rng.integers(len(colours))]) for colours in (_LIPS, _SHADOWS))
    return (
        Paint("lips", rng.uniform(0.0, 0.8), lips),
        Paint("shadow", rng.uniform(0.0, 0.5), shadow),
        Paint("liner", rng.uniform(0.0, 0.9), np.full(3, 0.08)),
    )


def masks_of(assets: Assets) -> dict[str, npt.NDArray[np.float32]]:
    """Name -> (H, W) 0 to 1, where each kind of paint lies in the pictures of the skin."""
    points = assets["v"][assets["skin_v"]].astype(np.float64)
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    front = _step(z, 2.0, 4.0)
    lips = front * _blob(x, y, _MOUTH_CM, (2.3, 0.62), hard=4.0)
    mouth = _blob(x, y, _MOUTH_CM, (2.6, 0.85), hard=4.0)
    below = _step(-y, 1.0 - 0.35 * np.clip(x - 2.0, 0, 4), 2.6 - 0.35 * np.clip(x - 2.0, 0, 4))
    beside = _step(np.hypot(x / 3.0, (y + 3.3) / 2.1), 0.8, 1.05)  # outside the lines from nose to chin
    chin = front * below * np.maximum(beside, _step(-y, 4.2, 4.8)) * _step(y, -9.5, -8.0)
    moustache = front * _step(-y, 1.3, 1.8) * (1 - _step(-y, 3.0, 3.4)) * (1 - _step(x, 2.2, 3.0)) * (1 - mouth)
    shadow = front * _blob(x, y, _EYE_CM + np.array([0.1, 0.75]), (1.7, 0.8), hard=1.2)
    lashes = cKDTree(assets["v"][assets["lash_v"]].astype(np.float64)).query(points)[0]
    on_vertices = {
        "chin": chin * (1 - mouth),
        "moustache": moustache,
        "lips": lips,
        "shadow": shadow,
        "liner": 1 - _step(lashes, 0.08, 0.3),
    }
    return {name: _drawn(assets, values) for name, values in on_vertices.items()}


def painted(
    skin: npt.NDArray[np.uint8], masks: dict[str, npt.NDArray[np.float32]], layers: tuple[Paint, ...]
) -> npt.NDArray[np.uint8]:
    """The picture of a skin, (H, W, 3) uint8 sRGB, with layers of paint."""
    picture = skin.astype(np.float32)
    hairs = np.random.default_rng(0).normal(0, 1, skin.shape[:2]).astype(np.float32)
    for layer in layers:
        cover = np.clip(masks[layer.where] * layer.strength * (1 + layer.grain * hairs), 0, 1)[..., None]
        picture = picture * (1 - cover) + layer.colour.astype(np.float32) * 255 * cover
    mixed: npt.NDArray[np.uint8] = np.clip(picture, 0, 255).astype(np.uint8)
    return mixed


def _drawn(assets: Assets, values: Array) -> npt.NDArray[np.float32]:
    """Values of the skin's vertices in the pictures of the skins."""
    height, width = assets["skins"].shape[1:3]
    picture = np.zeros((height, width), np.float32)
    pixels = (assets["skin_uv"].astype(np.float64) * [width, height]).round().astype(np.int32)
    for triangle in assets["skin_F"]:
        value = float(values[triangle].mean())
        if value > 0.01:
            cv2.fillConvexPoly(picture, pixels[triangle], value)
    blurred: npt.NDArray[np.float32] = cv2.GaussianBlur(picture, (0, 0), 1.0)
    return blurred


def _step(value: Array, low: Array | float, high: Array | float) -> Array:
    """0 below low, 1 above high, smooth between them."""
    t = np.clip((value - low) / (np.asarray(high) - low), 0, 1)
    smooth: Array = t * t * (3 - 2 * t)
    return smooth


def _blob(x: Array, y: Array, middle: Array, half: tuple[float, float], *, hard: float) -> Array:
    """1 inside an ellipse, 0 outside."""
    radius = np.hypot((x - middle[0]) / half[0], (y - middle[1]) / half[1])
    inside: Array = np.clip((1 - radius) * hard + 0.5, 0, 1)
    return inside
