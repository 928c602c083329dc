"""Glasses that refract and reflect: who wears them, what they mirror, and what that does to a picture."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.analysis import GLARE
from models.face.eyes import eye_crops, eye_openness, iris_positions
from models.face.glare import glare
from models.face.mesh_landmarks import MeshLandmarks
from models.face.tracking import find_alone
from models.synthetic import __main__ as cli
from models.synthetic.glasses import GLASSES, generator, reflect_a_window, wear
from models.synthetic.people import Person, random_person
from models.synthetic.samples import samples_of
from models.synthetic.scene import FLIP, head_rotation, random_light
from models.synthetic.spectacles import lens_places
from tests.support.synthetic_faces import FEW_ASSETS, BlankFaceRenderer, needs_assets

EYES = (np.array([3.2, 3.6, 9.0]), np.array([-3.2, 3.6, 9.0]))


def person(number: int) -> Person:
    return random_person(np.random.default_rng(number), FEW_ASSETS)


def test_each_kind_of_glasses_is_worn_by_as_many_people_as_it_says() -> None:
    shares = {}
    for kind in GLASSES:
        worn = [wear(person(n), kind, generator(0, n)).spectacles for n in range(60)]
        shares[kind] = sum(one is not None for one in worn) / len(worn)
        refracting = [one.lenses for one in worn if one is not None and one.lenses is not None]
        assert len(refracting) == (0 if kind == "simple" else sum(one is not None for one in worn))
        if kind in ("clear", "glare"):
            assert {lenses.reflected.max() > 0.015 for lenses in refracting} == {kind == "glare"}
    assert (shares["none"], shares["clear"], shares["glare"]) == (0.0, 1.0, 1.0)
    assert 0.1 < shares["simple"] < 0.4 < shares["mixed"] < 0.6


def test_glasses_change_neither_the_person_nor_the_pictures_that_follow() -> None:
    def labels(kind: str) -> list[dict[str, object]]:
        made = samples_of(5, 1, BlankFaceRenderer(), FEW_ASSETS, heads=2, glasses=kind)  # type: ignore[arg-type]
        return [{name: value for name, value in one.label.items() if name != "glasses"} for one in made]

    assert labels("simple") == labels("none") == labels("glare")
    bare, worn = person(3), wear(person(3), "glare", generator(0, 3))
    assert repr(replace(worn, spectacles=None)) == repr(replace(bare, spectacles=None))


def test_a_lens_stands_before_its_eye_and_its_axes_are_at_right_angles() -> None:
    worn = wear(person(1), "clear", generator(0, 1)).spectacles
    assert worn is not None
    for place, eye in zip(lens_places(worn, EYES), EYES, strict=True):
        axes = np.array([place.right, place.up, place.axis])
        np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
        np.testing.assert_allclose(place.centre[:2], eye[:2])
        assert place.axis[2] > 0.9
        assert 0.5 < place.depth < 2.5, "cm from the lens to the iris"


def test_the_window_lies_where_a_lens_mirrors_it_before_the_eye() -> None:
    """The light is followed from the camera over the lens, near the pupil, to the room's brightest place."""
    head, place_cm = FLIP @ head_rotation(4.0, -6.0, 2.0), np.array([2.0, 4.0, 60.0])
    for number in range(12):
        worn = wear(person(number), "glare", generator(0, number))
        assert worn.spectacles is not None
        assert worn.spectacles.lenses is not None
        room = replace(
            random_light(np.random.default_rng(number), FEW_ASSETS), environment=np.ones((256, 512, 3), "f4")
        )
        lit = reflect_a_window(room, worn, place_cm, head, generator(0, number))
        brightest = lit.environment.max()
        places = lens_places(worn.spectacles, (np.array([3.2, 0, 0]), np.array([-3.2, 0, 0])))
        mirrored = []
        for lens in places:
            for x, y in np.mgrid[-1.2:1.3:0.2, -1.2:1.3:0.2].reshape(2, -1).T:
                off = x * lens.right + y * lens.up
                ray = place_cm + head @ ((lens.centre + off) * worn.scale)
                normal = head @ (lens.axis + worn.spectacles.lenses.bends[0] * off)
                normal /= np.linalg.norm(normal)
                towards = ray / np.linalg.norm(ray)
                towards = towards - 2 * (towards @ normal) * normal
                mirrored.append(radiance(lit.environment, lit.yaw, towards))
        assert max(mirrored) == pytest.approx(brightest, rel=1e-3)
        assert lit.monitor_colour.mean() >= max(1.0, room.monitor_colour.mean())


def radiance(environment: np.ndarray, yaw: float, towards: np.ndarray) -> float:
    """What comes from a direction of the camera frame."""
    from scipy.spatial.transform import Rotation

    x, y, z = Rotation.from_euler("y", yaw).as_matrix() @ FLIP @ towards
    row = int(np.arccos(np.clip(y, -1, 1)) / np.pi * 256)
    column = int((np.arctan2(x, z) / (2 * np.pi) + 0.5) * 512) % 512
    return float(environment[min(row, 255), column].max())


def test_coated_lenses_and_bare_eyes_leave_the_room_as_it_is() -> None:
    room = random_light(np.random.default_rng(0), FEW_ASSETS)
    for kind in ("none", "clear"):
        worn = wear(person(2), kind, generator(0, 2))  # type: ignore[arg-type]
        assert reflect_a_window(room, worn, np.array([0, 0, 60.0]), FLIP, generator(0, 2)) is room


@needs_assets
@pytest.mark.slow
def test_a_window_mirrored_in_the_glasses_is_glare_for_the_detector(tmp_path: Path) -> None:
    """The same person, once without glasses. The test renders in another process."""
    found = {}
    finder = MeshLandmarks()
    for kind in ("none", "glare"):
        command = ["samples", "--people", "1", "--seed", "22", "--heads", "1", "--glasses", kind]
        assert cli._start_workers(1, [*command, "--out", str(tmp_path / kind)]) == 0
        picture = cv2.cvtColor(cv2.imread(str(tmp_path / kind / "000000_00.jpg")), cv2.COLOR_BGR2RGB)
        landmarks = find_alone(finder, picture)
        assert landmarks is not None
        crops = eye_crops(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), landmarks)
        found[kind] = glare(crops, iris_positions(landmarks), eye_openness(landmarks))
    assert found["none"].max() < GLARE <= found["glare"].min()
