"""One shadow map with a tile for each light. The head casts shadows in all tiles, hair and glasses in the strongest."""

from __future__ import annotations

import moderngl

from models.synthetic import gl
from models.synthetic.resources import TILE_PX, TILES, Resources
from models.synthetic.setup import Setup

_HAIR_SHADOWS = 3  # number of the strongest lights for which hair and glasses cast shadows


def cast_shadows(on: Resources, setup: Setup, hair: moderngl.Buffer | None, frame: moderngl.VertexArray | None) -> None:
    """Draw the shadow map. hair: vertices, camera frame; frame: the frame of the glasses."""
    ctx = on.ctx
    hair_caster = None
    if hair is not None:
        index = ctx.buffer(on.assets[f"hair{setup.person.hair}_F"].astype("i4").tobytes())
        hair_caster = on.casting_mesh(hair, index)
    on.shadow_target.use()
    on.shadow_target.viewport = (0, 0, TILES * TILE_PX, TILES * TILE_PX)
    on.shadow_target.clear(depth=1.0)
    for i, matrix in enumerate(setup.shadow_matrices):
        column, row = i % TILES, i // TILES
        on.shadow_target.viewport = (column * TILE_PX, row * TILE_PX, TILE_PX, TILE_PX)
        gl.set_uniforms(on.shadow, {"m": matrix.T, "useA": 0})
        ctx.enable_only(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        ctx.front_face = "cw"  # only far sides cast shadows, so no surface shades itself
        on.caster.render()
        ctx.enable_only(moderngl.DEPTH_TEST)
        if frame is not None and i < _HAIR_SHADOWS:
            frame.render()
        if hair_caster is not None and i < _HAIR_SHADOWS:
            on.texture("hair", setup.person.hair).use(0)
            gl.set_uniforms(on.shadow, {"tex": 0, "useA": 1})
            hair_caster.render()
    ctx.front_face = "ccw"
    if hair_caster is not None:
        hair_caster.release()
