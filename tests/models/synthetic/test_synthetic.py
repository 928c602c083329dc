"""Rendered faces: tests without pictures, and a few pictures if the assets are available."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.synthetic import __main__ as cli
from models.synthetic.assets import VARIABLE, AssetsError, load_assets
from models.synthetic.expressions import lids
from models.synthetic.lighting import light_the_face, median_cut, monitor_light, random_room
from models.synthetic.people import random_person
from models.synthetic.samples import LabelledPicture, chunks_of, label_of, samples_of, write_chunk
from models.synthetic.scene import (
    comfortable,
    eye_in_head_deg,
    head_rotation,
    random_desk,
    random_place,
    reachable_targets,
)
from models.synthetic.spectacles import spectacles_meshes
from models.synthetic.webcam import develop, random_webcam
from tests.support.synthetic_faces import FEW_ASSETS, BlankFaceRenderer, Eyes, needs_assets


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_the_lights_carry_the_room_s_whole_power() -> None:
    room = random_room(rng())
    few, many = (median_cut(room, np.array([0.0, 0.0, 1.0]), n) for n in (4, 16))
    np.testing.assert_allclose(few.colours.sum(axis=0), many.colours.sum(axis=0), rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(many.directions, axis=1), 1.0)


def test_a_room_with_one_lamp_has_its_strongest_light_there() -> None:
    room = np.full((256, 512, 3), 0.01, np.float32)
    room[118:138, 246:266] = 500.0  # row 128, the middle column: straight ahead, +z
    lights = median_cut(room, np.array([0.0, 0.0, 1.0]), 8)
    strongest = lights.directions[np.argmax(lights.colours.sum(axis=1))]
    assert strongest[2] > 0.98


def test_the_monitor_shines_from_the_screen() -> None:
    direction, colour = monitor_light((-20.0, 1.0, 20.0, 25.0), np.ones(3), np.array([0.0, 13.0, 60.0]))
    np.testing.assert_allclose(direction, [0.0, 0.0, -1.0])
    np.testing.assert_allclose(colour, 40 * 24 / 60**2 / np.pi)


def test_the_monitor_is_always_among_the_lights_with_highlights() -> None:
    room, dim = random_room(rng()), np.full(3, 1e-6)
    lights = light_the_face(room, np.eye(3), (-20, 1, 20, 25), dim, np.array([0.0, 10.0, 60.0]), np.array([0, 0, -1.0]))
    assert np.argmin(lights.colours.sum(axis=1)) == 5


def test_eyelids_sink_with_the_gaze_and_a_blink_shuts_them() -> None:
    at = {"droop": 0.0, "wide": 0.2, "squint": 0.0, "gain": 1.0}
    down, up = lids(0, -20, blink=0.0, **at), lids(0, 16, blink=0.0, **at)
    assert down["eyeLookDown_L"] == pytest.approx(0.5)
    assert up["eyeLookUp_R"] == pytest.approx(0.5)
    assert lids(0, -20, blink=0.0, **{**at, "gain": 0.5})["eyeLookDown_L"] == pytest.approx(0.25)
    shut = lids(0, 0, blink=0.7, **at)
    assert shut["eyeBlink_L"] == pytest.approx(0.7)
    assert shut["eyeWide_L"] == 0.0


def test_a_gaze_to_the_left_is_outwards_for_the_left_eye_and_inwards_for_the_right() -> None:
    shapes = lids(16, 0, droop=0.0, wide=0.0, squint=0.0, blink=0.0, gain=1.0)
    assert shapes["eyeLookOut_L"] == pytest.approx(0.5)
    assert shapes["eyeLookIn_R"] == pytest.approx(0.5)


def test_a_head_that_faces_its_target_has_its_eyes_straight() -> None:
    place = np.array([0.0, 0.0, 60.0])
    assert eye_in_head_deg(np.eye(3), place, np.zeros(3)) == pytest.approx((0.0, 0.0))
    # The target is 15 degrees to the camera's right, which is the person's left.
    target = np.array([60 * np.tan(np.radians(15)), 0.0, 0.0])
    assert eye_in_head_deg(np.eye(3), place, target) == pytest.approx((15.0, 0.0))
    assert eye_in_head_deg(head_rotation(15, 0, 0), place, target) == pytest.approx((0.0, 0.0), abs=1e-9)


def test_every_target_can_be_reached_and_the_highest_gaze_comes_first() -> None:
    random = rng(3)
    desk = random_desk(random)
    place, first = random_place(random, desk, 224)
    targets = reachable_targets(random, desk, place, first, 5)
    assert len(targets) == 5
    angles = [eye_in_head_deg(place.rotation, place.place_cm, target) for target in targets]
    assert all(comfortable(*pair) for pair in angles)
    assert [pitch for _, pitch in angles] == sorted((pitch for _, pitch in angles), reverse=True)


def test_labels_agree_with_each_other() -> None:
    """Both visual axes meet in the target, and the head's rotation takes them to the angles against the head."""
    random = rng(4)
    person, desk = random_person(random, FEW_ASSETS), random_desk(random)
    place, target = random_place(random, desk, 224)
    label = label_of(person, desk, place, target, Eyes(place.place_cm, target), 0.0)
    for centre, axis in zip(label["eye_centre_m"], label["visual_axis"], strict=True):
        towards = np.array(label["target_m"]) - centre
        np.testing.assert_allclose(np.cross(towards / np.linalg.norm(towards), axis), 0.0, atol=1e-9)
    for (yaw, pitch), axis in zip(np.radians(label["eye_in_head_deg"]), label["visual_axis"], strict=True):
        in_head = np.array([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)])
        np.testing.assert_allclose(np.array(label["R_head"]) @ in_head, axis, atol=1e-9)
    assert json.dumps(label)


