from __future__ import annotations

import io
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import simplejpeg
from PIL import Image, ImageDraw

from models.face.jpeg import UNITS_PX, DamagedJpeg, decode_jpeg
from models.face.jpeg_damage import has_step
from tests.support.paths import DEMO_PERSON, PEOPLE

PICTURES = [
    path.read_bytes() for folder in (*PEOPLE.iterdir(), DEMO_PERSON) for path in sorted(folder.glob("frames/*.jpg"))
]
PHOTO = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
SUBSAMPLINGS = {"444": 0, "422": 1, "420": 2}  # as Pillow numbers them


def encoded(image: Image.Image, subsampling: str = "420", quality: int = 85) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality, subsampling=SUBSAMPLINGS[subsampling])
    return file.getvalue()


def has_step_in(jpeg: bytes, subsampling: str = "420") -> bool:
    return has_step(simplejpeg.decode_jpeg(jpeg, colorspace="RGB"), UNITS_PX[subsampling])


def test_good_pictures_have_no_step() -> None:
    assert len(PICTURES) > 200
    assert not any(has_step_in(picture) for picture in PICTURES)


@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
@pytest.mark.parametrize("quality", [10, 50, 90])
def test_parts_of_a_photograph_have_no_step_also_between_bars(subsampling: str, quality: int) -> None:
    photo = Image.open(PHOTO).convert("RGB")
    rng = np.random.default_rng(quality)
    for number in range(40):
        width, height = (int(side * rng.uniform(0.3, 1.0)) for side in photo.size)
        x, y = int(rng.integers(photo.width - width + 1)), int(rng.integers(photo.height - height + 1))
        part = photo.crop((x, y, x + width, y + height)).resize((320, 240))
        if number % 2:
            bar = 8 * int(rng.integers(1, 8))
            draw = ImageDraw.Draw(part)
            draw.rectangle((0, 0, 320, bar), fill="black")
            draw.rectangle((0, 240 - bar, 320, 240), fill="black")
        assert not has_step_in(encoded(part, subsampling, quality), subsampling)


@pytest.mark.parametrize("size", [(16, 16), (64, 48), (100, 8), (8, 200), (1, 1)])
def test_a_picture_of_few_blocks_has_no_step(size: tuple[int, int]) -> None:
    assert not has_step(np.zeros((size[1], size[0], 3), np.uint8), (16, 16))


@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
@pytest.mark.parametrize("step", [-40, -12, 12, 40])
def test_blocks_that_are_off_from_one_on_are_a_step(subsampling: str, step: int) -> None:
    image = np.array(Image.open(PHOTO).convert("RGB").resize((320, 240)))
    width, height = UNITS_PX[subsampling]
    image = image.clip(60, 190)
    row, column = 96, 128
    for y in range(row, 240, height):
        start = column if y == row else 0
        image[y : y + height, start:] = (image[y : y + height, start:].astype(int) + step).clip(0, 255)
    assert has_step(image, (width, height))


def test_most_visible_damage_of_one_byte_is_found() -> None:
    rng = np.random.default_rng(1)
    found = visible = 0
    for _ in range(400):
        picture = PICTURES[int(rng.integers(len(PICTURES)))]
        damaged = bytearray(picture)
        damaged[int(rng.integers(700, len(picture) - 4))] ^= int(rng.integers(1, 256))
        good = simplejpeg.decode_jpeg(picture, colorspace="RGB").astype(int)
        try:
            taken = decode_jpeg(bytes(damaged)).astype(int)
        except DamagedJpeg:
            found += 1
            continue
        visible += int(np.abs(taken - good).mean() > 2.0)
    assert visible < 0.1 * (found + visible), "taken, though it is visible"
