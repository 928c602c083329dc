"""Independent faces for training: people, some head poses of each, five gazes of each pose, with complete labels.

OUT/labels_NNNN.json is a list with one entry for each picture of a chunk. It is written last. A chunk without it, or
with fewer people than requested, is rendered again. A person depends only on the seed and the person's number, not on
chunks or workers.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import asin, atan2, degrees
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from models.arrays import Array
from models.synthetic.assets import Assets
from models.synthetic.expressions import lids, random_expression
from models.synthetic.glasses import Glasses, generator, reflect_a_window, wear
from models.synthetic.looks import Looks, dress, worse
from models.synthetic.looks import generator as looks_generator
from models.synthetic.people import Person, random_person
from models.synthetic.scene import (
    Desk,
    HeadPlace,
    exposure_for,
    eye_in_head_deg,
    random_desk,
    random_light,
    random_place,
    reachable_targets,
)
from models.synthetic.webcam import develop, random_webcam, write_jpeg

GAZES = 5
HEADS = (1, 3)  # head poses of a person: most have one, some have three
SHARE_OF_ONE_HEAD = 0.6
BLINK_SHARE = 0.06
PEOPLE_PER_CHUNK = 40


class DrawsFaces(Protocol):
    """The interface of `renderer.Renderer`. Tests use a cheaper implementation."""

    size_px: int

    def begin(self, *args: Any) -> tuple[npt.NDArray[np.float32], Any]: ...

    def draw(self, *args: Any) -> tuple[npt.NDArray[np.float32], Any]: ...


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """A picture, (S, S, 3) uint8 RGB, with its JPEG quality and its label."""

    name: str
    picture: npt.NDArray[np.uint8]
    quality: int
    label: dict[str, Any]


def samples_of(
    number: int,
    seed: int,
    renderer: DrawsFaces,
    assets: Assets,
    heads: int | None = None,
    gazes: int = GAZES,
    glasses: Glasses = "simple",
    looks: Looks = "usual",
) -> Iterator[LabelledPicture]:
    """All pictures of one person. heads: the number of head poses; None: a random one."""
    of_glasses, of_looks = generator(seed, number), looks_generator(seed, number)
    rng = np.random.default_rng([seed, number])
    person, desk, room = random_person(rng, assets), random_desk(rng), random_light(rng, assets)
    person = dress(wear(person, glasses, of_glasses), looks, of_looks)
    if heads is None:
        heads = HEADS[int(rng.random() > SHARE_OF_ONE_HEAD)]
    for head in range(heads):
        if rng.random() < 0.5:
            room = replace(room, yaw=rng.uniform(0, 2 * np.pi))
        place, first = random_place(rng, desk, renderer.size_px)
        expression, squint = random_expression(rng), max(0.0, float(rng.normal(0, 0.2)))
        camera = worse(random_webcam(rng, exposure_for(rng, person)), looks, of_looks)
        lit = reflect_a_window(room, person, place.place_cm, place.head_to_camera, of_glasses)
        for gaze, target in enumerate(reachable_targets(rng, desk, place, first, gazes)):
            # The first picture sets the light on the eyelids of all pictures, so it must not be a blink.
            blink = rng.uniform(0.25, 0.75) if gaze and rng.random() < BLINK_SHARE else 0.0
            yaw, pitch = eye_in_head_deg(place.rotation, place.place_cm, target)
            shapes = expression | lids(
                yaw,
                pitch,
                droop=person.droop,
                wide=person.wide,
                squint=squint,
                blink=blink,
                gain=person.lid_gain,
            )
            light, eyes = (
                renderer.draw(shapes, target) if gaze else renderer.begin(person, desk, lit, place, shapes, target)
            )
            blur, quality = camera.blur * rng.uniform(0.6, 1.3), int(rng.integers(70, 97))
            shot = replace(camera, blur=blur, quality=quality if camera.quality >= 70 else camera.quality)
            name = f"{number:06d}_{head}{gaze}.jpg"
            label = label_of(person, desk, place, target, eyes, blink)
            label.update(file=name, seed=[seed, number, head, gaze], person=number, head_setup=head)
            yield LabelledPicture(name, develop(light, shot, rng), shot.quality, label)


def label_of(person: Person, desk: Desk, place: HeadPlace, target: Array, eyes: Any, blink: float) -> dict[str, Any]:
    """A picture's label: OpenCV's camera frame, metres; eyes: left, right. Both visual axes meet in the target."""
    in_head = eyes.visual @ place.head_to_camera  # (2, 3)
    iris = eyes.centres_cm + eyes.optical * person.eye.iris_depth * person.scale
    iris_px = iris @ place.crop.T
    between = eyes.centres_cm.mean(axis=0)
    gaze = target - between
    return {
        "K_full": desk.intrinsics.tolist(),
        "K_crop": place.crop.tolist(),
        "R_head": place.head_to_camera.tolist(),
        "head_ypr_deg": list(place.yaw_pitch_roll_deg),
        "eye_centre_m": (eyes.centres_cm / 100).tolist(),
        "visual_axis": eyes.visual.tolist(),
        "optical_axis": eyes.optical.tolist(),
        # Not by NumPy: the last bit of its results for these two functions depends on how arrays lie in memory.
        "eye_in_head_deg": [[degrees(atan2(x, z)), degrees(asin(y))] for x, y, z in in_head.tolist()],
        "face_centre_m": (between / 100).tolist(),
        "face_gaze": (gaze / np.linalg.norm(gaze)).tolist(),
        "iris_px": (iris_px[:, :2] / iris_px[:, 2:]).tolist(),
        "target_m": (target / 100).tolist(),
        "screen_m": [value / 100 for value in desk.screen_cm],
        "dist_m": float(np.linalg.norm(between)) / 100,
        "glasses": person.spectacles is not None,
        "blink": float(blink),
        "skin_albedo": person.albedo,
    }


def write_chunk(chunk: int, people: range, out: Path, sample: Callable[[int], Iterator[LabelledPicture]]) -> int:
    """Write the pictures and labels of these people, unless all of them exist. -> the number of pictures written."""
    labels_path = out / f"labels_{chunk:04d}.json"
    if labels_path.exists():
        there = {label["person"] for label in json.loads(labels_path.read_text(encoding="utf-8"))}
        if there.issuperset(people):
            return 0
    out.mkdir(parents=True, exist_ok=True)
    labels = []
    for number in people:
        for made in sample(number):
            write_jpeg(str(out / made.name), made.picture, made.quality)
            labels.append(made.label)
    partial = labels_path.with_suffix(".partial")
    partial.write_text(json.dumps(labels), encoding="utf-8")
    partial.rename(labels_path)
    return len(labels)


def chunks_of(people: int, first: int = 0) -> list[tuple[int, range]]:
    """Chunk numbers and the people in each, from `first` (the start of a chunk) to people - 1."""
    starts = range(first, people, PEOPLE_PER_CHUNK)
    return [(start // PEOPLE_PER_CHUNK, range(start, min(start + PEOPLE_PER_CHUNK, people))) for start in starts]


@dataclass
class Rate:
    """Pictures per second since the start."""

    started: float
    pictures: int = 0

    def add(self, pictures: int) -> str:
        self.pictures += pictures
        seconds = max(time.monotonic() - self.started, 1e-6)
        return f"{self.pictures} pictures, {self.pictures / seconds:.1f} a second"
