"""Rooms as environment maps, and the few shadowed lights that represent them.

An environment map is (256, 512, 3) float32 linear radiance by direction: row 0 is up, the middle column is +z.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from models.arrays import Array

Image = npt.NDArray[np.float32]

HEIGHT, WIDTH = 256, 512
LIGHTS = 9  # one of them is the monitor; 16 looked no better and took twice the time
_COARSE = (64, 128)


@dataclass(frozen=True, slots=True)
class Lights:
    """directions: (n, 3) unit vectors to the lights, camera frame; colours: (n, 3) integrated radiance over pi."""

    directions: Array
    colours: Array


def random_room(rng: Generator) -> Image:
    """A room with one to four windows, ceiling lamps or desk lamps. Walls are brighter above. The mean is 1."""
    up = np.linspace(1, -1, HEIGHT)[:, None, None]
    wall = rng.uniform(0.2, 0.9, 3) * 0.3 + 0.25
    room = wall * (1 + 0.3 * up) * rng.uniform(0.3, 1.2) + np.zeros((HEIGHT, WIDTH, 3))
    for _ in range(rng.integers(1, 5)):
        kind, column = rng.random(), rng.uniform(0, WIDTH)
        if kind < 0.45:  # a window
            height, width, row, power = (
                rng.uniform(20, 70),
                rng.uniform(20, 90),
                rng.uniform(50, 120),
                rng.uniform(4, 40),
            )
        elif kind < 0.8:  # a lamp on the ceiling
            height, width, row, power = rng.uniform(6, 25), rng.uniform(15, 90), rng.uniform(5, 60), rng.uniform(10, 80)
        else:  # a desk lamp
            height = width = rng.uniform(6, 16)
            row, power = rng.uniform(60, 130), rng.uniform(20, 150)
        warm = rng.uniform(-0.35, 0.35)
        colour = np.array([1 + warm, 1, 1 - warm]) * power
        dy = np.abs(np.arange(HEIGHT)[:, None] - row)
        dx = np.abs((np.arange(WIDTH)[None] - column + WIDTH / 2) % WIDTH - WIDTH / 2)
        inside = np.clip(np.minimum(height / 2 - dy, width / 2 - dx) / 2 + 0.5, 0, 1)[..., None]
        room = room * (1 - inside) + colour * inside
    made: Image = (room / room.mean()).astype(np.float32)
    return made


def median_cut(room: Image, towards: Array, count: int) -> Lights:
    """Debevec, "A Median Cut Algorithm for Light Probe Sampling", 2005: one light for each region of equal power.

    Power is weighted by how much it comes from `towards`, the direction that the face looks in. Directions are in the
    room's frame. The colours of all lights add up to the room's irradiance integral over pi, for any `count`.
    """
    height, width = _COARSE
    coarse = cv2.resize(room, (width, height), interpolation=cv2.INTER_AREA)
    theta = (np.arange(height) + 0.5) / height * np.pi
    phi = ((np.arange(width) + 0.5) / width - 0.5) * 2 * np.pi
    sin = np.sin(theta)[:, None]
    directions = np.stack([sin * np.sin(phi), np.cos(theta)[:, None] + 0 * phi, sin * np.cos(phi)], axis=-1)
    solid_angle = sin * (np.pi / height) * (2 * np.pi / width)
    energy = coarse * solid_angle[..., None]
    weight = energy.mean(axis=-1) * np.clip(directions @ towards * 0.8 + 0.35, 0.03, None)
    regions = [(0, height, 0, width)]
    while len(regions) < count:
        power = [weight[a:b, c:d].sum() if (b - a) * (d - c) > 1 else -1.0 for a, b, c, d in regions]
        a, b, c, d = regions.pop(int(np.argmax(power)))
        part = weight[a:b, c:d]
        tall = (b - a) >= (d - c) * np.sin(theta[min((a + b) // 2, height - 1)])
        if (tall and b - a > 1) or d - c < 2:
            cut = _half(part.sum(axis=1), b - a)
            regions += [(a, a + cut, c, d), (a + cut, b, c, d)]
        else:
            cut = _half(part.sum(axis=0), d - c)
            regions += [(a, b, c, c + cut), (a, b, c + cut, d)]
    found, colours = [], []
    for a, b, c, d in regions:
        power = energy[a:b, c:d].mean(axis=-1) + 1e-9
        mean = (directions[a:b, c:d] * power[..., None]).sum(axis=(0, 1))
        found.append(mean / np.linalg.norm(mean))
        colours.append(energy[a:b, c:d].sum(axis=(0, 1)) / np.pi)
    return Lights(np.array(found), np.array(colours))


def _half(power: Array, length: int) -> int:
    """The cut with about the same power on both sides."""
    total = np.cumsum(power)
    return int(np.clip(np.searchsorted(total, total[-1] / 2) + 1, 1, length - 1))


def monitor_light(screen_cm: tuple[float, float, float, float], colour: Array, place_cm: Array) -> tuple[Array, Array]:
    """The screen as one light for a face at `place_cm`: direction (camera frame) and colour.

    screen_cm: left, top, right, bottom on the plane z = 0.
    """
    left, top, right, bottom = screen_cm
    towards = np.array([(left + right) / 2, (top + bottom) / 2, 0.0]) - place_cm
    squared = float(towards @ towards)
    towards /= np.sqrt(squared)
    area = (right - left) * (bottom - top)
    return towards, colour * area * max(-towards[2], 0.0) / squared / np.pi


def light_the_face(
    room: Image,
    room_to_camera: Array,
    screen_cm: tuple[float, float, float, float],
    monitor_colour: Array,
    place_cm: Array,
    forward: Array,
) -> Lights:
    """The lights of the room and the monitor, strongest first. The monitor is always one of the six with highlights.

    forward: (3,) the direction of the face, camera frame.
    """
    ahead = room_to_camera.T @ (forward + np.array([0.0, -0.15, 0.0]))
    room_lights = median_cut(room, ahead / np.linalg.norm(ahead), LIGHTS - 1)
    direction, colour = monitor_light(screen_cm, monitor_colour, place_cm)
    directions = np.vstack([room_lights.directions @ room_to_camera.T, direction])
    colours = np.vstack([room_lights.colours, colour])
    power = colours.mean(axis=1) * np.clip(directions @ forward * 0.7 + 0.4, 0.02, None)
    order = np.argsort(-power)
    order = order[order != LIGHTS - 1]
    order = np.concatenate([order[:5], [LIGHTS - 1], order[5:]])
    return Lights(directions[order], colours[order])
