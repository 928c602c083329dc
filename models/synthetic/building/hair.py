"""Hair styles, moved onto the head and bound to it. They follow the head's shape."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.interpolate import RBFInterpolator
from scipy.spatial import cKDTree

from models.arrays import Array
from models.synthetic.building.clones import BuildError, Clone
from models.synthetic.building.ict import Head
from models.synthetic.building.makehuman import read_fitted
from models.synthetic.building.meshes import split_seams
from models.synthetic.building.sources import HAIR
from models.synthetic.building.textures import read_picture, resized

_BOUND_TO = 6  # vertices of the head for each vertex of the hair
_SOFTENING_CM = 0.5
_PICTURE_PX = 512


def hair_arrays(
    clone: Clone, body: Array, head: Head, skin: npt.NDArray[Any], to_head: RBFInterpolator
) -> dict[str, Any]:
    """hairN_p, _uv, _F, _bi, _bw, _tex, _n for each style, and nhair. skin: the head's vertices to bind it to."""
    found: dict[str, Any] = {"nhair": np.array(len(HAIR))}
    tree = cKDTree(head.mesh.points[skin])
    for number, name in enumerate(HAIR):
        fitted = read_fitted(clone, "hair", name, body)
        part = split_seams(fitted.triangles, fitted.corner_uv)
        places = to_head(fitted.points)[part.vertices]
        distance, nearest = tree.query(places, k=_BOUND_TO)
        weight = 1 / (distance + _SOFTENING_CM)
        picture = read_picture(clone.file(f"hair/{name}/{name}_diffuse.png"))
        if picture.shape[-1] != 4:
            raise BuildError(f"{name}_diffuse.png of MakeHuman's hair has no alpha channel")
        found |= {
            f"hair{number}_p": places.astype(np.float32),
            f"hair{number}_uv": part.uv.astype(np.float32),
            f"hair{number}_F": part.triangles.astype(np.int32),
            f"hair{number}_bi": skin[nearest].astype(np.int32),
            f"hair{number}_bw": (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32),
            f"hair{number}_tex": resized(picture, (_PICTURE_PX, _PICTURE_PX))[::-1],
            f"hair{number}_n": np.array(name),
        }
    return found
