"""Renders faces on the CPU by OpenGL (Mesa's llvmpipe): one head and its light, then any number of gazes.

A new head needs the mesh, the lights, their shadow maps and the whole picture. A further gaze of the same head redraws
only the rectangle around the eyes, with the triangles that touch it. Five gazes take twice as long as one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import moderngl
import numpy as np
import numpy.typing as npt

from models.arrays import Array
from models.synthetic import gl, passes
from models.synthetic.assets import Assets
from models.synthetic.head import Posed, optical_axes
from models.synthetic.passes import Eyes
from models.synthetic.people import Person
from models.synthetic.projection import pixels_of, rectangle_around
from models.synthetic.resources import Resources
from models.synthetic.scene import Desk, HeadPlace, Room
from models.synthetic.setup import Setup, set_up
from models.synthetic.shadows import cast_shadows
from models.synthetic.spectacles import LensPlace, lens_places, spectacles_meshes

_HAIR_MIDDLE = np.array([0, 4, 0.5])  # cm, head frame; hair's normals point away from here


@dataclass(frozen=True, slots=True)
class _Spectacles:
    frame: moderngl.VertexArray
    caster: moderngl.VertexArray
    lenses: tuple[moderngl.VertexArray, ...]  # both in one mesh, or one for each place
    places: tuple[LensPlace, ...]


class Renderer:
    """Renders square pictures of `size_px`: `begin` a head, then `draw` its further gazes.

    done: called with the name of each stage at its end (`bench.py`).
    """

    def __init__(
        self, assets: Assets, size_px: int = 224, samples: int = 4, done: Callable[[str], None] | None = None
    ) -> None:
        self.size_px = size_px
        self._done = done or _ignore
        self._on = Resources(assets, size_px, samples)
        self._setup: Setup | None = None
        self._first_eyes: Array | None = None  # pixels around the eyes of the head's first gaze

    def begin(
        self, person: Person, desk: Desk, room: Room, place: HeadPlace, expression: Mapping[str, float], target: Array
    ) -> tuple[npt.NDArray[np.float32], Eyes]:
        """Draw a new head with its first gaze. -> (S, S, 4) linear RGB and skin mask, row 0 on top; and the eyes."""
        self._setup = set_up(self._on.head, person, desk, room, place)
        self._first_eyes = None
        self._done("lights")
        return self._draw(self._setup, expression, target)

    def draw(self, expression: Mapping[str, float], target: Array) -> tuple[npt.NDArray[np.float32], Eyes]:
        """Draw a further gaze of the current head. Only eyelids and eyes may differ in `expression`."""
        if self._setup is None:
            raise RuntimeError("begin a head before drawing its gazes")
        return self._draw(self._setup, expression, target)

    def finish(self) -> None:
        """Wait until OpenGL, which works asynchronously, has drawn everything."""
        self._on.ctx.finish()

    def _draw(
        self, setup: Setup, expression: Mapping[str, float], target: Array
    ) -> tuple[npt.NDArray[np.float32], Eyes]:
        on = self._on
        temporary: list[Any] = []  # to release after the picture is read
        eyes, posed = self._look(setup, expression, target)
        points = setup.to_camera(posed.points).astype(np.float32)
        on.vertices[:, :3] = points[on.head.drawn]
        on.vertices[:, 3:6] = (posed.normals @ setup.turn.T)[on.head.drawn]
        on.vertex_buffer.write(on.vertices.tobytes())
        around_eyes = pixels_of(points[on.head.moving], setup.place.crop, self.size_px)
        first = self._first_eyes is None
        # A lens shows the picture behind it, which must not have a lens in it already.
        whole = first or (setup.person.spectacles is not None and setup.person.spectacles.lenses is not None)
        rectangle = None
        if self._first_eyes is not None and not whole:
            rectangle = rectangle_around(np.vstack([around_eyes, self._first_eyes]), self.size_px)
        hair = self._place_hair(setup, posed) if first else None
        worn = self._place_spectacles(setup, temporary)
        self._done("mesh")
        if first:
            self._first_eyes = around_eyes
            cast_shadows(on, setup, hair, worn.caster if worn else None)
            self._done("shadows")
            passes.set_light(on, setup)
        on.target.use()
        on.target.viewport = (0, 0, self.size_px, self.size_px)
        on.target.scissor = rectangle  # type: ignore[assignment]
        if whole:
            on.target.clear()
            passes.draw_backdrop(on, setup)
        else:
            passes.clear_depth(on)
        self._done("backdrop")
        passes.draw_skin(on, setup, rectangle, expression, temporary)
        self._done("skin")
        passes.draw_eyes(on, setup, eyes)
        self._done("eyes")
        passes.draw_hair_and_lashes(on, setup, rectangle, temporary)
        self._done("hair, lashes")
        if worn is not None:
            self._draw_spectacles(setup, worn)
            self._done("glasses")
        on.target.scissor = None  # type: ignore[assignment]
        on.ctx.copy_framebuffer(on.resolved, on.target)
        for thing in reversed(temporary):
            thing.release()
        picture = np.frombuffer(on.resolved.read(components=4, dtype="f4"), "f4")
        light = picture.reshape(self.size_px, self.size_px, 4)[::-1].copy()
        self._done("reading back")
        return light, eyes

    def _look(self, setup: Setup, expression: Mapping[str, float], target: Array) -> tuple[Eyes, Posed]:
        """Direct both visual axes at the target, and move the eyelids and the skin with them."""
        head, person = self._on.head, setup.person
        eyeballs = head.eyeballs(person)
        centres = np.array([setup.turn @ (eyeball.centre * person.scale) + setup.shift for eyeball in eyeballs])
        visual = target - centres
        visual /= np.linalg.norm(visual, axis=1, keepdims=True)
        optical = optical_axes(visual @ setup.turn, person.kappa)
        posed = head.posed(person, expression, optical)
        return Eyes(centres, visual, np.array([setup.turn @ axis for axis in optical])), posed

    def _place_hair(self, setup: Setup, posed: Posed) -> moderngl.Buffer | None:
        """Place the hair, which follows the shape of the head."""
        on, number = self._on, setup.person.hair
        if number < 0:
            return None
        buffer, vertices = on.hair_vertices(number)
        bound = on.head.renumber[on.assets[f"hair{number}_bi"]]
        moved = (posed.displacement[bound] * on.assets[f"hair{number}_bw"][..., None]).sum(axis=1)
        points = on.assets[f"hair{number}_p"] + moved + setup.person.hair_offset
        normals = points - _HAIR_MIDDLE
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        vertices[:, :3] = setup.to_camera(points)
        vertices[:, 3:6] = normals @ setup.turn.T
        buffer.write(vertices.tobytes())
        return buffer

    def _place_spectacles(self, setup: Setup, temporary: list[Any]) -> _Spectacles | None:
        on, person, worn = self._on, setup.person, setup.person.spectacles
        if worn is None:
            return None
        left, right = (eyeball.centre for eyeball in on.head.eyeballs(person))
        buffers, indices = [], []
        for mesh in spectacles_meshes(worn, (left, right)):
            points, normals, triangles = mesh.arrays()
            vertices = np.zeros((len(points), gl.FLOATS), np.float32)
            vertices[:, :3] = setup.to_camera(points)
            vertices[:, 3:6] = normals @ setup.turn.T
            buffers.append(on.ctx.buffer(vertices.tobytes()))
            indices.append(triangles.astype("i4"))
        of_frame = on.ctx.buffer(indices[0].tobytes())
        frame, caster = on.lit_mesh(on.frame, buffers[0], of_frame), on.casting_mesh(buffers[0], of_frame)
        places = () if worn.lenses is None else lens_places(worn, (left, right))
        parts = np.split(indices[1], max(len(places), 1))
        of_lenses = [on.ctx.buffer(part.tobytes()) for part in parts]
        lenses = tuple(on.lit_mesh(on.lens if places else on.frame, buffers[1], index) for index in of_lenses)
        temporary += [*buffers, of_frame, *of_lenses, frame, caster, *lenses]
        return _Spectacles(frame, caster, lenses, places)

    def _draw_spectacles(self, setup: Setup, drawn: _Spectacles) -> None:
        worn = setup.person.spectacles
        assert worn is not None
        passes.draw_frame(self._on, worn, drawn.frame)
        if worn.lenses is None:
            passes.draw_simple_lenses(self._on, worn, drawn.lenses[0])
        else:
            passes.draw_lenses(self._on, setup, worn.lenses, drawn.lenses, drawn.places)


def _ignore(stage: str) -> None:
    pass
