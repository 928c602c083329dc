"""The scene: camera, screen, room, and the head's position and rotation. OpenCV's camera frame, cm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.random import Generator
from scipy.spatial.transform import Rotation

from models.arrays import Array
from models.synthetic.assets import Assets
from models.synthetic.lighting import Image, random_room
from models.synthetic.people import Person

FLIP = np.diag([1.0, -1.0, -1.0])  # head frame (y up, z out of the face) to camera frame
MAX_HEAD_DEG, MAX_ROLL_DEG = 32.0, 15.0
MAX_EYE_YAW_DEG, EYE_PITCH_DEG = 27.0, (-28.0, 20.0)
_TRIES = 300


@dataclass(frozen=True, slots=True)
class Desk:
    """Camera and screen. screen_cm: left, top, right, bottom on z = 0. The camera is above its top edge's middle."""

    intrinsics: Array  # (3, 3) of the whole frame
    width_px: int
    height_px: int
    screen_cm: tuple[float, float, float, float]
    distance_cm: float


@dataclass(frozen=True, slots=True)
class Room:
    """The light, and the background behind the person."""

    environment: Image
    yaw: float
    ambient: float
    monitor_colour: Array
    blurred: float  # mip level of the environment as background
    backdrop: npt.NDArray[np.uint8] | None  # (128, 128, 3) instead of the environment
    backdrop_power: float


@dataclass(frozen=True, slots=True)
class HeadPlace:
    """place_cm: (3,) midway between the eyes; rotation: (3, 3) in the head's axes, identity when facing the camera.

    crop: (3, 3) intrinsics of the square picture around the face.
    """

    place_cm: Array
    rotation: Array
    yaw_pitch_roll_deg: tuple[float, float, float]
    crop: Array

    @property
    def head_to_camera(self) -> Array:
        turned: Array = FLIP @ self.rotation
        return turned


def room_to_camera(yaw: float) -> Array:
    """(3, 3) a room's axes, turned by its yaw, to the camera's."""
    turned: Array = FLIP @ Rotation.from_euler("y", yaw).as_matrix().T
    return turned


def random_desk(rng: Generator) -> Desk:
    """A camera of 640 x 480 or 1280 x 720 px and 48 to 80 degrees; a screen of 28 to 62 cm; 35 to 90 cm away."""
    width, height = (1280, 720) if rng.random() < 0.6 else (640, 480)
    focal = width / 2 / np.tan(np.radians(rng.uniform(48, 80)) / 2)
    screen_width = rng.uniform(28, 62)
    screen_height = screen_width * rng.uniform(0.55, 0.66)
    top, middle = rng.uniform(0.4, 2.5), rng.normal(0, 0.6)
    return Desk(
        intrinsics=np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1.0]]),
        width_px=width,
        height_px=height,
        screen_cm=(middle - screen_width / 2, top, middle + screen_width / 2, top + screen_height),
        distance_cm=rng.uniform(35, 90),
    )


def random_light(rng: Generator, assets: Assets) -> Room:
    """A photographed or a random room, each in half of the cases. The brightness of lamps and monitor varies."""
    photographed = rng.random() < 0.5
    environment = (
        np.asarray(assets["env"][rng.integers(len(assets["env"]))], np.float32) if photographed else random_room(rng)
    )
    monitor = np.array([0.9, 0.97, 1.06]) * rng.uniform(0.2, 2.5) * (1 if rng.random() < 0.9 else 2.0)
    return Room(
        environment=np.minimum(environment, rng.uniform(15, 150)),
        yaw=rng.uniform(0, 2 * np.pi),
        ambient=rng.uniform(0.04, 0.16),
        monitor_colour=monitor,
        blurred=rng.uniform(0, 3.0),
        backdrop=random_backdrop(rng) if rng.random() < 0.45 else None,
        backdrop_power=rng.uniform(0.3, 1.6),
    )


def random_backdrop(rng: Generator) -> npt.NDArray[np.uint8]:
    """Blurred rectangles: a wall with furniture, out of focus."""
    import cv2

    saturation = rng.uniform(0, 0.6)

    def colour() -> Array:
        c = rng.uniform(0.03, 1, 3)
        mixed: Array = c * saturation + c.mean() * (1 - saturation)
        return mixed

    picture = np.ones((128, 128, 3), np.float32) * colour().astype(np.float32)
    for _ in range(rng.integers(2, 14)):
        x, y = (int(v) for v in rng.integers(-20, 128, 2))
        width, height = (int(v) for v in rng.integers(6, 90, 2))
        fill = tuple(float(v) for v in colour() * rng.uniform(0.3, 1))
        cv2.rectangle(picture, (x, y), (x + width, y + height), fill, -1)
    blurred = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.6, 6))
    backdrop: npt.NDArray[np.uint8] = (np.clip(blurred, 0, 1) * 255).astype(np.uint8)
    return backdrop


