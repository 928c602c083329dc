"""Draws into the picture: one function for each kind of surface, in calling order.

Names in the shaders: P, N, t position, normal, texture coordinates; Ldir, Lcol, Lmvp lights and their shadow maps
(shmap, 3 x 3 tiles); env environment map; irr irradiance of a vertex, vA and vB which of six lights it sees;
C centre, g optical axis, Rs, rc radius of sclera and cornea, dc offset of the cornea, xl, rl depth and radius of the
limbus, xi depth of the iris, pr radius of the pupil.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import moderngl
import numpy as np

from models.arrays import Array
from models.synthetic import gl
from models.synthetic.people import Lenses, Spectacles
from models.synthetic.projection import Rectangle, clip_matrix, pixels_of, touching
from models.synthetic.resources import ENVIRONMENT_AT, SHADOWS_AT, Resources
from models.synthetic.setup import Setup
from models.synthetic.spectacles import LensPlace

_SKIN_WRAP, _HAIR_WRAP = np.array([0.38, 0.16, 0.10]), np.array([0.4, 0.4, 0.4])
# Blending of colours, then of the alpha, which marks the skin and does not change.
_OVER: Any = (moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA, moderngl.ZERO, moderngl.ONE)
_OVER_PREMULTIPLIED: Any = (moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA, moderngl.ZERO, moderngl.ONE)
_MOUTH_OPEN = 0.02


@dataclass(frozen=True, slots=True)
class Eyes:
    """The eyes for the labels, camera frame: centres (2, 3) cm; visual and optical axes (2, 3); left, right."""

    centres_cm: Array
    visual: Array
    optical: Array


def set_light(on: Resources, setup: Setup) -> None:
    """Set the uniforms that all programs share; they hold for all gazes of this head."""
    environment = setup.room.environment
    on.environment.write(np.ascontiguousarray(environment, "f4").tobytes())
    on.environment.build_mipmaps()
    on.environment.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
    values = {
        "proj": clip_matrix(setup.place.crop, on.size_px).T,
        "Ldir": setup.lights.directions,
        "Lcol": setup.lights.colours,
        "Lmvp": setup.shadow_matrices.transpose(0, 2, 1),
        "shmap": SHADOWS_AT,
        "env": ENVIRONMENT_AT,
        "envR": setup.room_to_camera,  # column-major: the shader gets its transpose, camera to room
        "amb": environment.mean(axis=(0, 1)) * setup.room.ambient,
    }
    for of in on.lit:
        gl.set_uniforms(of, values)


def draw_backdrop(on: Resources, setup: Setup) -> None:
    """Draw the room behind the person, or the backdrop instead of it."""
    on.shadow_map.use(SHADOWS_AT)
    on.environment.use(ENVIRONMENT_AT)
    on.ctx.enable_only(moderngl.NOTHING)
    k = setup.place.crop / on.size_px
    room = setup.room
    values = {"K": np.array([k[0, 0], k[1, 1], k[0, 2], k[1, 2]]), "lod": room.blurred, "bgI": room.backdrop_power}
    gl.set_uniforms(on.backdrop, {**values, "bgmode": int(room.backdrop is not None)})
    picture = None
    if room.backdrop is not None:
        height, width = room.backdrop.shape[:2]
        picture = on.ctx.texture((width, height), 3, np.ascontiguousarray(room.backdrop).tobytes(), alignment=1)
        picture.use(7)
        gl.set_uniforms(on.backdrop, {"bgtex": 7})
    on.backdrop_quad.render()
    if picture is not None:
        picture.release()


def clear_depth(on: Resources) -> None:
    """Clear the depth of the rectangle, but not its colours: they are right at its edge. Clearing leaves a seam."""
    on.shadow_map.use(SHADOWS_AT)
    on.environment.use(ENVIRONMENT_AT)
    on.ctx.enable_only(moderngl.DEPTH_TEST)
    on.ctx.depth_func = "1"
    on.target.color_mask = (False, False, False, False)
    on.backdrop_quad.render()  # it lies at the greatest depth
    on.target.color_mask = (True, True, True, True)
    on.ctx.depth_func = "<"


def draw_skin(
    on: Resources, setup: Setup, rectangle: Rectangle | None, expression: Mapping[str, float], temporary: list[Any]
) -> None:
    """Draw the triangles that touch the rectangle. None: all triangles, and the mouth if it is open."""
    ctx, person = on.ctx, setup.person
    on.skin_texture(person).use(0)
    on.texture("brows", person.brow).use(1)
    values = {
        "skin": 0,
        "brow": 1,
        "browCol": person.brow_colour,
        "browA": person.brow_strength,
        "cloth": person.cloth,
        "neck": person.neckline,
        "tint": person.skin_tint.T,
        "tintb": person.skin_offset,
        "rough": person.roughness,
        "specI": person.gloss,
        "wrap": _SKIN_WRAP,
        "nb": 0.22,
        "mode": 0,
    }
    gl.set_uniforms(on.skin, values)
    skin = on.parts["skin"]
    if rectangle is not None:
        pixels = pixels_of(on.vertices[:, :3], setup.place.crop, on.size_px)
        skin = on.mesh(on.skin, on.vertex_buffer, touching(pixels, on.triangles_of("skin"), rectangle))
        temporary.append(skin)
    ctx.enable_only(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
    skin.render()
    ctx.enable_only(moderngl.DEPTH_TEST)
    if rectangle is None and expression.get("jawOpen", 0.0) > _MOUTH_OPEN:
        for part, mode in (("socket", 1), ("teeth", 2), ("gums", 1)):
            gl.set_uniforms(on.skin, {"mode": mode})
            on.parts[part].render()


def draw_eyes(on: Resources, setup: Setup, eyes: Eyes) -> None:
    eye, scale = setup.person.eye, setup.person.scale
    on.texture("iris", eye.iris_texture).use(0)
    values = {
        "Rs": eye.sclera_radius * scale,
        "rc": eye.cornea_radius * scale,
        "dc": eye.cornea_offset * scale,
        "xl": eye.limbus_depth * scale,
        "rl": eye.limbus_radius * scale,
        "xi": eye.iris_depth * scale,
        "pr": eye.pupil_radius * scale,
        "iris": 0,
        "icol1": eye.inner_colour,
        "icol2": eye.outer_colour,
        "icon": eye.contrast,
        "scl": eye.sclera_colour,
        "red": eye.redness,
        "scr": np.array(setup.desk.screen_cm),
        "scrCol": setup.room.monitor_colour,
        "conj": eye.conjunctiva,
        "limb": eye.limbus_shade,
    }
    gl.set_uniforms(on.eye, values)
    for k, part in enumerate(("eyeL", "eyeR")):
        axis = eyes.optical[k]
        right = np.cross(setup.turn @ np.array([0, 1.0, 0]), axis)
        right /= np.linalg.norm(right)
        place = {"C": eyes.centres_cm[k], "g": axis, "ur": right, "uu": np.cross(axis, right)}
        gl.set_uniforms(on.eye, {**place, "irisRot": eye.iris_turn + k * 2.0})
        on.parts[part].render()


def draw_hair_and_lashes(on: Resources, setup: Setup, rectangle: Rectangle | None, temporary: list[Any]) -> None:
    ctx, person = on.ctx, setup.person
    ctx.enable_only(moderngl.DEPTH_TEST | moderngl.BLEND)
    ctx.blend_func = _OVER
    shared = {"tex": 0, "wrap": _HAIR_WRAP, "nb": 0.35}
    if person.hair >= 0:
        buffer, vertices = on.hair_vertices(person.hair)
        triangles = on.assets[f"hair{person.hair}_F"]
        if rectangle is not None:
            triangles = touching(pixels_of(vertices[:, :3], setup.place.crop, on.size_px), triangles, rectangle)
        if len(triangles):
            on.texture("hair", person.hair).use(0)
            gl.set_uniforms(on.hair, {**shared, "hcol": person.hair_colour, "lash": 0, "lashA": 1.0})
            mesh = on.mesh(on.hair, buffer, triangles)
            mesh.render()
            temporary.append(mesh)
    on.lashes.use(0)
    gl.set_uniforms(on.hair, {**shared, "hcol": person.lash_colour, "lash": 1, "lashA": person.lash_strength})
    on.target.depth_mask = False
    on.parts["lash"].render()
    on.target.depth_mask = True


def draw_frame(on: Resources, worn: Spectacles, frame: moderngl.VertexArray) -> None:
    gl.set_uniforms(on.frame, {"fcol": worn.colour, "lens": 0.0})
    frame.render()


def draw_simple_lenses(on: Resources, worn: Spectacles, lenses: moderngl.VertexArray) -> None:
    """Draw lenses that only reflect the room."""
    on.ctx.blend_func = _OVER_PREMULTIPLIED
    gl.set_uniforms(on.frame, {"lens": 1.0, "lcol": worn.lens})
    lenses.render()


def draw_lenses(
    on: Resources,
    setup: Setup,
    glass: Lenses,
    lenses: Sequence[moderngl.VertexArray],
    places: Sequence[LensPlace],
) -> None:
    """Draw lenses over the picture so far, refracted. lenses: a mesh for each place; places: head frame."""
    scale, k = setup.person.scale, setup.place.crop / on.size_px
    on.ctx.copy_framebuffer(on.resolved, on.target)
    on.target.use()
    on.ctx.blend_func = _OVER_PREMULTIPLIED
    on.resolved_picture.use(0)
    values = {
        "scene": 0,
        "K": np.array([k[0, 0], k[1, 1], k[0, 2], k[1, 2]]),
        "bend": glass.bends / scale,
        "power": glass.power / scale,
        "refl": glass.reflected,
        "pass": glass.passed,
        "dirt": np.array(glass.smudges),
        "scr": np.array(setup.desk.screen_cm),
        "scrCol": setup.room.monitor_colour,
    }
    gl.set_uniforms(on.lens, values)
    for mesh, place in zip(lenses, places, strict=True):
        axes = {"la": setup.turn @ place.axis, "lr": setup.turn @ place.right, "lu": setup.turn @ place.up}
        gl.set_uniforms(on.lens, {**axes, "lc": setup.to_camera(place.centre), "deep": place.depth * scale})
        mesh.render()
