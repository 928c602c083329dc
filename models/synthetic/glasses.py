"""Glasses as they are: lenses with power, coating, dirt and tint, thick frames, and a window that they reflect.

The random numbers come from a generator of their own, so a person, a desk and a room stay the same with any kind of
glasses.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

import numpy as np
from numpy.random import Generator

from models.arrays import Array
from models.synthetic.lighting import HEIGHT, WIDTH
from models.synthetic.people import Lenses, Person, Spectacles, random_spectacles
from models.synthetic.scene import Room, room_to_camera
from models.synthetic.spectacles import lens_places

Glasses = Literal["simple", "none", "clear", "glare", "mixed"]
GLASSES: tuple[Glasses, ...] = get_args(Glasses)
HELP = (
    "simple: a quarter of the people wear lenses that do not refract (default); none: no person wears any; clear: all "
    "wear coated lenses; glare: all wear lenses that reflect the screen, and a window at an eye; mixed: for training"
)

_STREAM = 15  # of the random numbers, beside those of the person
_INDEX = 0.53  # refractive index of a lens less 1
_SHARE_MIXED, _SHARE_GLARE = 0.45, 0.3  # of the people in "mixed" who wear glasses; of these, with a window in them
_SHARE_THICK, _SHARE_TINTED = 0.35, 0.15
_REFLECTING = 0.015  # share of the light; a coated lens reflects less at each surface
_HALF_EYES_CM = 3.2  # half of the distance between the eyes
_COATINGS = ((0.4, 0.9, 0.5), (0.45, 0.6, 1.0), (0.8, 0.5, 1.0), (1.0, 0.9, 0.8))  # colours of their weak reflection
_TINTS = ((0.75, 0.8, 0.85), (0.8, 0.72, 0.6), (0.6, 0.62, 0.65), (0.9, 0.75, 0.75))


def generator(seed: int, number: int) -> Generator:
    """The random numbers of one person's glasses."""
    return np.random.default_rng([seed, number, _STREAM])


def wear(person: Person, kind: Glasses, rng: Generator) -> Person:
    """The same person with glasses of this kind."""
    if kind == "simple":
        return person
    if kind == "none" or (kind == "mixed" and rng.random() > _SHARE_MIXED):
        return replace(person, spectacles=None)
    worn = person.spectacles or random_spectacles(rng)
    if rng.random() < _SHARE_THICK:
        worn = replace(worn, rimless=False, thickness=rng.uniform(0.2, 0.33))
    if kind == "mixed" and rng.random() < _SHARE_GLARE:
        kind = "glare"
    return replace(person, spectacles=replace(worn, lenses=random_lenses(rng, kind)))


def random_lenses(rng: Generator, kind: Glasses) -> Lenses:
    """clear: well coated and clean; glare: hardly coated; mixed: any coating, some tinted."""
    dioptres = float(np.clip(rng.normal(-2.5, 2.0), -8.0, -0.25) if rng.random() < 0.65 else rng.normal(0.8, 1.1))
    # Vogel's rule: the front of a lens for the short-sighted is flatter.
    front = float(np.clip(5.0 + dioptres / 2 + rng.normal(0, 0.8), 0.5, 9.0))
    coating = np.array(_COATINGS[rng.integers(len(_COATINGS))])
    coated = {"clear": 0.003, "glare": rng.uniform(0.02, 0.05)}.get(kind, float(np.exp(rng.uniform(-6.0, -3.1))))
    tinted = kind == "mixed" and rng.random() < 0.15
    tint = np.array(_TINTS[rng.integers(len(_TINTS))]) * rng.uniform(0.6, 1.0) if tinted else np.array([0.98] * 3)
    dirt = 0.15 if kind == "clear" else float(rng.uniform(0, 0.9))
    return Lenses(
        bends=np.array([front, front - dioptres]) / (100 * _INDEX),
        power=dioptres / 100,
        wrap=rng.uniform(0.0, 0.1),
        reflected=coated * (coating if coated < _REFLECTING else np.ones(3)),
        passed=tint,
        smudges=(dirt, float(rng.uniform(0, 50))),
    )


def reflect_a_window(room: Room, person: Person, place_cm: Array, head_to_camera: Array, rng: Generator) -> Room:
    """The room, darker, with a bright screen, and with a window where one of the person's lenses mirrors it near the
    pupil. The same room for people without lenses, or with coated ones.

    place_cm: (3,) midway between the eyes; head_to_camera: (3, 3).
    """
    worn = person.spectacles
    if worn is None or worn.lenses is None or worn.lenses.reflected.max() < _REFLECTING:
        return room
    towards = _mirrored(worn, worn.lenses, person.scale, place_cm, head_to_camera, rng)
    warm = rng.uniform(-0.12, 0.12)
    colour = np.array([1 + warm, 1, 1 - warm]) * rng.uniform(15, 60)
    half_size = np.tan(np.radians(rng.uniform(6, 16, 2)))
    inside = _window(room_to_camera(room.yaw).T @ towards, half_size, bars=int(rng.integers(0, 3)))[..., None]
    lit = room.environment * rng.uniform(0.25, 1.0) * (1 - inside) + colour * inside
    brighter = max(1.0, rng.uniform(1.0, 3.0) / float(room.monitor_colour.mean()))
    return replace(room, environment=lit.astype(np.float32), monitor_colour=room.monitor_colour * brighter)


def _mirrored(
    worn: Spectacles, lenses: Lenses, scale: float, place_cm: Array, head_to_camera: Array, rng: Generator
) -> Array:
    """(3,) the direction that the front of a lens mirrors to the camera at a place near the pupil, camera frame."""
    half = np.array([_HALF_EYES_CM, 0.0, 0.0])
    lens = lens_places(worn, (half, -half))[rng.integers(2)]
    off = rng.normal(0, 0.35) * lens.right + rng.normal(0.1, 0.35) * lens.up
    point = place_cm + head_to_camera @ ((lens.centre + off) * scale)
    normal = head_to_camera @ (lens.axis + lenses.bends[0] * off)
    normal /= np.linalg.norm(normal)
    ray = point / np.linalg.norm(point)
    mirrored: Array = ray - 2 * (ray @ normal) * normal
    return mirrored


def _window(towards: Array, half_size: Array, bars: int) -> Array:
    """(256, 512) 1 inside an upright rectangle around a direction of the room's frame, 0 elsewhere and on its bars.

    half_size: tangents of half of its width and height.
    """
    theta = (np.arange(HEIGHT) + 0.5) / HEIGHT * np.pi
    phi = ((np.arange(WIDTH) + 0.5) / WIDTH - 0.5) * 2 * np.pi
    sin = np.sin(theta)[:, None]
    directions = np.stack([sin * np.sin(phi), np.cos(theta)[:, None] + 0 * phi, sin * np.cos(phi)], axis=-1)
    right = np.cross([0.0, 1.0, 0.0], towards)
    right /= max(float(np.linalg.norm(right)), 1e-6)
    up = np.cross(towards, right)
    ahead = directions @ towards
    across, along = ((directions @ axis) / np.maximum(ahead, 1e-3) for axis in (right, up))
    inside = (ahead > 0.1) & (np.abs(across) < half_size[0]) & (np.abs(along) < half_size[1])
    for bar in range(bars):
        at = (2 * (bar + 1) / (bars + 1) - 1) * half_size[0]
        inside &= np.abs(across - at) > 0.03
    filled: Array = inside.astype(np.float64)
    return filled
