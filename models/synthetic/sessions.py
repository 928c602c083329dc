"""Renders a session of one person at one screen: webcam frames of a calibration and a test, as a session folder.

`python -m server evaluate` reads the folder. It also holds `truth.json`, with one label for each frame in the axes of
`samples.label_of`. The head always sways a little, as a function of time: frames of one target show nearly the same
pose, as real ones do. With "moved", the head also moves after the calibration.

A person may come back (`visit` 1, 2, ...), a day later each time: the person, the screen and the camera's lens stay;
light, seat, distance, expression and exposure are new, and in a third of the visits glasses are put on or off.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from models.arrays import Array
from models.datasets.session_layout import COLUMNS, FRAMES_FILE, FRAMES_FOLDER, SESSION_FILE, VERSION
from models.synthetic.assets import Assets
from models.synthetic.expressions import lids, random_expression
from models.synthetic.glasses import Glasses, generator, reflect_a_window, wear
from models.synthetic.looks import Looks, dress, worse
from models.synthetic.looks import generator as looks_generator
from models.synthetic.people import Person, random_person, random_spectacles
from models.synthetic.samples import DrawsFaces, label_of
from models.synthetic.scene import (
    FLIP,
    Desk,
    HeadPlace,
    comfortable,
    exposure_for,
    eye_in_head_deg,
    head_rotation,
    random_desk,
    random_light,
)
from models.synthetic.webcam import Webcam, develop, random_webcam, write_jpeg

Head = Literal["still", "natural", "moved"]
HEADS: tuple[Head, ...] = ("still", "natural", "moved")
PATTERNS = (9, 13, 16, 25)

FRAMES_PER_DOT = 2
VISIT_MS, SETTLED_MS, FRAME_MS = 1600.0, 850.0, 100.0  # for each target: duration, first frame, frame interval
TEST_TARGETS = 24
DAY_MS = 24 * 3600 * 1000.0
OTHER_GLASSES_SHARE = 1 / 3  # of the visits
OTHER_DISTANCE = 0.12  # standard deviation of the distance's logarithm
BLINK_SHARE = 0.03
SCREEN_PX = (1920, 1080)
# Time scale of the head's sway. With 2 s, the poses at successive targets correlate by 0.8, and a natural head turns by
# 1 degree and moves by 5 mm per second.
SWAY_MS = 2000.0
# Standard deviations of the sway: degrees (yaw, pitch, roll), cm (x, y, z).
_SWAY: dict[Head, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "still": ((0.3, 0.3, 0.2), (0.1, 0.1, 0.1)),
    "natural": ((2.0, 2.0, 1.2), (1.0, 0.8, 1.0)),
    "moved": ((2.0, 2.0, 1.2), (1.0, 0.8, 1.0)),
}
_MOVE_CM, _MOVE_DEG = (4.0, 6.0), (6.0, 8.0)


@dataclass(frozen=True, slots=True)
class Look:
    """One frame of the script. target: as in the table, screen units, 0..1; eyes_on: the point that the eyes look at.
    The two differ only when the target has just appeared."""

    captured_ms: float
    target_id: int
    target: tuple[float, float]
    phase: Literal["calibrate", "test"]
    eyes_on: tuple[float, float]


def pattern(count: int) -> list[tuple[float, float]]:
    """Targets in screen units. They cover the bottom edge. Raises ValueError for a number that `PATTERNS` lacks."""
    if count not in PATTERNS:
        raise ValueError(f"there is no pattern of {count} targets; there are {', '.join(map(str, PATTERNS))}")
    nine = [(x, y) for y in (0.08, 0.5, 0.95) for x in (0.08, 0.5, 0.92)]
    inner = [(x, y) for y in (0.27, 0.73) for x in (0.29, 0.71)]
    if count == 9:
        return nine
    if count == 13:
        return nine + inner
    n = round(count**0.5)
    return [(x, y) for y in np.linspace(0.06, 0.95, n).tolist() for x in np.linspace(0.06, 0.94, n).tolist()]


def script(rng: Generator, targets: list[tuple[float, float]], frames: int = FRAMES_PER_DOT) -> list[Look]:
    """The targets in shuffled order, the one nearest the middle first; then random test targets.

    frames: of each target after its settle time, at most FRAME_MS apart, while it is shown. 10 frames are 13 Hz, 20 are
    27 Hz. With more than FRAMES_PER_DOT, another frame shows the moment at which the target appears: evaluation counts
    the settle time from it.
    """
    first = min(range(len(targets)), key=lambda i: np.hypot(targets[i][0] - 0.5, targets[i][1] - 0.5))
    order = [first, *(int(i) for i in rng.permutation(len(targets)) if i != first)]
    step_ms = min(FRAME_MS, (VISIT_MS - SETTLED_MS) / frames)
    looks, now_ms, before = [], 0.0, (0.5, 0.5)
    for number in order:
        place = targets[number]
        if frames > FRAMES_PER_DOT:
            looks.append(Look(now_ms, number, place, "calibrate", before))
        looks += [Look(now_ms + SETTLED_MS + step_ms * k, number, place, "calibrate", place) for k in range(frames)]
        now_ms, before = now_ms + VISIT_MS, place
    now_ms += 5000
    for number in range(TEST_TARGETS):
        place = (float(rng.uniform(0.02, 0.98)), float(rng.uniform(0.02, 0.98)))
        looks.append(Look(now_ms + 900, 100 + number, place, "test", place))
        now_ms += 1500
    return looks


def sway(rng: Generator, times_ms: Sequence[float], spread: tuple[float, float, float]) -> Array:
    """(N, 3) the head's sway at these times: smooth random motion around zero, with this standard deviation by axis.

    It is a Gaussian process. Its values correlate by (1 + d) exp(-d), d = apart / SWAY_MS. This kernel (Matern 3/2)
    gives motion with a finite speed.
    """
    times = np.asarray(times_ms, np.float64)
    apart = np.abs(times[:, None] - times) / SWAY_MS  # (N, N)
    root = np.linalg.cholesky((1.0 + apart) * np.exp(-apart) + 1e-9 * np.eye(len(times)))
    swayed: Array = root @ rng.normal(0, 1, (len(times), 3)) * np.array(spread)
    return swayed


def resting_place(rng: Generator, desk: Desk) -> tuple[Array, tuple[float, float]]:
    """The head's position midway between the eyes, (3,) cm, and its yaw and pitch, roughly to the screen's middle."""
    left, top, right, bottom = desk.screen_cm
    distance = desk.distance_cm
    place = np.array([rng.normal(0, 0.04) * distance, rng.uniform(-0.02, 0.12) * distance, distance])
    towards = np.array([(left + right) / 2, (top + bottom) / 2, 0.0]) - place
    yaw = float(np.degrees(np.arctan2(towards[0], -towards[2]))) * 0.7 + rng.normal(0, 3)
    pitch = float(np.degrees(np.arctan2(-towards[1], -towards[2]))) * 0.7 + rng.normal(0, 3)
    return place, (yaw, pitch)


def whole_frame(desk: Desk, width_px: int) -> Array:
    """(3, 3) intrinsics of a square of the frame's width whose middle rows are the frame."""
    k = width_px / desk.width_px
    focal = desk.intrinsics[0, 0] * k
    return np.array([[focal, 0, width_px / 2], [0, focal, width_px / 2], [0, 0, 1]])


