"""ICT-FaceKit's head: the neutral mesh, identities and expressions as differences from it, and the head's parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.arrays import Array, Ints
from models.synthetic.building.clones import BuildError, Clone
from models.synthetic.building.meshes import Mesh, Part, read_obj, read_points, split_seams
from models.synthetic.building.sources import NEUTRAL

SCLERAS = ("M_ScleraLeft", "M_ScleraRight")
_SKIN = ("M_Face", "M_BackHead")
_MATERIALS = {"teeth": "M_Teeth", "gums": "M_GumsTongue", "lash": "M_EyeLashes", "eyeL": SCLERAS[0], "eyeR": SCLERAS[1]}


@dataclass(frozen=True, slots=True)
class Topology:
    """The vertex order that ICT-FaceKit documents: skin, then the sockets of mouth and eyes, then the rest."""

    vertices: int = 26719
    skin: int = 11248
    sockets: int = 14062


@dataclass(frozen=True, slots=True)
class Head:
    """mesh: neutral, cm; skin: (F, 3) triangles without sockets; parts: those with their own texture coordinates."""

    mesh: Mesh
    topology: Topology
    skin: Ints
    parts: dict[str, Part]

    @property
    def skin_points(self) -> Array:
        found: Array = self.mesh.points[: self.topology.skin]
        return found


def read_head(clone: Clone, topology: Topology) -> Head:
    path = clone.file(f"{NEUTRAL}.obj")
    mesh = read_obj(path, "usemtl")
    if len(mesh.points) != topology.vertices:
        raise BuildError(f"{path} has {len(mesh.points)} vertices instead of {topology.vertices}: another version")
    corners = mesh.triangles
    skin = mesh.labelled(*_SKIN) & (corners < topology.skin).all(axis=1)
    socket = ((corners >= topology.skin) & (corners < topology.sockets)).all(axis=1)
    parts = {"socket": split_seams(corners[socket], np.zeros((int(socket.sum()), 3, 2)))}
    for part, material in _MATERIALS.items():
        chosen = mesh.labelled(material)
        parts[part] = split_seams(corners[chosen], mesh.corner_uv[chosen])
    return Head(mesh, topology, corners[skin], parts)


def read_differences(clone: Clone, neutral: Array, names: Sequence[str]) -> npt.NDArray[np.float16]:
    """(n, V, 3) cm: the difference of each shape from the neutral head, as half floats. A micrometre is enough."""
    found = np.empty((len(names), *neutral.shape), np.float16)
    for i, name in enumerate(names):
        path = clone.file(f"{name}.obj")
        points = read_points(path)
        if points.shape != neutral.shape:
            raise BuildError(f"{path} has {len(points)} vertices, the neutral head {len(neutral)}")
        found[i] = points - neutral
    return found


def part_arrays(name: str, part: Part) -> dict[str, npt.NDArray[Any]]:
    return {
        f"{name}_v": part.vertices.astype(np.int32),
        f"{name}_uv": part.uv.astype(np.float32),
        f"{name}_F": part.triangles.astype(np.int32),
    }
