"""Looks that few people have: who has them, and where paint lies on the face."""

from dataclasses import replace

import numpy as np
import pytest

from models.synthetic.assets import VARIABLE, load_assets
from models.synthetic.looks import dress, generator, masks_of, painted, worse
from models.synthetic.people import DARK_SKIN, Paint, Person, random_person
from models.synthetic.samples import samples_of
from models.synthetic.webcam import random_webcam
from tests.support.synthetic_faces import FEW_ASSETS, BlankFaceRenderer, needs_assets

PEOPLE = 120


def person(number: int) -> Person:
    return random_person(np.random.default_rng(number), FEW_ASSETS)


def test_usual_looks_change_nothing() -> None:
    before = person(1)
    assert dress(before, "usual", generator(0, 1)) is before
    camera = random_webcam(np.random.default_rng(0), 0.2)
    assert worse(camera, "usual", generator(0, 1)) is camera


def test_varied_people_have_what_the_usual_ones_lack() -> None:
    dressed = [dress(person(n), "varied", generator(0, n)) for n in range(PEOPLE)]
    painted_with = [{layer.where for layer in one.paint} for one in dressed]
    shares = {
        "beard": np.mean([bool(where & {"chin", "moustache"}) for where in painted_with]),
        "make-up": np.mean(["lips" in where for where in painted_with]),
        "dark": np.mean([one.albedo < DARK_SKIN for one in dressed]),
        "wide": np.mean([one.wide >= 0.3 for one in dressed]),
    }
    assert all(0.15 < share < 0.6 for share in shares.values()), shares
    assert not any({"chin", "lips"} <= where for where in painted_with)
    for before, after in zip(map(person, range(PEOPLE)), dressed, strict=True):
        np.testing.assert_array_equal(before.identity, after.identity)
        if after.albedo != before.albedo:
            assert after.albedo < before.albedo
            assert after.eye.inner_colour.max() < 0.08, "brown eyes"


def test_looks_leave_places_and_gazes_of_a_person_as_they_are() -> None:
    def labels(looks: str) -> list[dict[str, object]]:
        made = samples_of(4, 1, BlankFaceRenderer(), FEW_ASSETS, heads=1, looks=looks)  # type: ignore[arg-type]
        return [{name: value for name, value in one.label.items() if name != "skin_albedo"} for one in made]

    assert labels("usual") == labels("varied")


def test_a_poor_webcam_is_given_to_some_people() -> None:
    camera = random_webcam(np.random.default_rng(0), 0.2)
    poor = [one for n in range(PEOPLE) if (one := worse(camera, "varied", generator(0, n))) is not camera]
    assert 0.2 < len(poor) / PEOPLE < 0.4
    assert all(one.quality < 70 and one.noise >= 0.02 for one in poor)


def test_paint_covers_its_mask_and_nothing_else() -> None:
    skin = np.full((4, 4, 3), 200, np.uint8)
    mask = np.zeros((4, 4), np.float32)
    mask[1, 2] = 1.0
    layer = Paint("lips", 0.5, np.array([1.0, 0.0, 0.0]))
    picture = painted(skin, {"lips": mask}, (layer,))
    np.testing.assert_array_equal(picture[1, 2], [227, 100, 100])
    picture[1, 2] = 200
    np.testing.assert_array_equal(picture, skin)
    hairy = painted(skin, {"chin": np.ones((4, 4), np.float32)}, (replace(layer, where="chin", grain=0.3),))
    assert len(np.unique(hairy[..., 1])) > 4


@needs_assets
@pytest.mark.slow
def test_each_mask_lies_where_its_name_says() -> None:
    """The weighted mean of each mask on the neutral head, cm: the eyes are at y = 3.6, the mouth at -3.3."""
    assert VARIABLE
    assets = load_assets(None)
    points = assets["v"][assets["skin_v"]].astype(float)
    height, width = assets["skins"].shape[1:3]
    pixels = (assets["skin_uv"].astype(float) * [width, height]).astype(int)
    at = np.clip(pixels[:, 1], 0, height - 1), np.clip(pixels[:, 0], 0, width - 1)
    middle = {}
    for name, mask in masks_of(assets).items():
        weight = mask[at] * (points[:, 2] > 4)
        assert 0.0 <= mask.min() <= mask.max() <= 1.0 + 1e-6
        middle[name] = float((points[:, 1] * weight).sum() / weight.sum())
    assert middle["shadow"] > middle["liner"] - 0.5 > 2.0
    assert -1.3 > middle["moustache"] > middle["lips"] > middle["chin"]
    assert -3.9 < middle["lips"] < -2.7