def render_session(
    number: int,
    seed: int,
    renderer: DrawsFaces,
    assets: Assets,
    out: Path,
    *,
    targets: int = 9,
    head: Head = "natural",
    frames: int = FRAMES_PER_DOT,
    glasses: Glasses = "simple",
    dressed: Looks = "usual",
    visit: int = 0,
) -> int:
    """Write the folder completely or not at all. -> the number of frames. The renderer's size is the frame's width."""
    rng = np.random.default_rng([seed, number, 1])
    person, desk = random_person(rng, assets), random_desk(rng)
    if visit:
        rng = np.random.default_rng([seed, number, 1, visit])
        person, desk = _later(rng, person, desk)
    room = random_light(rng, assets)
    of_glasses, of_looks = generator(seed, number), looks_generator(seed, number)
    person = dress(wear(person, glasses, of_glasses), dressed, of_looks)
    looks = script(rng, pattern(targets), frames)
    place_cm, (yaw, pitch) = resting_place(rng, desk)
    towards_screen = FLIP @ head_rotation(yaw, pitch, 0.0)
    room = reflect_a_window(room, person, place_cm, towards_screen, of_glasses)
    turns, shifts = (sway(rng, [look.captured_ms for look in looks], spread) for spread in _SWAY[head])
    moved_cm, moved_deg = _move(rng) if head == "moved" else (np.zeros(3), np.zeros(3))
    mouth, camera = random_expression(rng), worse(random_webcam(rng, exposure_for(rng, person)), dressed, of_looks)
    crop = whole_frame(desk, renderer.size_px)
    partial = out.with_name(out.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / FRAMES_FOLDER).mkdir(parents=True)
    rows, truth = [], []
    for i, look in enumerate(looks):
        after = look.phase == "test"
        angles = np.array([yaw, pitch, 0.0]) + turns[i] + moved_deg * after
        here = place_cm + shifts[i] + moved_cm * after
        place = HeadPlace(here, head_rotation(*angles), (float(angles[0]), float(angles[1]), float(angles[2])), crop)
        target = target_cm(desk, look.eyes_on)
        gaze = eye_in_head_deg(place.rotation, here, target)
        if not comfortable(*gaze):  # the head turns too where the eyes alone would not
            place = _turned(place, gaze)
            gaze = eye_in_head_deg(place.rotation, here, target)
        blink = 0.9 if rng.random() < BLINK_SHARE else 0.0
        shapes = mouth | lids(
            *gaze, droop=person.droop, wide=person.wide, squint=0.0, blink=blink, gain=person.lid_gain
        )
        light, eyes = renderer.begin(person, desk, room, place, shapes, target)
        name = f"{FRAMES_FOLDER}/{i:04d}.jpg"
        _write(partial / name, light, camera, desk, rng)
        x, y = (look.target[0] * SCREEN_PX[0], look.target[1] * SCREEN_PX[1])
        rows.append(
            [name, f"{look.captured_ms + visit * DAY_MS:.1f}", f"{x:.1f}", f"{y:.1f}", look.target_id, look.phase]
        )
        truth.append(label_of(person, desk, place, target, eyes, blink))
    _write_tables(partial, number, desk, rows, truth, head)
    partial.rename(out)
    return len(rows)


