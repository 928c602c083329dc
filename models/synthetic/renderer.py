"""Faces on the CPU through OpenGL (Mesa's llvmpipe): one head and its light, then any number of gazes.

For a new head: the mesh, the lights, their shadow maps, the whole picture. For a further gaze of the same head only the
rectangle around the eyes is drawn again, with the triangles that touch it: five gazes cost twice as much as one.

Names in the shaders: P, N, t place, normal, texture; Ldir, Lcol, Lmvp lights and their shadow maps (shmap, 3 x 3
tiles); env environment map; irr light that falls on a vertex, vA and vB which of six lights it sees; C centre, g
optical axis, Rs, rc sclera's and cornea's radius, dc cornea's offset, xl, rl limbus' depth and radius, xi iris'
depth, pr pupil's radius.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import moderngl
import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from models.synthetic import gl
from models.synthetic.assets import Assets
from models.synthetic.head import PARTS, HeadMesh, Posed, optical_axes, shadow_triangles
from models.synthetic.lighting import Lights, light_the_face
from models.synthetic.people import IRIS_TEXTURES, Person
from models.synthetic.scene import FLIP, Desk, HeadPlace, Room
from models.synthetic.spectacles import spectacles_meshes

Array = npt.NDArray[np.float64]

_TILES, _TILE_PX = 3, 320
_NEAR_CM, _FAR_CM = 5.0, 400.0
_SHADOW_RADIUS_CM, _SHADOW_DEPTH_CM = 17.0, 30.0
_HAIR_SHADOWS = 3  # lights, the strongest, for which hair and glasses cast shadows
_SKIN_WRAP, _HAIR_WRAP = np.array([0.38, 0.16, 0.10]), np.array([0.4, 0.4, 0.4])
_MARGIN_PX = 2
# Of colours, then of the alpha that marks the skin and stays as it is.
_OVER: Any = (moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA, moderngl.ZERO, moderngl.ONE)
_OVER_PREMULTIPLIED: Any = (moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA, moderngl.ZERO, moderngl.ONE)
_MOUTH_OPEN = 0.02

Rectangle = tuple[int, int, int, int]  # x, y from below, width, height


@dataclass(frozen=True, slots=True)
class Eyes:
    """What the labels need, camera frame: centres (2, 3) cm; visual and optical axes (2, 3); left and right."""

    centres_cm: Array
    visual: Array
    optical: Array


@dataclass(frozen=True, slots=True)
class _Set:
    """What stays while the head does: transform, lights, shadow matrices."""

    person: Person
    desk: Desk
    room: Room
    place: HeadPlace
    turn: Array  # (3, 3) head frame to camera
    shift: Array  # (3,) cm
    lights: Lights
    shadow_matrices: Array  # (n, 4, 4)
    room_to_camera: Array


class Renderer:
    """Square pictures of `size_px`. `begin` a head, then `draw` each gaze of it."""

    def __init__(self, assets: Assets, size_px: int = 224, samples: int = 4) -> None:
        self.size_px = size_px
        self._assets = assets
        self.head = HeadMesh(assets)
        self._ctx = ctx = gl.context()
        self._skin, self._eye = gl.program(ctx, "lit", "skin"), gl.program(ctx, "plain", "eye")
        self._hair, self._frame = gl.program(ctx, "lit", "hair"), gl.program(ctx, "plain", "frame")
        self._shadow, self._backdrop = gl.program(ctx, "shadow", "shadow"), gl.program(ctx, "backdrop", "backdrop")
        self._lit = (self._skin, self._eye, self._hair, self._frame, self._backdrop)
        self._shadow_map = ctx.depth_texture((_TILES * _TILE_PX,) * 2)
        self._shadow_map.compare_func = "<="
        self._shadow_map.filter = (moderngl.LINEAR, moderngl.LINEAR)
        self._shadow_target = ctx.framebuffer(depth_attachment=self._shadow_map)
        size = (size_px, size_px)
        self._target = ctx.framebuffer(
            [ctx.renderbuffer(size, 4, samples=samples, dtype="f2")], ctx.depth_renderbuffer(size, samples=samples)
        )
        self._resolved = ctx.framebuffer([ctx.texture(size, 4, dtype="f4")])
        self._environment = ctx.texture((512, 256), 3, dtype="f4")
        self._environment.repeat_y = False
        triangle = ctx.buffer(np.array([-1, -1, 3, -1, -1, 3], "f4").tobytes())
        self._backdrop_quad = ctx.vertex_array(self._backdrop, [(triangle, "2f", "p")])
        self._build_head()
        self._textures: dict[tuple[str, int], moderngl.Texture] = {}
        self._hair_meshes: dict[int, tuple[moderngl.Buffer, npt.NDArray[np.float32]]] = {}
        self._lashes = gl.lash_texture(ctx, self.head, assets)
        self._set: _Set | None = None
        self._drawn_eyes: Array | None = None

    def _build_head(self) -> None:
        head, ctx = self.head, self._ctx
        self._vertices = np.zeros((len(head.drawn), gl.FLOATS), np.float32)
        self._vertices[:, 6:8] = head.uv
        self._vertices[:, 8] = head.neutral[head.drawn, 1]
        self._vertex_buffer = ctx.buffer(reserve=self._vertices.nbytes, dynamic=True)
        programs = {"lash": self._hair, "eyeL": self._eye, "eyeR": self._eye}
        self._parts = {
            part: self._mesh(programs.get(part, self._skin), self._vertex_buffer, self._triangles_of(part))
            for part in PARTS
        }
        caster = ctx.buffer(shadow_triangles(self._assets).astype("i4").tobytes())
        layout = [(self._vertex_buffer, gl.POSITIONS, "p", "uv")]
        self._caster = ctx.vertex_array(self._shadow, layout, caster, skip_errors=True)

    def _triangles_of(self, part: str) -> npt.NDArray[Any]:
        triangles: npt.NDArray[Any] = self._assets[f"{part}_F"] + self.head.first[part]
        return triangles

    def _mesh(
        self, of: moderngl.Program, vertices: moderngl.Buffer, triangles: npt.NDArray[Any]
    ) -> moderngl.VertexArray:
        index = self._ctx.buffer(triangles.astype("i4").tobytes())
        return self._ctx.vertex_array(of, [(vertices, gl.VERTEX, *gl.NAMES)], index, skip_errors=True)

    def _texture(self, kind: str, number: int) -> moderngl.Texture:
        """Made when first used: skins, brows, iris, hair."""
        if (kind, number) not in self._textures:
            if kind == "hair":
                picture = self._assets[f"hair{number}_tex"]
            elif kind == "iris":
                grey = self._assets["iris"][IRIS_TEXTURES[number]] @ np.array([0.299, 0.587, 0.114])
                picture = ((grey - grey.min()) / np.ptp(grey) * 255).astype(np.uint8)
            else:
                picture = self._assets[kind][number]
            self._textures[kind, number] = gl.picture_texture(self._ctx, picture)
        return self._textures[kind, number]

    def begin(
        self, person: Person, desk: Desk, room: Room, place: HeadPlace, expression: Mapping[str, float], target: Array
    ) -> tuple[npt.NDArray[np.float32], Eyes]:
        """A new head with its first gaze. -> (S, S, 4) linear RGB with the skin's mark, row 0 on top; and the eyes."""
        turn = place.head_to_camera
        left, right = (eyeball.centre for eyeball in self.head.eyeballs(person))
        shift = place.place_cm - turn @ ((left + right) / 2 * person.scale)
        room_to_camera = FLIP @ Rotation.from_euler("y", room.yaw).as_matrix().T
        lights = light_the_face(
            room.environment, room_to_camera, desk.screen_cm, room.monitor_colour, place.place_cm, turn[:, 2]
        )
        centre = turn @ (np.array([0, 0, 1.0]) * person.scale) + shift
        matrices = np.array([_shadow_matrix(d, centre, person.scale) for d in lights.directions])
        self._set = _Set(person, desk, room, place, turn, shift, lights, matrices, room_to_camera)
        self._drawn_eyes = None
        return self._draw(expression, target)

    def draw(self, expression: Mapping[str, float], target: Array) -> tuple[npt.NDArray[np.float32], Eyes]:
        """A further gaze of the head begun: only lids and eyes may differ in `expression`."""
        if self._set is None:
            raise RuntimeError("begin a head before drawing its gazes")
        return self._draw(expression, target)

    def _draw(self, expression: Mapping[str, float], target: Array) -> tuple[npt.NDArray[np.float32], Eyes]:
        now = self._set
        assert now is not None
        person, scale = now.person, now.person.scale
        eyeballs = self.head.eyeballs(person)
        centres = np.array([now.turn @ (eyeball.centre * scale) + now.shift for eyeball in eyeballs])
        visual = target - centres
        visual /= np.linalg.norm(visual, axis=1, keepdims=True)
        optical = optical_axes(visual @ now.turn, person.kappa)
        posed = self.head.posed(person, expression, optical)
        points = ((posed.points * scale) @ now.turn.T + now.shift).astype(np.float32)
        self._vertices[:, :3] = points[self.head.drawn]
        self._vertices[:, 3:6] = (posed.normals @ now.turn.T)[self.head.drawn]
        self._vertex_buffer.write(self._vertices.tobytes())
        around_eyes = self._pixels(points[self.head.moving])
        first = self._drawn_eyes is None
        rectangle = None if first else self._rectangle(around_eyes)
        temporary: list[Any] = []
        hair = self._hair_buffer(person, posed) if first else None
        if first:
            self._drawn_eyes = around_eyes
            frame = self._spectacles(person, temporary)
            self._cast_shadows(hair, frame)
            self._set_light()
        else:
            frame = self._spectacles(person, temporary)
        self._target.use()
        self._target.viewport = (0, 0, self.size_px, self.size_px)
        self._target.scissor = rectangle  # type: ignore[assignment]
        if first:
            self._target.clear()
            self._draw_backdrop()
        else:
            self._clear_depth()
        self._draw_skin(rectangle, expression, temporary)
        eyes = Eyes(centres, visual, np.array([now.turn @ axis for axis in optical]))
        self._draw_eyes(eyes)
        self._draw_hair_and_lashes(rectangle, temporary)
        if frame is not None:
            self._draw_spectacles(person, frame)
        self._target.scissor = None  # type: ignore[assignment]
        self._ctx.copy_framebuffer(self._resolved, self._target)
        for thing in reversed(temporary):
            thing.release()
        picture = np.frombuffer(self._resolved.read(components=4, dtype="f4"), "f4")
        return picture.reshape(self.size_px, self.size_px, 4)[::-1].copy(), eyes

    def _pixels(self, points: npt.NDArray[Any]) -> Array:
        """(n, 3) cm, camera frame -> (n, 2) pixels, y from below as OpenGL counts."""
        assert self._set is not None
        q = points @ self._set.place.crop.T
        pixels: Array = np.c_[q[:, 0] / q[:, 2], self.size_px - q[:, 1] / q[:, 2]]
        return pixels

    def _rectangle(self, around_eyes: Array) -> Rectangle:
        """Around the eyes as they were drawn first and as they are now."""
        assert self._drawn_eyes is not None
        both = np.vstack([around_eyes, self._drawn_eyes])
        low = np.clip(np.floor(both.min(axis=0) - _MARGIN_PX), 0, self.size_px - 1).astype(int)
        high = np.clip(np.ceil(both.max(axis=0) + _MARGIN_PX), low + 1, self.size_px).astype(int)
        return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])

    def _touching(self, points: npt.NDArray[Any], triangles: npt.NDArray[Any], of: Rectangle) -> npt.NDArray[Any]:
        """The triangles whose bounding box meets the rectangle."""
        corners = self._pixels(points)[triangles]
        low, high = corners.min(axis=1), corners.max(axis=1)
        x, y, width, height = of
        meets = (high >= (x, y)).all(axis=1) & (low <= (x + width, y + height)).all(axis=1)
        touching: npt.NDArray[Any] = triangles[meets]
        return touching

    def _hair_buffer(self, person: Person, posed: Posed) -> moderngl.Buffer | None:
        """Hair is bound to the head and follows its shape."""
        now, number = self._set, person.hair
        if number < 0:
            return None
        assert now is not None
        rest = self._assets[f"hair{number}_p"]
        if number not in self._hair_meshes:
            vertices = np.zeros((len(rest), gl.FLOATS), np.float32)
            vertices[:, 6:8] = self._assets[f"hair{number}_uv"]
            self._hair_meshes[number] = (self._ctx.buffer(reserve=vertices.nbytes, dynamic=True), vertices)
        buffer, vertices = self._hair_meshes[number]
        bound = self.head.renumber[self._assets[f"hair{number}_bi"]]
        moved = (posed.displacement[bound] * self._assets[f"hair{number}_bw"][..., None]).sum(axis=1)
        points = rest + moved + person.hair_offset
        normals = points - np.array([0, 4, 0.5])
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        vertices[:, :3] = (points * person.scale) @ now.turn.T + now.shift
        vertices[:, 3:6] = normals @ now.turn.T
        buffer.write(vertices.tobytes())
        return buffer

    def _spectacles(
        self, person: Person, temporary: list[Any]
    ) -> tuple[moderngl.VertexArray, moderngl.VertexArray, moderngl.VertexArray] | None:
        """Frame, frame as a shadow caster, lenses."""
        now = self._set
        if person.spectacles is None:
            return None
        assert now is not None
        left, right = (eyeball.centre for eyeball in self.head.eyeballs(person))
        arrays = []
        for mesh in spectacles_meshes(person.spectacles, (left, right)):
            points, normals, triangles = mesh.arrays()
            vertices = np.zeros((len(points), gl.FLOATS), np.float32)
            vertices[:, :3] = (points * person.scale) @ now.turn.T + now.shift
            vertices[:, 3:6] = normals @ now.turn.T
            buffer, index = self._ctx.buffer(vertices.tobytes()), self._ctx.buffer(triangles.astype("i4").tobytes())
            temporary += [buffer, index]
            for of, layout in (
                (self._frame, (buffer, gl.VERTEX, *gl.NAMES)),
                (self._shadow, (buffer, gl.POSITIONS, "p", "uv")),
            ):
                arrays.append(self._ctx.vertex_array(of, [layout], index, skip_errors=True))
        temporary += arrays
        return arrays[0], arrays[1], arrays[2]

    def _cast_shadows(self, hair: moderngl.Buffer | None, frame: tuple[moderngl.VertexArray, ...] | None) -> None:
        now, ctx = self._set, self._ctx
        assert now is not None
        hair_caster = None
        if hair is not None:
            index = ctx.buffer(self._assets[f"hair{now.person.hair}_F"].astype("i4").tobytes())
            layout = [(hair, gl.POSITIONS, "p", "uv")]
            hair_caster = ctx.vertex_array(self._shadow, layout, index, skip_errors=True)
        self._shadow_target.use()
        self._shadow_target.viewport = (0, 0, _TILES * _TILE_PX, _TILES * _TILE_PX)
        self._shadow_target.clear(depth=1.0)
        for i, matrix in enumerate(now.shadow_matrices):
            column, row = i % _TILES, i // _TILES
            self._shadow_target.viewport = (column * _TILE_PX, row * _TILE_PX, _TILE_PX, _TILE_PX)
            gl.set_uniforms(self._shadow, {"m": matrix.T, "useA": 0})
            ctx.enable_only(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
            ctx.front_face = "cw"  # the far sides cast: no shadow of a surface on itself
            self._caster.render()
            ctx.enable_only(moderngl.DEPTH_TEST)
            if frame is not None and i < _HAIR_SHADOWS:
                frame[1].render()
            if hair_caster is not None and i < _HAIR_SHADOWS:
                self._texture("hair", now.person.hair).use(0)
                gl.set_uniforms(self._shadow, {"tex": 0, "useA": 1})
                hair_caster.render()
        ctx.front_face = "ccw"
        if hair_caster is not None:
            hair_caster.release()

    def _set_light(self) -> None:
        """Uniforms that every program shares, for all gazes of this head."""
        now = self._set
        assert now is not None
        environment = now.room.environment
        self._environment.write(np.ascontiguousarray(environment, "f4").tobytes())
        self._environment.build_mipmaps()
        self._environment.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
        values = {
            "proj": _projection(now.place.crop, self.size_px).T,
            "Ldir": now.lights.directions,
            "Lcol": now.lights.colours,
            "Lmvp": now.shadow_matrices.transpose(0, 2, 1),
            "shmap": 5,
            "env": 6,
            "envR": now.room_to_camera,  # column-major: the shader gets its transpose, camera to room
            "amb": environment.mean(axis=(0, 1)) * now.room.ambient,
        }
        for of in self._lit:
            gl.set_uniforms(of, values)

    def _draw_backdrop(self) -> None:
        now, ctx = self._set, self._ctx
        assert now is not None
        self._shadow_map.use(5)
        self._environment.use(6)
        ctx.enable_only(moderngl.NOTHING)
        k = now.place.crop / self.size_px
        room = now.room
        values = {"K": np.array([k[0, 0], k[1, 1], k[0, 2], k[1, 2]]), "lod": room.blurred, "bgI": room.backdrop_power}
        gl.set_uniforms(self._backdrop, {**values, "bgmode": int(room.backdrop is not None)})
        picture = None
        if room.backdrop is not None:
            height, width = room.backdrop.shape[:2]
            picture = ctx.texture((width, height), 3, np.ascontiguousarray(room.backdrop).tobytes(), alignment=1)
            picture.use(7)
            gl.set_uniforms(self._backdrop, {"bgtex": 7})
        self._backdrop_quad.render()
        if picture is not None:
            picture.release()

    def _clear_depth(self) -> None:
        """Of the rectangle alone, and keep its colours: at its edge they are right, and a clear would leave a seam."""
        self._shadow_map.use(5)
        self._environment.use(6)
        self._ctx.enable_only(moderngl.DEPTH_TEST)
        self._ctx.depth_func = "1"
        self._target.color_mask = (False, False, False, False)
        self._backdrop_quad.render()  # it lies at the far end
        self._target.color_mask = (True, True, True, True)
        self._ctx.depth_func = "<"

    def _draw_skin(self, rectangle: Rectangle | None, expression: Mapping[str, float], temporary: list[Any]) -> None:
        now, ctx = self._set, self._ctx
        assert now is not None
        person = now.person
        self._texture("skins", person.skin).use(0)
        self._texture("brows", person.brow).use(1)
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
        gl.set_uniforms(self._skin, values)
        skin = self._parts["skin"]
        if rectangle is not None:
            touching = self._touching(self._vertices[:, :3], self._triangles_of("skin"), rectangle)
            skin = self._mesh(self._skin, self._vertex_buffer, touching)
            temporary.append(skin)
        ctx.enable_only(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        skin.render()
        ctx.enable_only(moderngl.DEPTH_TEST)
        if rectangle is None and expression.get("jawOpen", 0.0) > _MOUTH_OPEN:
            for part, mode in (("socket", 1), ("teeth", 2), ("gums", 1)):
                gl.set_uniforms(self._skin, {"mode": mode})
                self._parts[part].render()

    def _draw_eyes(self, eyes: Eyes) -> None:
        now = self._set
        assert now is not None
        eye, scale = now.person.eye, now.person.scale
        self._texture("iris", eye.iris_texture).use(0)
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
            "scr": np.array(now.desk.screen_cm),
            "scrCol": now.room.monitor_colour,
            "conj": eye.conjunctiva,
            "limb": eye.limbus_shade,
        }
        gl.set_uniforms(self._eye, values)
        for k, part in enumerate(("eyeL", "eyeR")):
            axis = eyes.optical[k]
            right = np.cross(now.turn @ np.array([0, 1.0, 0]), axis)
            right /= np.linalg.norm(right)
            place = {"C": eyes.centres_cm[k], "g": axis, "ur": right, "uu": np.cross(axis, right)}
            gl.set_uniforms(self._eye, {**place, "irisRot": eye.iris_turn + k * 2.0})
            self._parts[part].render()

    def _draw_hair_and_lashes(self, rectangle: Rectangle | None, temporary: list[Any]) -> None:
        now, ctx = self._set, self._ctx
        assert now is not None
        person = now.person
        ctx.enable_only(moderngl.DEPTH_TEST | moderngl.BLEND)
        ctx.blend_func = _OVER
        if person.hair >= 0:
            buffer, vertices = self._hair_meshes[person.hair]
            triangles = self._assets[f"hair{person.hair}_F"]
            if rectangle is not None:
                triangles = self._touching(vertices[:, :3], triangles, rectangle)
            if len(triangles):
                self._texture("hair", person.hair).use(0)
                values = {"tex": 0, "hcol": person.hair_colour, "lash": 0, "lashA": 1.0, "wrap": _HAIR_WRAP, "nb": 0.35}
                gl.set_uniforms(self._hair, values)
                mesh = self._mesh(self._hair, buffer, triangles)
                mesh.render()
                temporary.append(mesh)
        self._lashes.use(0)
        values = {"tex": 0, "hcol": person.lash_colour, "lash": 1, "lashA": person.lash_strength}
        gl.set_uniforms(self._hair, {**values, "wrap": _HAIR_WRAP, "nb": 0.35})
        self._target.depth_mask = False
        self._parts["lash"].render()
        self._target.depth_mask = True

    def _draw_spectacles(self, person: Person, meshes: tuple[moderngl.VertexArray, ...]) -> None:
        assert person.spectacles is not None
        gl.set_uniforms(self._frame, {"fcol": person.spectacles.colour, "lens": 0.0})
        meshes[0].render()
        self._ctx.blend_func = _OVER_PREMULTIPLIED
        gl.set_uniforms(self._frame, {"lens": 1.0, "lcol": person.spectacles.lens})
        meshes[2].render()


def _projection(crop: Array, size_px: int) -> Array:
    """(4, 4) from the camera frame of OpenCV to clip space."""
    p = np.zeros((4, 4))
    p[0, 0], p[0, 2] = 2 * crop[0, 0] / size_px, 2 * crop[0, 2] / size_px - 1
    p[1, 1], p[1, 2] = -2 * crop[1, 1] / size_px, 1 - 2 * crop[1, 2] / size_px
    p[2, 2] = (_FAR_CM + _NEAR_CM) / (_FAR_CM - _NEAR_CM)
    p[2, 3] = -2 * _FAR_CM * _NEAR_CM / (_FAR_CM - _NEAR_CM)
    p[3, 2] = 1
    return p


def _shadow_matrix(direction: Array, centre: Array, scale: float) -> Array:
    """(4, 4) parallel projection of the head along a light."""
    z = -direction
    x = np.cross([0, 1, 0] if abs(z[1]) < 0.95 else [1, 0, 0], z)
    x /= np.linalg.norm(x)
    reach = _SHADOW_RADIUS_CM * scale
    m = np.eye(4)
    m[:3, :3] = np.stack([x, np.cross(z, x), z]) / np.array([reach, reach, _SHADOW_DEPTH_CM])[:, None]
    m[:3, 3] = -m[:3, :3] @ centre
    return m
