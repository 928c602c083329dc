"""A renderer's OpenGL objects: programs, targets, buffers of the head, textures."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import moderngl
import numpy as np
import numpy.typing as npt

from models.synthetic import gl
from models.synthetic.assets import Assets
from models.synthetic.head import PARTS, HeadMesh, shadow_triangles
from models.synthetic.looks import masks_of, painted
from models.synthetic.people import IRIS_TEXTURES, Paint, Person

TILES, TILE_PX = 3, 320  # of the shadow map, with one tile for each light
SHADOWS_AT, ENVIRONMENT_AT = 5, 6  # texture units


class Resources:
    """One context and the objects that live as long as it."""

    def __init__(self, assets: Assets, size_px: int, samples: int) -> None:
        self.assets = assets
        self.size_px = size_px
        self.head = HeadMesh(assets)
        self.ctx = ctx = gl.context()
        self.skin, self.eye = gl.program(ctx, "lit", "skin"), gl.program(ctx, "plain", "eye")
        self.hair, self.frame = gl.program(ctx, "lit", "hair"), gl.program(ctx, "plain", "frame")
        self.lens = gl.program(ctx, "plain", "lens")
        self.shadow, self.backdrop = gl.program(ctx, "shadow", "shadow"), gl.program(ctx, "backdrop", "backdrop")
        self.lit = (self.skin, self.eye, self.hair, self.frame, self.lens, self.backdrop)
        self._make_targets(samples)
        self._make_head()
        self._painted: tuple[tuple[Paint, ...], moderngl.Texture] | None = None
        self._textures: dict[tuple[str, int], moderngl.Texture] = {}
        self._hair_vertices: dict[int, tuple[moderngl.Buffer, npt.NDArray[np.float32]]] = {}
        self.lashes = gl.lash_texture(ctx, self.head, assets)

    def _make_targets(self, samples: int) -> None:
        ctx, size = self.ctx, (self.size_px, self.size_px)
        self.shadow_map = ctx.depth_texture((TILES * TILE_PX,) * 2)
        self.shadow_map.compare_func = "<="
        self.shadow_map.filter = (moderngl.LINEAR, moderngl.LINEAR)
        self.shadow_target = ctx.framebuffer(depth_attachment=self.shadow_map)
        self.target = ctx.framebuffer(
            [ctx.renderbuffer(size, 4, samples=samples, dtype="f2")], ctx.depth_renderbuffer(size, samples=samples)
        )
        self.resolved_picture = ctx.texture(size, 4, dtype="f4")
        self.resolved_picture.repeat_x = self.resolved_picture.repeat_y = False
        self.resolved = ctx.framebuffer([self.resolved_picture])
        self.environment = ctx.texture((512, 256), 3, dtype="f4")
        self.environment.repeat_y = False
        triangle = ctx.buffer(np.array([-1, -1, 3, -1, -1, 3], "f4").tobytes())
        self.backdrop_quad = ctx.vertex_array(self.backdrop, [(triangle, "2f", "p")])

    def _make_head(self) -> None:
        head, ctx = self.head, self.ctx
        self.vertices = np.zeros((len(head.drawn), gl.FLOATS), np.float32)
        self.vertices[:, 6:8] = head.uv
        self.vertices[:, 8] = head.neutral[head.drawn, 1]
        self.vertex_buffer = ctx.buffer(reserve=self.vertices.nbytes, dynamic=True)
        programs = {"lash": self.hair, "eyeL": self.eye, "eyeR": self.eye}
        self.parts = {
            part: self.mesh(programs.get(part, self.skin), self.vertex_buffer, self.triangles_of(part))
            for part in PARTS
        }
        index = ctx.buffer(shadow_triangles(self.assets).astype("i4").tobytes())
        self.caster = self.casting_mesh(self.vertex_buffer, index)

    def triangles_of(self, part: str) -> npt.NDArray[Any]:
        """(n, 3) indices of drawn vertices."""
        triangles: npt.NDArray[Any] = self.assets[f"{part}_F"] + self.head.first[part]
        return triangles

    def mesh(
        self, of: moderngl.Program, vertices: moderngl.Buffer, triangles: npt.NDArray[Any]
    ) -> moderngl.VertexArray:
        return self.lit_mesh(of, vertices, self.ctx.buffer(triangles.astype("i4").tobytes()))

    def lit_mesh(self, of: moderngl.Program, vertices: moderngl.Buffer, index: moderngl.Buffer) -> moderngl.VertexArray:
        return self.ctx.vertex_array(of, [(vertices, gl.VERTEX, *gl.NAMES)], index, skip_errors=True)

    def casting_mesh(self, vertices: moderngl.Buffer, index: moderngl.Buffer) -> moderngl.VertexArray:
        """A mesh for the shadow map: positions and texture coordinates only."""
        return self.ctx.vertex_array(self.shadow, [(vertices, gl.POSITIONS, "p", "uv")], index, skip_errors=True)

    def texture(self, kind: str, number: int) -> moderngl.Texture:
        """A texture of skins, brows, iris or hair, created at its first use."""
        if (kind, number) not in self._textures:
            if kind == "hair":
                picture = self.assets[f"hair{number}_tex"]
            elif kind == "iris":
                grey = self.assets["iris"][IRIS_TEXTURES[number]] @ np.array([0.299, 0.587, 0.114])
                picture = ((grey - grey.min()) / np.ptp(grey) * 255).astype(np.uint8)
            else:
                picture = self.assets[kind][number]
            self._textures[kind, number] = gl.picture_texture(self.ctx, picture)
        return self._textures[kind, number]

    def skin_texture(self, person: Person) -> moderngl.Texture:
        """The picture of a person's skin. With paint, it is made once and kept until the next painted person comes."""
        if not person.paint:
            return self.texture("skins", person.skin)
        if self._painted is None or self._painted[0] is not person.paint:
            if self._painted is not None:
                self._painted[1].release()
            picture = painted(self.assets["skins"][person.skin], self.masks, person.paint)
            self._painted = (person.paint, gl.picture_texture(self.ctx, picture))
        return self._painted[1]

    @cached_property
    def masks(self) -> dict[str, npt.NDArray[np.float32]]:
        return masks_of(self.assets)

    def hair_vertices(self, number: int) -> tuple[moderngl.Buffer, npt.NDArray[np.float32]]:
        """The buffer of a hair style and the array that is written to it, created at their first use."""
        if number not in self._hair_vertices:
            vertices = np.zeros((len(self.assets[f"hair{number}_p"]), gl.FLOATS), np.float32)
            vertices[:, 6:8] = self.assets[f"hair{number}_uv"]
            self._hair_vertices[number] = (self.ctx.buffer(reserve=vertices.nbytes, dynamic=True), vertices)
        return self._hair_vertices[number]
