"""Thin helpers around moderngl: programs from shaders/, uniforms by name, textures, vertex buffers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import moderngl
import numpy as np
import numpy.typing as npt

from models.synthetic.assets import Assets
from models.synthetic.head import HeadMesh

_SHADERS = Path(__file__).parent / "shaders"
_INCLUDE = re.compile(r"^#include (\w+)\n", re.MULTILINE)
VERTEX = "3f 3f 2f 1f"  # position, normal, texture coordinates, height on the neutral head
NAMES = ("p", "n", "uv", "my")
POSITIONS = "3f 3x4 2f 1x4"
FLOATS = 9  # for each vertex


class RendererError(Exception):
    """The machine has no OpenGL. The text says what to install."""


def context() -> moderngl.Context:
    """An off-screen context on the CPU. A process may have only one: two of them mix up their pictures."""
    try:
        return moderngl.create_context(standalone=True, backend="egl", require=330)  # type: ignore[arg-type]
    except Exception as error:  # moderngl raises plain Exception
        raise RendererError(
            f"no off-screen OpenGL ({error}); on Debian and Ubuntu: apt-get install libegl1 libgl1-mesa-dri"
        ) from error


def program(ctx: moderngl.Context, vertex: str, fragment: str) -> moderngl.Program:
    """A program of two files in shaders/, named without their endings."""
    vertex_source, fragment_source = (_source(name) for name in (f"{vertex}.vert", f"{fragment}.frag"))
    return ctx.program(vertex_source, fragment_source)


def _source(name: str) -> str:
    """The source with the .glsl files that it includes."""
    return _INCLUDE.sub(lambda line: (_SHADERS / f"{line[1]}.glsl").read_text(), (_SHADERS / name).read_text())


def set_uniforms(target: moderngl.Program, values: Mapping[str, Any]) -> None:
    """Set the uniforms that the program has. A shader compiler drops the unused ones."""
    for name, value in values.items():
        if name not in target:
            continue
        uniform: Any = target[name]
        if isinstance(value, (int, np.integer)):
            uniform.value = int(value)
        elif isinstance(value, (float, np.floating)):
            uniform.value = float(value)
        else:
            uniform.write(np.ascontiguousarray(value, dtype="f4").tobytes())


def picture_texture(ctx: moderngl.Context, picture: npt.NDArray[np.uint8]) -> moderngl.Texture:
    """A texture of a picture, (H, W) or (H, W, C) uint8, with mipmaps, clamped at its edges."""
    channels = 1 if picture.ndim == 2 else picture.shape[2]
    height, width = picture.shape[:2]
    texture = ctx.texture((width, height), channels, np.ascontiguousarray(picture).tobytes(), alignment=1)
    texture.build_mipmaps()
    texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
    texture.anisotropy = 4.0
    texture.repeat_x = texture.repeat_y = False
    return texture


def lash_texture(ctx: moderngl.Context, head: HeadMesh, assets: Assets) -> moderngl.Texture:
    """A texture of lashes: hairs from root to tip across each strip of the mesh. Tips are farther from the eyeball."""
    import cv2
    import scipy.sparse

    side = 1024
    picture = np.zeros((side, side), np.uint8)
    triangles, places = assets["lash_F"], assets["v"][assets["lash_v"]]
    first = head.first["lash"]
    uv = head.uv[first : first + len(places)]
    n = len(uv)
    edges = scipy.sparse.coo_matrix(
        (np.ones(3 * len(triangles)), (triangles.ravel(), np.roll(triangles, 1, axis=1).ravel())), shape=(n, n)
    )
    count, strip_of = scipy.sparse.csgraph.connected_components(edges, directed=False)
    rng = np.random.default_rng(5)
    for strip in range(count):
        own = strip_of == strip
        low, high = uv[own].min(axis=0), uv[own].max(axis=0)
        eye = head.eye_centre(0 if places[own, 0].mean() > 0 else 1)
        distance = np.linalg.norm(places[own] - eye, axis=1)
        outwards = [float(np.corrcoef(uv[own][:, axis], distance)[0, 1]) for axis in (0, 1)]
        along = int(np.argmax(np.abs(outwards)))
        across = 1 - along
        for _ in range(max(6, int((high[across] - low[across]) * side / 7))):
            root, length, bend = rng.uniform(low[across], high[across]), rng.uniform(0.55, 1.0), rng.normal(0, 0.012)
            way = np.linspace(0, length, 8)
            point = np.empty((8, 2))
            point[:, along] = low[along] + (high - low)[along] * (way if outwards[along] >= 0 else 1 - way)
            point[:, across] = root + bend * way**2
            pixels = [tuple(int(v) for v in p) for p in point * side]
            for i in range(7):
                cv2.line(picture, pixels[i], pixels[i + 1], 255, 3 if i < 3 else 2 if i < 5 else 1, cv2.LINE_AA)
    texture = picture_texture(ctx, np.dstack([picture] * 4))
    texture.repeat_x = texture.repeat_y = True
    return texture
