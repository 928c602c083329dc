"""OBJ meshes and MakeHuman's targets, read as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.arrays import Array, Ints
from models.synthetic.building.clones import BuildError

_SEAM_STEPS = 8192  # across the texture plane; corners in the same step count as one


@dataclass(frozen=True, slots=True)
class Mesh:
    """points: (V, 3); uv: (T, 2), v up; triangles, uv_triangles: (F, 3) indices into them; label: (F,) into names."""

    points: Array
    uv: Array
    triangles: Ints
    uv_triangles: Ints
    label: Ints
    names: tuple[str, ...]

    def labelled(self, *names: str) -> npt.NDArray[np.bool_]:
        """(F,) whether a triangle has one of these labels. Raises BuildError for a name that the mesh lacks."""
        missing = [name for name in names if name not in self.names]
        if missing:
            raise BuildError(f"the mesh has no {', '.join(missing)}; it has {', '.join(self.names) or 'no labels'}")
        return np.isin(self.label, [self.names.index(name) for name in names])

    @property
    def corner_uv(self) -> Array:
        """(F, 3, 2) texture coordinates of the corners."""
        found: Array = self.uv[self.uv_triangles]
        return found


@dataclass(frozen=True, slots=True)
class Part:
    """A surface with one texture coordinate for each vertex: (n,) into the points, (n, 2), (F, 3) into these n."""

    vertices: Ints
    uv: Array
    triangles: Ints


def read_obj(path: Path, label: str) -> Mesh:
    """Read an OBJ; polygons become fans of triangles. label: the statement that names parts, `usemtl` or `g`."""
    points: list[list[str]] = []
    uv: list[list[str]] = []
    corners: list[list[list[str]]] = []
    labels: list[int] = []
    names: list[str] = []
    now = -1
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "v":
            points.append(rest.split()[:3])
        elif kind == "vt":
            uv.append(rest.split()[:2])
        elif kind == label:
            name = rest.strip()
            if name not in names:
                names.append(name)
            now = names.index(name)
        elif kind == "f":
            polygon = [corner.split("/") for corner in rest.split()]
            for k in range(1, len(polygon) - 1):
                corners.append([polygon[0], polygon[k], polygon[k + 1]])
                labels.append(now)
    try:
        triangles = np.array([[int(c[0]) - 1 for c in face] for face in corners]).reshape(-1, 3)
        uv_triangles = np.array([[int(c[1]) - 1 for c in face] for face in corners]).reshape(-1, 3)
        mesh = Mesh(_rows(points, 3), _rows(uv, 2), triangles, uv_triangles, np.array(labels, int), tuple(names))
    except (ValueError, IndexError) as error:
        raise BuildError(f"{path}: not a mesh with texture coordinates ({error})") from error
    if not len(triangles) or triangles.max() >= len(points) or uv_triangles.max() >= len(uv):
        raise BuildError(f"{path}: its faces name vertices that do not exist, or it has no faces")
    return mesh


def read_points(path: Path) -> Array:
    """(V, 3) the points of an OBJ. Skipping the faces is much faster."""
    with path.open(encoding="utf-8", errors="replace") as file:
        rows = [line.split()[1:4] for line in file if line.startswith("v ")]
    try:
        return _rows(rows, 3)
    except ValueError as error:
        raise BuildError(f"{path}: not a mesh ({error})") from error


def read_target(path: Path) -> tuple[Ints, Array]:
    """A MakeHuman target: (n,) vertices, and the shift of each, (n, 3)."""
    lines = (line.split() for line in path.read_text(encoding="utf-8", errors="replace").splitlines())
    rows = [words for words in lines if len(words) == 4 and not words[0].startswith("#")]
    try:
        return np.array([int(row[0]) for row in rows], int), _rows([row[1:] for row in rows], 3)
    except ValueError as error:
        raise BuildError(f"{path}: not a target ({error})") from error


def split_seams(triangles: Ints, corner_uv: Array) -> Part:
    """Split each vertex with several texture coordinates. triangles: (F, 3); corner_uv: (F, 3, 2)."""
    vertex, uv = triangles.reshape(-1), corner_uv.reshape(-1, 2)
    key = np.c_[vertex, np.round(uv * _SEAM_STEPS)].astype(np.int64)
    _, first, inverse = np.unique(key, axis=0, return_index=True, return_inverse=True)
    return Part(vertex[first], uv[first], inverse.reshape(-1, 3))


def _rows(words: list[list[str]], width: int) -> Array:
    return np.array(words, dtype=np.float64).reshape(len(words), width)
