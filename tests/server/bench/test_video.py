from __future__ import annotations

import cv2
import numpy as np
import pytest

from server.bench import video
from server.bench.load import DEMO_FRAMES
from server.bench.video import LOOP_FRAMES, MAX_SENT_PX, Person, Shot, Size, field_of_view_deg, load_person, moving
from server.protocol.frames import jpeg_size

FACE = (0.4, 0.4, 0.18, 0.3)  # about where the demo person's face is, in 0..1


@pytest.fixture(scope="module")
def person() -> Person:
    return load_person(DEMO_FRAMES)


def decoded(shot: Shot) -> cv2.typing.MatLike:
    picture = cv2.imdecode(np.frombuffer(shot.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return picture


def test_the_demo_person_has_pictures_with_known_places(person: Person) -> None:
    assert len(person.pictures) == len(person.places) == 18
    assert len(set(person.places)) == 9
    assert all(0.0 < x < 1.0 and 0.0 < y < 1.0 for x, y in person.places)


@pytest.mark.parametrize("size", [Size(640, 480), Size(1280, 720)])
def test_whole_frames_have_the_size_of_the_camera(person: Person, size: Size) -> None:
    shots = moving(person, size, "whole", [None] * 18)
    assert len(shots) == LOOP_FRAMES
    for shot in shots[::40]:
        assert (jpeg_size(shot.jpeg).width_px, jpeg_size(shot.jpeg).height_px) == (size.width_px, size.height_px)
        assert (shot.roi.x, shot.roi.y, shot.roi.width, shot.roi.height) == (0, 0, size.width_px, size.height_px)
        assert max(jpeg_size(shot.overview).width_px, jpeg_size(shot.overview).height_px) == 320


def test_the_face_moves_in_every_frame_and_little(person: Person) -> None:
    pictures = [decoded(shot) for shot in moving(person, Size(640, 480), "whole", [None] * 18)]
    differences = [float(cv2.absdiff(a, b).mean()) for a, b in zip(pictures, [*pictures[1:], pictures[0]], strict=True)]
    far = float(cv2.absdiff(pictures[0], pictures[LOOP_FRAMES // 4]).mean())
    assert all(0.0 < difference < far for difference in differences)


def test_the_region_stays_while_the_face_moves_inside(person: Person) -> None:
    assert len({shot.roi for shot in moving(person, Size(640, 480), "region", [FACE] * 18)}) == 1


def test_the_region_follows_a_face_that_moves_far(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "SHIFT", 0.12)
    size = Size(1280, 720)
    shots = moving(person, size, "region", [FACE] * 18)
    assert 1 < len({shot.roi for shot in shots}) < LOOP_FRAMES / 4
    for shot in shots:
        roi, sent = shot.roi, jpeg_size(shot.jpeg)
        assert min(roi.x, roi.y) >= 0
        assert roi.x + roi.width <= size.width_px
        assert roi.y + roi.height <= size.height_px
        assert max(sent.width_px, sent.height_px) <= MAX_SENT_PX
    # One scale for the whole camera's frame keeps the pixels square.
    assert abs(sent.width_px / sent.height_px - roi.width / roi.height) < 0.01


def test_a_picture_without_a_face_is_in_no_region(person: Person) -> None:
    boxes = [FACE, *[None] * 17]
    alone = Person(person.pictures[:1], person.places[:1], person.hfov_deg)
    size = Size(320, 240)
    assert moving(person, size, "region", boxes) == moving(alone, size, "region", [FACE])
    with pytest.raises(ValueError, match="found no face"):
        moving(person, size, "region", [None] * 18)


def test_a_wider_frame_of_the_same_camera_has_a_wider_field_of_view(person: Person) -> None:
    assert field_of_view_deg(person, Size(640, 480)) == pytest.approx(person.hfov_deg)
    assert field_of_view_deg(person, Size(1280, 960)) == pytest.approx(person.hfov_deg)
    assert field_of_view_deg(person, Size(1280, 720)) == pytest.approx(75.2, abs=0.1)
