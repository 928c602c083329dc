"""MakeHuman's body, and the brows and hair that `.mhclo` files bind to its vertices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.arrays import Array, Ints
from models.synthetic.building.clones import BuildError, Clone
from models.synthetic.building.meshes import Mesh, read_obj, read_target
from models.synthetic.building.sources import BODY_TARGETS, BODY_WEIGHT

BODY, EYES = "body", ("helper-l-eye", "helper-r-eye")
# Limits of the head within the body, in MakeHuman's decimetres: below the eyes, and beside the middle.
_HEAD_BELOW_DM, _HEAD_BESIDE_DM = 3.2, 2.6


@dataclass(frozen=True, slots=True)
class Body:
    """mesh: points in dm, y up; head: (F,) whether a triangle belongs to the head; eyes: (3,) midway between them."""

    mesh: Mesh
    head: npt.NDArray[np.bool_]
    eyes: Array


@dataclass(frozen=True, slots=True)
class Fitted:
    """points: (n, 3) dm; triangles: (F, 3); corner_uv: (F, 3, 2)."""

    points: Array
    triangles: Ints
    corner_uv: Array


def read_body(clone: Clone) -> Body:
    base = read_obj(clone.file("3dobjs/base.obj"), "g")
    points = base.points.copy()
    for name in BODY_TARGETS:
        path = clone.file(f"targets/macrodetails/{name}.target")
        index, moved = read_target(path)
        if len(index) and index.max() >= len(points):
            raise BuildError(f"{path} moves vertex {index.max()}, the base mesh has {len(points)}")
        points[index] += BODY_WEIGHT * moved
    mesh = Mesh(points, base.uv, base.triangles, base.uv_triangles, base.label, base.names)
    eyes = np.array([_middle(mesh, eye) for eye in EYES]).mean(axis=0)
    corners = points[mesh.triangles]
    near = (corners[..., 1].min(axis=1) > eyes[1] - _HEAD_BELOW_DM) & (
        np.abs(corners[..., 0]).max(axis=1) < _HEAD_BESIDE_DM
    )
    return Body(mesh, mesh.labelled(BODY) & near, eyes)


def _middle(mesh: Mesh, name: str) -> Array:
    middle: Array = mesh.points[np.unique(mesh.triangles[mesh.labelled(name)])].mean(axis=0)
    return middle


def read_fitted(clone: Clone, folder: str, name: str, body: Array) -> Fitted:
    """Read FOLDER/NAME/NAME.mhclo and its .obj for a body with these points, (V, 3).

    A line of the list `verts` is one vertex of the body; or three vertices, their weights, and an offset that scales
    with the body. `x_scale A B D` means: on the body of the original, vertices A and B are D apart along x.
    """
    path = clone.file(f"{folder}/{name}/{name}.mhclo")
    scale, listing = np.ones(3), False
    rows: list[list[float]] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] in ("x_scale", "y_scale", "z_scale"):
            axis = "xyz".index(words[0][0])
            a, b, made_for = int(words[1]), int(words[2]), float(words[3])
            scale[axis] = abs(body[a, axis] - body[b, axis]) / made_for
        elif words[0] == "verts":
            listing = True
        elif listing:
            try:
                rows.append([float(word) for word in words])
            except ValueError:  # end of the list
                listing = False
    mesh = read_obj(clone.file(f"{folder}/{name}/{name}.obj"), "g")
    if len(rows) != len(mesh.points):
        raise BuildError(f"{path} binds {len(rows)} vertices, its mesh has {len(mesh.points)}")
    return Fitted(np.array([_bound(row, body, scale) for row in rows]), mesh.triangles, mesh.corner_uv)


def _bound(row: list[float], body: Array, scale: Array) -> Array:
    if len(row) == 1:
        return np.asarray(body[int(row[0])])
    place: Array = np.array(row[3:6]) @ body[[int(v) for v in row[:3]]]
    return place + np.array(row[6:9]) * scale if len(row) >= 9 else place
