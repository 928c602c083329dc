"""Environment maps: the light around a face by direction, as linear RGB with mean 1."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.synthetic.building.clones import BuildError
from models.synthetic.lighting import HEIGHT, WIDTH

_BRIGHTEST = 500.0  # times the mean; the sun is far brighter, and at this size it adds only noise


def environment_files(folders: Sequence[Path]) -> list[Path]:
    """All .hdr files, then all .exr files, each sorted by name. The order is part of the format. Raises BuildError."""
    for folder in folders:
        if not folder.is_dir():
            raise BuildError(f"{folder}: no such folder")
    found = [
        path
        for ending in (".hdr", ".exr")
        for path in sorted((p for folder in folders for p in folder.iterdir()), key=lambda p: p.name)
        if path.suffix.lower() == ending
    ]
    if not found:
        raise BuildError(f"no .hdr and no .exr in {', '.join(str(folder) for folder in folders)}")
    return found


def read_environment(path: Path) -> npt.NDArray[np.float16]:
    """The map, (256, 512, 3). Raises BuildError."""
    os.environ["OPENCV_IO_ENABLE_OPENEXR"] = "1"  # OpenCV reads EXR only with this variable set
    import cv2

    try:
        picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise BuildError(f"{path}: {error}") from error
    if picture is None or picture.ndim != 3 or picture.dtype != np.float32:
        raise BuildError(f"{path}: not an environment map (HDR or EXR, float RGB)")
    rgb = np.ascontiguousarray(picture[..., 2::-1])
    small = np.maximum(cv2.resize(rgb, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), 0)
    if not small.any():
        raise BuildError(f"{path} is black")
    found: npt.NDArray[np.float16] = np.clip(small / small.mean(), 0, _BRIGHTEST).astype(np.float16)
    return found
