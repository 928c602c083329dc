"""The person of the page's demo: one still head in a drawn room, one picture for each place of a grid over the screen.

    python -m models.synthetic grid --out web/demo/person --person 14 --seed 11

The places are so near to each other that an iris moves by about a pixel from one to the next. So the page can blend the
pictures around any place. The folder is a session that `python -m server evaluate` reads: the nine calibration targets
twice each, then all other places as a test.
"""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from models.datasets.session_layout import COLUMNS, FRAMES_FILE, FRAMES_FOLDER, SESSION_FILE, VERSION
from models.synthetic.assets import Assets
from models.synthetic.expressions import lids
from models.synthetic.lighting import random_room
from models.synthetic.people import random_person
from models.synthetic.samples import DrawsFaces
from models.synthetic.scene import Desk, HeadPlace, eye_in_head_deg, head_rotation, random_light
from models.synthetic.sessions import SCREEN_PX, target_cm, whole_frame
from models.synthetic.webcam import Webcam, develop, write_jpeg

# They contain all places of `calibration.targets.patterns`, or lie beside them.
COLUMNS_X = (0, 0.08, 0.15, 0.22, 0.29, 0.36, 0.43, 0.5, 0.57, 0.64, 0.71, 0.78, 0.85, 0.92, 1)
ROWS_Y = (0, 0.08, 0.22, 0.36, 0.5, 0.65, 0.8, 0.95, 1)
NINE = tuple((x, y) for y in (0.08, 0.5, 0.95) for x in (0.08, 0.5, 0.92))
ROW_MS = 1000

WIDTH_PX, HEIGHT_PX = 640, 480
HFOV_DEG = 60.0
SCREEN_CM = (-18.5, 0.8, 18.5, 21.61)
PLACE_CM, PITCH_DEG = (0.0, 4.2, 47.0), -5.0
CAMERA = Webcam(exposure=0.3, balance=np.ones(3, np.float32), contrast=1.0, blur=0.4, noise=0.002, quality=85)
SWEATER = (0.03, 0.16, 0.18)


def render_grid(number: int, seed: int, renderer: DrawsFaces, assets: Assets, out: Path) -> int:
    """Write the folder. -> the number of pictures. The renderer's size is their width."""
    size, height = renderer.size_px, renderer.size_px * HEIGHT_PX // WIDTH_PX
    focal = WIDTH_PX / 2 / np.tan(np.radians(HFOV_DEG) / 2)
    intrinsics = np.array([[focal, 0, WIDTH_PX / 2], [0, focal, HEIGHT_PX / 2], [0, 0, 1.0]])
    desk = Desk(intrinsics, WIDTH_PX, HEIGHT_PX, SCREEN_CM, distance_cm=55.0)
    rng = np.random.default_rng([seed, number])
    person = replace(random_person(rng, assets), spectacles=None, cloth=np.array(SWEATER))
    person = replace(person, droop=0.0, wide=0.05, neckline=-10.6)
    room = replace(
        random_light(rng, assets),
        environment=np.minimum(random_room(np.random.default_rng(5)), 20),
        yaw=0.5,
        ambient=0.14,
        monitor_colour=np.array([0.9, 0.97, 1.06]) * 0.8,
        backdrop=backdrop(),
        backdrop_power=1.0,
    )
    angles = (0.0, PITCH_DEG, 0.0)
    place = HeadPlace(np.array(PLACE_CM), head_rotation(*angles), angles, whole_frame(desk, size))
    (out / FRAMES_FOLDER).mkdir(parents=True, exist_ok=True)
    places = [(x, y) for y in ROWS_Y for x in COLUMNS_X]
    for i, point in enumerate(places):
        target = target_cm(desk, point)
        gaze = eye_in_head_deg(place.rotation, place.place_cm, target)
        shapes = lids(*gaze, droop=person.droop, wide=person.wide, squint=0.0, blink=0.0, gain=person.lid_gain)
        # Only the eyes are drawn again, so all other pixels of the pictures are equal.
        light, _ = renderer.draw(shapes, target) if i else renderer.begin(person, desk, room, place, shapes, target)
        top = (size - height) // 2
        picture = develop(light[top : top + height], CAMERA, np.random.default_rng(i))
        write_jpeg(str(out / FRAMES_FOLDER / f"{i:04d}.jpg"), picture, CAMERA.quality)
    _write_tables(out, places)
    return len(places)


def _write_tables(out: Path, places: list[tuple[float, float]]) -> None:
    shown = [(place, "calibrate") for place in NINE for _ in range(2)]
    shown += [(place, "test") for place in places if place not in NINE]
    with (out / FRAMES_FILE).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row, (place, phase) in enumerate(shown):
            number = places.index(place)
            x, y = (f"{place[axis] * SCREEN_PX[axis]:.1f}" for axis in range(2))
            writer.writerow([f"{number:04d}.jpg", row * ROW_MS, x, y, number, phase])
    left, top, right, bottom = SCREEN_CM
    about = {
        "version": VERSION,
        "person": "demo",
        "screen": {
            "width_px": SCREEN_PX[0],
            "height_px": SCREEN_PX[1],
            "width_mm": round((right - left) * 10, 1),
            "height_mm": round((bottom - top) * 10, 1),
        },
        "camera": {"hfov_deg": HFOV_DEG},
    }
    (out / SESSION_FILE).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def backdrop() -> npt.NDArray[np.uint8]:
    """(128, 128, 3) a wall with a bookshelf and a door, out of focus."""
    picture = np.full((512, 512, 3), (0.50, 0.44, 0.38), np.float32)
    cv2.rectangle(picture, (0, 190), (106, 520), (0.16, 0.10, 0.06), -1)
    rng = np.random.default_rng(4)
    for top in range(205, 205 + 4 * 78, 78):
        cv2.rectangle(picture, (0, top), (98, top + 62), (0.06, 0.04, 0.03), -1)
        left = 2
        while left < 90:
            width, height = int(rng.integers(5, 12)), int(rng.integers(38, 56))
            colour = rng.uniform(0.08, 0.5) * rng.uniform(0.4, 1, 3)
            cv2.rectangle(picture, (left, top + 62 - height), (left + width - 1, top + 61), colour.tolist(), -1)
            left += width
    cv2.rectangle(picture, (330, 70), (440, 520), (0.62, 0.60, 0.57), -1)
    for panel in ((100, 270), (290, 520)):
        cv2.rectangle(picture, (345, panel[0]), (425, panel[1]), (0.55, 0.54, 0.52), -1)
    small = cv2.resize(cv2.GaussianBlur(picture, (0, 0), 4), (128, 128), interpolation=cv2.INTER_AREA)
    drawn: npt.NDArray[np.uint8] = (np.clip(small, 0, 1) * 255).astype(np.uint8)
    return drawn
