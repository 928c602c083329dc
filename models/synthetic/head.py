"""The head as a mesh: identity, expression, eyeballs, and eyelids that never intersect them. Head frame, cm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse

from models.arrays import Array, Ints
from models.synthetic.assets import Assets
from models.synthetic.expressions import LID_SHAPES
from models.synthetic.people import Eye, Person

Floats = npt.NDArray[np.float32]

PARTS = ("skin", "socket", "teeth", "gums", "lash", "eyeL", "eyeR")
# Vertex ranges of ICT-FaceKit's eyeballs: left, right.
_EYEBALLS = (np.arange(21451, 22221), np.arange(23021, 23791))
_EYEBALL_RADIUS = 1.545  # of the mesh, large enough to cover the eyeball; the shader finds the true surface
_LID_REACH = 2.6
_SKIN_THICKNESS = (0.045, 0.05)  # cm, over sclera and cornea
_MOVES = 0.05  # cm; vertices that move less with the eyelids are not drawn again
_IRREGULAR_TEXTURE_TILE = 6  # lashes lie in another tile of the texture plane


@dataclass(frozen=True, slots=True)
class Eyeball:
    """centre, socket: (3,) head frame. The eyeball's centre lies in front of the socket's."""

    centre: Array
    socket: Array


@dataclass(frozen=True, slots=True)
class Posed:
    """points, normals: (n, 3) head frame, cm; eyeballs: left, right."""

    points: Floats
    normals: Floats
    displacement: Floats
    eyeballs: tuple[Eyeball, Eyeball]


class HeadMesh:
    """The drawn vertices of the assets' head, with the shapes that move them."""

    def __init__(self, assets: Assets) -> None:
        used = np.unique(np.concatenate([assets[f"{part}_v"] for part in PARTS]))
        self.renumber = np.full(len(assets["v"]), -1)
        self.renumber[used] = np.arange(len(used))
        self.neutral: Floats = assets["v"][used].astype(np.float32)
        self._identity = assets["ids"][:, used].astype(np.float32).reshape(len(assets["ids"]), -1)
        self._shapes = {str(n): assets["ex"][i][used].astype(np.float32) for i, n in enumerate(assets["exn"])}
        triangles = [self.renumber[assets["skinF"]]]
        triangles += [self.renumber[assets[f"{part}_v"]][assets[f"{part}_F"]] for part in PARTS[1:]]
        self._triangles: Ints = np.concatenate(triangles)
        n = len(self._triangles)
        self._corners = scipy.sparse.csr_matrix(
            (np.ones(3 * n, np.float32), (self._triangles.ravel(), np.repeat(np.arange(n), 3))), shape=(len(used), n)
        )
        self._eyeballs = [e[e >= 0] for e in (self.renumber[e] for e in _EYEBALLS)]
        self._eye_centre = sphere_centre(assets["v"][_EYEBALLS[0]].astype(np.float64))
        lid_parts = np.isin(used, assets["skin_v"]) | np.isin(used, assets["lash_v"])
        self._lids = []
        for k, eyeball in enumerate(self._eyeballs):
            offset = assets["v"][used] - self.eye_centre(k)
            near = (np.linalg.norm(offset, axis=1) < _LID_REACH) & (offset[:, 2] > 0.1)
            self._lids.append(np.flatnonzero(lid_parts & near))
            ray = self.neutral[eyeball] - self.eye_centre(k)
            ray /= np.linalg.norm(ray, axis=1, keepdims=True)
            self.neutral[eyeball] = (self.eye_centre(k) + ray * _EYEBALL_RADIUS).astype(np.float32)
        # For each drawn vertex: its index in `used`, and its texture coordinates.
        self.drawn: Ints = np.concatenate([self.renumber[assets[f"{part}_v"]] for part in PARTS])
        uv = [assets[f"{part}_uv"].astype(np.float32).copy() for part in PARTS]
        uv[PARTS.index("lash")][:, 0] -= _IRREGULAR_TEXTURE_TILE
        self.uv: Floats = np.concatenate(uv)
        counts = np.cumsum([0, *(len(assets[f"{part}_v"]) for part in PARTS)])
        self.first = dict(zip(PARTS, counts[:-1].tolist(), strict=True))
        self.moving: Ints = self._moving()

    def eye_centre(self, k: int) -> Array:
        """(3,) the eye's centre in the neutral head; k 0: left, 1: right."""
        centre: Array = self._eye_centre * np.array([1 - 2 * k, 1, 1])
        return centre

    def _moving(self) -> Ints:
        """Vertices that follow the gaze."""
        moves = [np.linalg.norm(d, axis=1) > _MOVES for name, d in self._shapes.items() if name.startswith(LID_SHAPES)]
        return np.flatnonzero(np.any(moves, axis=0))

    def eyeballs(self, person: Person) -> tuple[Eyeball, Eyeball]:
        """This person's eyeballs: left, right."""
        moved = (person.identity @ self._identity).reshape(-1, 3)
        forward = np.array([0.0, 0.0, person.eye_forward])
        sockets = [self.eye_centre(k) + moved[e].mean(axis=0) for k, e in enumerate(self._eyeballs)]
        left, right = (Eyeball(socket + forward, socket) for socket in sockets)
        return left, right

    def posed(self, person: Person, expression: Mapping[str, float], optical: tuple[Array, Array]) -> Posed:
        """The mesh of this person with this expression. Raises KeyError for an unknown expression.

        optical: directions of both eyes' optical axes, head frame.
        """
        points = self.neutral + (person.identity @ self._identity).reshape(-1, 3)
        for name, weight in expression.items():
            if abs(weight) > 1e-3:
                points = points + np.float32(weight) * self._shapes[name]
        points = points.astype(np.float32)
        eyeballs = self.eyeballs(person)
        for k, eyeball in enumerate(eyeballs):
            self._push_lids(points, k, eyeball, optical[k], person.eye)
        a, b, c = (points[self._triangles[:, i]] for i in range(3))
        normals = self._corners @ np.cross(b - a, c - a).astype(np.float32)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
        return Posed(points, normals.astype(np.float32), points - self.neutral, eyeballs)

    def _push_lids(self, points: Floats, k: int, eyeball: Eyeball, optical: Array, eye: Eye) -> None:
        """Move eyelid vertices that lie inside sclera or cornea outwards, to a skin's thickness above it."""
        index = self._lids[k]
        lid = points[index].astype(np.float64)
        spheres = (
            (eyeball.socket, 1.575),
            (eyeball.centre, eye.sclera_radius + _SKIN_THICKNESS[0]),
            (eyeball.centre + optical * eye.cornea_offset, eye.cornea_radius + _SKIN_THICKNESS[1]),
        )
        for centre, radius in spheres:
            offset = lid - centre
            distance = np.linalg.norm(offset, axis=1)
            inside = (distance < radius) & (offset[:, 2] > -0.2)
            lid[inside] = centre + offset[inside] / distance[inside, None] * radius
        points[index] = lid