def _later(rng: Generator, person: Person, desk: Desk) -> tuple[Person, Desk]:
    """The person and the desk on another day."""
    distance_cm = float(np.clip(desk.distance_cm * np.exp(rng.normal(0, OTHER_DISTANCE)), 35, 90))
    if rng.random() < OTHER_GLASSES_SHARE:
        person = replace(person, spectacles=random_spectacles(rng) if person.spectacles is None else None)
    return person, replace(desk, distance_cm=distance_cm)


def target_cm(desk: Desk, point: tuple[float, float]) -> Array:
    """(3,) camera frame. The camera's x axis points to the screen's left."""
    left, top, right, bottom = desk.screen_cm
    return np.array([right - point[0] * (right - left), top + point[1] * (bottom - top), 0.0])


def _move(rng: Generator) -> tuple[Array, Array]:
    """The movement of the head after the calibration: cm, degrees."""
    shift = rng.normal(0, 1, 3) * [1, 0.6, 1]
    turn = rng.normal(0, 1, 3) * [1, 1, 0.5]
    shift *= rng.uniform(*_MOVE_CM) / np.linalg.norm(shift)
    return shift, turn * rng.uniform(*_MOVE_DEG) / np.linalg.norm(turn)


def _turned(place: HeadPlace, gaze_deg: tuple[float, float]) -> HeadPlace:
    """The head, turned by half of the angle that the eyes would need."""
    yaw, pitch, roll = place.yaw_pitch_roll_deg
    angles = (yaw + gaze_deg[0] / 2, pitch + gaze_deg[1] / 2, roll)
    return replace(place, rotation=head_rotation(*angles), yaw_pitch_roll_deg=angles)


def _write(path: Path, light: npt.NDArray[np.float32], camera: Webcam, desk: Desk, rng: Generator) -> None:
    side = light.shape[0]
    height = round(side * desk.height_px / desk.width_px)
    top = (side - height) // 2
    write_jpeg(str(path), develop(light[top : top + height], camera, rng), camera.quality)


def _write_tables(
    folder: Path, number: int, desk: Desk, rows: list[list[Any]], truth: list[dict[str, Any]], head: Head
) -> None:
    with (folder / FRAMES_FILE).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    left, top, right, bottom = desk.screen_cm
    hfov_deg = float(np.degrees(2 * np.arctan(desk.width_px / 2 / desk.intrinsics[0, 0])))
    about = {
        "version": VERSION,
        "person": f"synthetic{number:04d}",
        "screen": {
            "width_px": SCREEN_PX[0],
            "height_px": SCREEN_PX[1],
            "width_mm": round((right - left) * 10, 1),
            "height_mm": round((bottom - top) * 10, 1),
        },
        "camera": {"hfov_deg": round(hfov_deg, 2)},
        "note": head,
    }
    (folder / SESSION_FILE).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    (folder / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