def random_target(rng: Generator, desk: Desk) -> Array:
    """(3,) cm: a random point on the screen or just beside it."""
    left, top, right, bottom = desk.screen_cm
    width, height = right - left, bottom - top
    x = rng.uniform(left - 0.03 * width, right + 0.03 * width)
    y = rng.uniform(top - 0.03 * height, bottom + 0.06 * height)
    return np.array([x, y, rng.normal(0, 0.3)])


def eye_in_head_deg(rotation: Array, place_cm: Array, target_cm: Array) -> tuple[float, float]:
    """Yaw (positive to the person's left) and pitch (positive upwards) of the gaze relative to the head."""
    gaze = target_cm - place_cm
    x, y, z = (FLIP @ rotation).T @ (gaze / np.linalg.norm(gaze))
    return float(np.degrees(np.arctan2(x, z))), float(np.degrees(np.arcsin(y)))


def comfortable(yaw_deg: float, pitch_deg: float) -> bool:
    """Whether eyes turn this far without the head."""
    return abs(yaw_deg) < MAX_EYE_YAW_DEG and EYE_PITCH_DEG[0] < pitch_deg < EYE_PITCH_DEG[1]


def random_place(rng: Generator, desk: Desk, size_px: int) -> tuple[HeadPlace, Array]:
    """A head in front of the screen, and a first target that its eyes can reach. The head partly follows the gaze."""
    distance = float(np.clip(desk.distance_cm * np.exp(rng.normal(0, 0.1)), 33, 95))
    for _ in range(_TRIES):
        target = random_target(rng, desk)
        place = np.array([rng.normal(0, 0.13) * distance, rng.uniform(-0.12, 0.22) * distance, distance])
        dx, dy, dz = target - place
        follows = rng.uniform(0, 0.75)
        yaw = np.degrees(np.arctan2(dx, -dz)) * follows + rng.normal(0, 9)
        pitch = np.degrees(np.arctan2(-dy, -dz)) * follows + rng.normal(0, 7)
        roll = rng.normal(0, 5)
        rotation = head_rotation(yaw, pitch, roll)
        u, v = (desk.intrinsics @ place)[:2] / distance
        in_picture = 0.1 < u / desk.width_px < 0.9 and 0.12 < v / desk.height_px < 0.85
        turned = max(abs(yaw), abs(pitch)) < MAX_HEAD_DEG and abs(roll) < MAX_ROLL_DEG
        if in_picture and turned and comfortable(*eye_in_head_deg(rotation, place, target)):
            break
    crop = face_crop(rng, desk, place, size_px)
    return HeadPlace(place, rotation, (float(yaw), float(pitch), float(roll)), crop), target


def head_rotation(yaw_deg: float, pitch_deg: float, roll_deg: float) -> Array:
    """(3, 3) rotation in the head's axes."""
    angles = np.radians([yaw_deg, -pitch_deg, roll_deg])
    rotation: Array = Rotation.from_euler("YXZ", angles).as_matrix()
    return rotation


def face_crop(rng: Generator, desk: Desk, place_cm: Array, size_px: int) -> Array:
    """(3, 3) intrinsics of a square of `size_px` around the face, 17 to 24 cm wide at its distance."""
    focal, distance = desk.intrinsics[0, 0], place_cm[2]
    face_px = focal / distance * rng.uniform(17, 24)
    u, v = (desk.intrinsics @ place_cm)[:2] / distance + rng.normal(0, 0.04, 2) * face_px
    v += 0.09 * face_px
    k = size_px / face_px
    cx = (desk.width_px / 2 - u) * k + size_px / 2
    cy = (desk.height_px / 2 - v) * k + size_px / 2
    return np.array([[focal * k, 0, cx], [0, focal * k, cy], [0, 0, 1]])


def reachable_targets(rng: Generator, desk: Desk, head: HeadPlace, first: Array, count: int) -> list[Array]:
    """`first` and more targets that the eyes can reach, highest gaze first: there the eyelids are widest open."""
    targets = [first]
    for _ in range(12 * count):
        if len(targets) == count:
            break
        target = random_target(rng, desk)
        if comfortable(*eye_in_head_deg(head.rotation, head.place_cm, target)):
            targets.append(target)
    return sorted(targets, key=lambda t: -eye_in_head_deg(head.rotation, head.place_cm, t)[1])


def exposure_for(rng: Generator, person: Person) -> float:
    """The exposure of the face. A camera exposes for the whole picture, so a dark face stays dark, but less so."""
    return float(rng.uniform(0.14, 0.36) * np.clip((person.albedo / 0.33) ** 0.8, 0.2, 1.15))
