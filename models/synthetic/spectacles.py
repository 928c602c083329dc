"""Glasses as meshes: rims, bridge and temples as tubes, lenses as slightly curved fans. Head frame, cm."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from models.arrays import Array
from models.synthetic.people import Spectacles

_AROUND = 40  # points on a rim
_SIDES = 6  # sides of a tube
_IRIS = 1.0  # cm before the eyeball's centre


@dataclass
class SpectaclesMesh:
    """points, normals: (n, 3); triangles: (m, 3)."""

    points: list[Array] = field(default_factory=list)
    normals: list[Array] = field(default_factory=list)
    triangles: list[Array] = field(default_factory=list)
    count: int = 0

    def add(self, points: Array, normals: Array, triangles: Array) -> None:
        self.points.append(points)
        self.normals.append(normals)
        self.triangles.append(triangles + self.count)
        self.count += len(points)

    def arrays(self) -> tuple[Array, Array, npt.NDArray[np.int32]]:
        return (
            np.concatenate(self.points),
            np.concatenate(self.normals),
            np.concatenate(self.triangles).astype(np.int32),
        )


@dataclass(frozen=True, slots=True)
class LensPlace:
    """One lens, head frame, cm: the point before the pupil, the axis out of the face, to the side and upwards, and the
    distance to the iris."""

    centre: Array
    axis: Array
    right: Array
    up: Array
    depth: float


def lens_places(worn: Spectacles, eyes: tuple[Array, Array]) -> tuple[LensPlace, LensPlace]:
    """The lenses before eyes at these positions: left, right."""
    left, right = (_lens_place(worn, eye, side, _depth(worn, eyes)) for eye, side in zip(eyes, (1, -1), strict=True))
    return left, right


def _lens_place(worn: Spectacles, eye: Array, side: int, depth: float) -> LensPlace:
    wrap = 0.0 if worn.lenses is None else worn.lenses.wrap
    axis = np.array([side * wrap, -worn.tilt, 1.0])
    axis /= np.linalg.norm(axis)
    right = np.cross([0.0, 1.0, 0.0], axis)
    right /= np.linalg.norm(right)
    return LensPlace(np.array([eye[0], eye[1], depth]), axis, right, np.cross(axis, right), depth - eye[2] - _IRIS)


def _depth(worn: Spectacles, eyes: tuple[Array, Array]) -> float:
    return float(max(eye[2] for eye in eyes) + 1.3 + worn.distance)


def spectacles_meshes(worn: Spectacles, eyes: tuple[Array, Array]) -> tuple[SpectaclesMesh, SpectaclesMesh]:
    """Frame and lenses for eyes at these positions."""
    frame, lenses = SpectaclesMesh(), SpectaclesMesh()
    depth = _depth(worn, eyes)
    thin = max(worn.thickness, 0.07)
    centres = []
    for eye, side in zip(eyes, (1, -1), strict=True):
        centre = np.array([eye[0] * 1.02 + side * 0.12, eye[1] + worn.drop, depth])
        centres.append(centre)
        rim = _rim(worn, centre, side)
        if not worn.rimless:
            frame.add(*_tube(rim, worn.thickness, closed=True))
        _add_lens(lenses, centre, rim, side)
        frame.add(*_tube(_temple(worn, centre, side), thin, closed=False))
    frame.add(*_tube(_bridge(worn, centres[0], centres[1]), thin, closed=False))
    return frame, lenses


def _rim(worn: Spectacles, centre: Array, side: int) -> Array:
    """(40, 3) points at equal distances on a superellipse, bent around the face."""
    turn = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    power = 2 / worn.squareness
    x = worn.width * np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** power
    y = worn.height * np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** power
    along = np.r_[0, np.cumsum(np.hypot(np.diff(x), np.diff(y)))]
    even = np.interp(np.linspace(0, along[-1], _AROUND, endpoint=False), along, np.arange(len(along)))
    x, y = (np.interp(even, np.arange(len(along)), values) for values in (x, y))
    z = -0.12 * ((x * side + centre[0] * side - 3.2) / 2.5) ** 2 + worn.tilt * y
    return np.stack([centre[0] + x, centre[1] + y, centre[2] + z], axis=1)


def _temple(worn: Spectacles, centre: Array, side: int) -> Array:
    hinge = centre + np.array([side * worn.width, 0.5, -0.25])
    ear = np.array([side * 8.0, 3.2, -1.0])
    bow = [
        hinge + (ear - hinge) * q + np.array([side * 0.35 * np.sin(q * np.pi), 0, 0]) for q in np.linspace(0.15, 1, 6)
    ]
    return np.array([hinge, hinge + np.array([side * 0.25, 0, -0.3]), *bow])


def _bridge(worn: Spectacles, left: Array, right: Array) -> Array:
    a = left - np.array([worn.width, -0.45, 0.0])
    b = right + np.array([worn.width, 0.45, 0.0])
    middle = (a + b) / 2 + np.array([0, 0.25, 0.15])
    lift = np.array([0, 0.1, 0.05])
    return np.array([a, (a + middle) / 2 + lift, middle, (b + middle) / 2 + lift, b])


def _tube(path: Array, radius: float, *, closed: bool) -> tuple[Array, Array, Array]:
    n = len(path)
    along = np.roll(path, -1, axis=0) - np.roll(path, 1, axis=0)
    if not closed:
        along[0], along[-1] = path[1] - path[0], path[-1] - path[-2]
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    reference = np.tile([0.0, 0.0, 1.0] if closed else [0.0, 1.0, 0.0], (n, 1))
    side = np.cross(along, reference)
    side /= np.linalg.norm(side, axis=1, keepdims=True) + 1e-9
    up = np.cross(side, along)
    turn = np.arange(_SIDES) / _SIDES * 2 * np.pi
    ring = np.cos(turn)[None, :, None] * side[:, None] + np.sin(turn)[None, :, None] * up[:, None]
    triangles = []
    for i in range(n if closed else n - 1):
        j = (i + 1) % n
        for k in range(_SIDES):
            following = (k + 1) % _SIDES
            corners = (i * _SIDES + k, j * _SIDES + k, j * _SIDES + following, i * _SIDES + following)
            triangles += [[corners[0], corners[1], corners[2]], [corners[0], corners[2], corners[3]]]
    return (path[:, None] + radius * ring).reshape(-1, 3), ring.reshape(-1, 3), np.array(triangles)


def _add_lens(lenses: SpectaclesMesh, centre: Array, rim: Array, side: int) -> None:
    outwards = np.array([side * 0.08, 0.0, 1.0])
    bulge = np.c_[(rim - centre)[:, :2] * 0.06, np.zeros(len(rim))]
    normals = np.vstack([outwards, outwards + bulge])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    fan = np.array([[0, 1 + i, 1 + (i + 1) % len(rim)] for i in range(len(rim))])
    lenses.add(np.vstack([centre, rim]), normals, fan)
