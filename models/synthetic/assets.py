"""The geometry and pictures of the rendered faces. They are not part of the repository (see `build_assets.md`).

| array | content |
| --- | --- |
| v, uv | (V, 3) cm, the neutral head of ICT-FaceKit; x to the person's left, y up, z out of the face |
| ids, ex, exn | (100, V, 3) identity modes, (57, V, 3) expressions and their names |
| PART_v, PART_F, PART_uv | vertices, triangles and texture coordinates of skin, socket, teeth, gums, lash, eyeL, eyeR |
| skinF | (F, 3) the skin's triangles, as vertex numbers of the whole head |
| skins, brows, iris | MakeHuman textures |
| hairN_p, _F, _uv, _tex, _bi, _bw | `nhair` hair meshes, bound to the head by vertex and weight |
| env | environment maps, linear RGB |
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

VARIABLE = "SIGHTLINE_ASSETS"
_NEEDED = ("v", "ids", "ex", "exn", "skin_v", "skinF", "skins", "brows", "iris", "nhair", "env")


class AssetsError(Exception):
    """The assets are missing or broken. The text says what to do."""


class Assets(Mapping[str, npt.NDArray[Any]]):
    """The arrays by name, all in memory."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self._arrays = dict(arrays)

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def fingerprint(self) -> str:
        """A hash of all arrays. The same seed shows the same faces only with the same assets."""
        digest = hashlib.sha256()
        for name in sorted(self._arrays):
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(self._arrays[name]).tobytes())
        return digest.hexdigest()[:16]


def load_assets(path: Path | None = None) -> Assets:
    """The assets of a file `assets.npz` or its folder. None: the path in SIGHTLINE_ASSETS. Raises AssetsError."""
    named = path or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    how = "build it as models/synthetic/build_assets.md describes, then give its path by --assets or " + VARIABLE
    if named is None:
        raise AssetsError(f"no assets file is given: {how}")
    file = named / "assets.npz" if named.is_dir() else named
    if not file.is_file():
        raise AssetsError(f"{file}: no such file; {how}")
    try:
        with np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (ValueError, OSError) as error:
        raise AssetsError(f"{file}: not an assets file ({error}); {how}") from error
    missing = [name for name in _NEEDED if name not in arrays]
    if missing:
        raise AssetsError(f"{file}: lacks {', '.join(missing)}; {how}")
    return Assets(arrays)