def test_spectacles_lie_before_the_eyes() -> None:
    worn = None
    for seed in range(50):
        worn = random_person(rng(seed), FEW_ASSETS).spectacles
        if worn is not None:
            break
    assert worn is not None
    eyes = (np.array([3.2, 3.6, 9.0]), np.array([-3.2, 3.6, 9.0]))
    frame, lenses = (mesh.arrays() for mesh in spectacles_meshes(worn, eyes))
    for points, normals, triangles in (frame, lenses):
        assert len(points) == len(normals)
        assert triangles.max() < len(points)
        assert np.isfinite(points).all()
    assert lenses[0][:, 2].min() > 9.0


def test_the_same_light_and_seed_give_the_same_bytes() -> None:
    light = rng(1).random((40, 40, 4), np.float32)
    camera = random_webcam(rng(2), 0.2)
    first, second = (develop(light, camera, rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.dtype == np.uint8


def test_a_person_is_drawn_once_and_then_their_eyes(tmp_path: Path) -> None:
    renderer = BlankFaceRenderer()
    made = list(samples_of(7, 0, renderer, FEW_ASSETS, heads=2))
    assert (renderer.begun, renderer.drawn) == (2, 10)
    assert {sample.label["person"] for sample in made} == {7}
    assert [sample.label["head_setup"] for sample in made] == [0] * 5 + [1] * 5
    assert all(sample.label["blink"] == 0 for sample in made if sample.name.endswith("0.jpg"))
    again = list(samples_of(7, 0, BlankFaceRenderer(), FEW_ASSETS, heads=2))
    assert [sample.label for sample in again] == [sample.label for sample in made]
    assert next(samples_of(7, 1, BlankFaceRenderer(), FEW_ASSETS, heads=1)).label != made[0].label


def test_new_options_do_not_change_the_pictures_of_earlier_seeds() -> None:
    """Each random number is drawn in the same order as when the networks were trained."""
    made = list(samples_of(7, 0, BlankFaceRenderer(), FEW_ASSETS, heads=1))
    assert [sample.quality for sample in made] == [79, 70, 79, 96, 93]
    assert made[-1].picture.mean() == pytest.approx(136.0794, abs=1e-3)


def test_a_finished_chunk_is_skipped_and_a_broken_one_made_again(tmp_path: Path) -> None:
    asked: list[int] = []

    def sample(number: int) -> Iterator[LabelledPicture]:
        asked.append(number)
        yield from samples_of(number, 0, BlankFaceRenderer(), FEW_ASSETS, heads=1)

    assert write_chunk(0, range(2), tmp_path, sample) == 10
    assert write_chunk(0, range(2), tmp_path, sample) == 0
    assert asked == [0, 1]
    labels = json.loads((tmp_path / "labels_0000.json").read_text())
    assert all((tmp_path / label["file"]).is_file() for label in labels)
    (tmp_path / "labels_0000.json").unlink()  # as after a stop in the middle
    assert write_chunk(0, range(2), tmp_path, sample) == 10


def test_chunks_hold_each_person_once() -> None:
    numbers = [number for _, people in chunks_of(95) for number in people]
    assert numbers == list(range(95))


def test_a_run_begins_with_any_chunk_and_its_people_stay_in_their_own() -> None:
    assert chunks_of(130, first=80) == chunks_of(130)[2:]
    assert chunks_of(80, first=80) == []


def test_a_run_does_not_begin_inside_a_chunk(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["samples", "--out", "never", "--first", "45"])
    assert "chunks begin at 0, 40, 80" in capsys.readouterr().err


def test_assets_that_are_missing_or_broken_say_how_to_build_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(AssetsError, match=VARIABLE):
        load_assets()
    (tmp_path / "assets.npz").write_bytes(b"nothing")
    with pytest.raises(AssetsError, match="not an assets file"):
        load_assets(tmp_path)
    np.savez(tmp_path / "assets.npz", v=np.zeros(3))
    with pytest.raises(AssetsError, match="lacks ids"):
        load_assets(tmp_path)
    assert cli.main(["sheet", "--out", str(tmp_path / "x.jpg"), "--assets", str(tmp_path / "no")]) == 1
    assert "build_assets.md" in capsys.readouterr().err


@needs_assets
@pytest.mark.slow
def test_a_rendered_person_looks_where_the_label_says(tmp_path: Path) -> None:
    """FaceMesh finds irises that move with the labels. The test runs in its own process."""
    import cv2

    from models.face.eyes import iris_positions
    from models.face.mesh_landmarks import MeshLandmarks
    from models.face.tracking import find_alone

    command = ["samples", "--out", str(tmp_path), "--people", "3", "--seed", "1", "--heads", "1"]
    assert cli._start_workers(1, command) == 0
    labels = json.loads((tmp_path / "labels_0000.json").read_text())
    finder = MeshLandmarks()
    iris, yaw = [], []
    for person in range(3):
        own = [label for label in labels if label["person"] == person]
        seen = []
        for label in own:
            picture = cv2.cvtColor(cv2.imread(str(tmp_path / label["file"])), cv2.COLOR_BGR2RGB)
            assert picture.shape == (224, 224, 3)
            landmarks = find_alone(finder, picture)
            assert landmarks is not None
            seen.append(iris_positions(landmarks)[[0, 2]].mean())
        turned = [np.mean(label["eye_in_head_deg"], axis=0)[0] for label in own]
        iris += list(np.array(seen) - np.mean(seen))
        yaw += list(np.array(turned) - np.mean(turned))
    assert np.corrcoef(iris, yaw)[0, 1] > 0.8