def optical_axes(gaze: Array, kappa: Array) -> tuple[Array, Array]:
    """Directions of the optical axes, head frame, of eyes whose visual axes are `gaze` ((2, 3), left and right).

    The optical axis is turned outwards from the visual axis by kappa.
    """
    axes = []
    for k in range(2):
        x, y, z = gaze[k]
        yaw = np.arctan2(x, z) + kappa[k, 0] * (1 - 2 * k)
        pitch = np.arcsin(y) + kappa[k, 1]
        axes.append(np.array([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)]))
    return axes[0], axes[1]


def shadow_triangles(assets: Assets) -> npt.NDArray[np.int32]:
    """(n, 3) the skin as a shadow caster: vertices are merged on a grid, which is coarse at the back of the head."""
    points = assets["v"][assets["skin_v"]].astype(np.float64)
    cell = np.where(points[:, 2] < 3, 2.0, 0.8)
    for x in (3.19, -3.19):
        cell = np.where(np.linalg.norm(points - [x, 3.6, 9.0], axis=1) < 2.0, 0.3, cell)
    cell = np.where(points[:, 1] < -9, 1.6, cell)
    key = np.c_[np.floor(points / cell[:, None]), cell * 100].astype(int)
    _, first, inverse = np.unique(key, axis=0, return_index=True, return_inverse=True)
    triangles = first[inverse.ravel()][assets["skin_F"]]
    a, b, c = triangles.T
    merged = triangles[(a != b) & (b != c) & (a != c)]
    above_shoulders = points[merged].max(axis=1)[:, 1] > -13
    caster: npt.NDArray[np.int32] = merged[above_shoulders].astype(np.int32)
    return caster


def sphere_centre(points: Array) -> Array:
    """(3,) the centre, by least squares on the back half of an eyeball, which has no cornea."""
    back = points[points[:, 2] < np.median(points[:, 2])]
    system = np.c_[2 * back, np.ones(len(back))]
    centre: Array = np.linalg.lstsq(system, (back**2).sum(axis=1), rcond=None)[0][:3]
    return centre
