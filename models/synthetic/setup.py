"""One head in one place and its light: everything that two gazes of a head share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.arrays import Array
from models.synthetic.head import HeadMesh
from models.synthetic.lighting import Lights, light_the_face
from models.synthetic.people import Person
from models.synthetic.projection import shadow_matrix
from models.synthetic.scene import Desk, HeadPlace, Room, room_to_camera

_HEAD_MIDDLE = np.array([0, 0, 1.0])  # cm, head frame


@dataclass(frozen=True, slots=True)
class Setup:
    """One head in one place and its lights, camera frame."""

    person: Person
    desk: Desk
    room: Room
    place: HeadPlace
    turn: Array  # (3, 3) head frame to camera
    shift: Array  # (3,) cm
    lights: Lights
    shadow_matrices: Array  # (n, 4, 4)
    room_to_camera: Array

    def to_camera(self, points: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """(n, 3) cm of the head frame -> camera frame."""
        moved: npt.NDArray[Any] = (points * self.person.scale) @ self.turn.T + self.shift
        return moved


def set_up(head: HeadMesh, person: Person, desk: Desk, room: Room, place: HeadPlace) -> Setup:
    """The setup with the middle between the eyes at `place.place_cm`."""
    turn = place.head_to_camera
    left, right = (eyeball.centre for eyeball in head.eyeballs(person))
    shift = place.place_cm - turn @ ((left + right) / 2 * person.scale)
    to_camera = room_to_camera(room.yaw)
    lights = light_the_face(
        room.environment, to_camera, desk.screen_cm, room.monitor_colour, place.place_cm, turn[:, 2]
    )
    centre = turn @ (_HEAD_MIDDLE * person.scale) + shift
    matrices = np.array([shadow_matrix(d, centre, person.scale) for d in lights.directions])
    return Setup(person, desk, room, place, turn, shift, lights, matrices, to_camera)
