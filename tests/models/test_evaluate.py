import json
from pathlib import Path

import numpy as np
import pytest
import torch

from models.checkpoints import CheckpointError, save_checkpoint
from models.evaluate import amounts, evaluate, markdown
from models.face.camera import angles_to_vector
from models.networks.registry import build
from models.training.dataset import Rows, load_rows
from models.training.few_shot import fit_correction
from models.training.metrics import calibrated, errors_of, groups_of, ray_on_plane
from tests.support.training_data import write_chunk


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """Two held-out people of 14 images, one of 6, one to train on."""
    write_chunk(tmp_path / "labels_1", [0] * 14 + [20] * 14 + [40] * 6 + [3] * 10)
    return tmp_path


@pytest.fixture
def rows(prepared: Path) -> Rows:
    return load_rows(prepared, set())


def test_a_ray_meets_the_plane_where_geometry_says() -> None:
    """From half a metre, 45 degrees to the camera's right: half a metre to the right."""
    direction = angles_to_vector(np.radians([[0.0, 45.0], [0.0, 0.0]]))
    points = ray_on_plane(direction, np.stack([np.eye(3)] * 2), np.array([[0.0, 0.1, 0.5], [0.02, 0.1, 0.5]]))
    np.testing.assert_allclose(points, [[500.0, 100.0], [20.0, 100.0]], atol=1e-6)


def test_errors_are_angles_between_directions(rows: Rows) -> None:
    index = np.flatnonzero(rows.held_out)[:1]
    truth = np.radians([[0.0, 0.0]])
    assert errors_of(np.radians([[3.0, 4.0]]), truth, rows, index, "3d").deg[0] == pytest.approx(5.0, abs=0.01)
    assert errors_of(np.array([[0.3, 0.4]]), np.zeros((1, 2)), rows, index, "2d").mm[0] == pytest.approx(50.0)


def test_a_constant_and_a_gain_error_of_a_person_are_taken_away() -> None:
    random = np.random.default_rng(0)
    truth = random.normal(0, 0.2, (9, 2))
    answers = 0.7 * truth + [0.1, -0.05]
    correction = fit_correction(answers, truth)
    np.testing.assert_allclose(correction.apply(answers), truth, atol=0.01)


def test_noise_is_not_fitted() -> None:
    random = np.random.default_rng(1)
    answers = random.normal(0, 0.2, (9, 2))
    truth = answers + random.normal(0, 0.02, (9, 2))
    assert np.abs(fit_correction(answers, truth).gain).max() < 0.2


def test_two_images_give_an_offset_only() -> None:
    correction = fit_correction(np.array([[0.0, 0.0], [0.1, 0.1]]), np.array([[0.2, 0.0], [0.3, 0.1]]))
    np.testing.assert_allclose(correction.offset, [0.2, 0.0])
    assert not correction.gain.any()


def test_the_nine_images_of_a_person_are_not_measured(rows: Rows) -> None:
    index = np.flatnonzero(rows.held_out)
    truth = np.asarray(rows.small["gaze"][index], np.float64)
    errors, people = calibrated(truth + 0.1, truth, rows, index, "3d")
    assert people == 2
    # One row of write_chunk has its eyes shut: 13 and 14 images, nine of each spent; six are too few.
    assert int(np.isfinite(errors).sum()) == 4 + 5
    np.testing.assert_allclose(errors[np.isfinite(errors)], 0.0, atol=1e-6)


def test_groups_cover_every_image_once_by_kind(rows: Rows) -> None:
    index = np.flatnonzero(rows.held_out)
    groups = groups_of(rows, index)
    for kind in ("head", "gaze", "glasses", "skin"):
        total = sum(members.astype(int) for name, members in groups.items() if kind in name)
        np.testing.assert_array_equal(total, 1)


def test_the_table_has_a_line_for_each_system(prepared: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    runs = tmp_path / "runs"
    save_checkpoint(runs / "eyes_aligned.safetensors", build("eyes_aligned"), {})
    results = evaluate(["head_direct", "eyes_aligned"], prepared, runs)
    assert [result.name for result in results] == ["mean", "head_direct", "eyes_aligned"]
    table = markdown(results)
    assert table.count("\n| ") >= 3
    assert "aligned eyes and head pose" in table
    assert json.dumps([result.median for result in results])


def test_a_network_that_was_trained_twice_lists_images_and_steps_of_each_training() -> None:
    once = {"config": "fusion_112", "images": "100", "steps": "7"}
    assert amounts(once, "images") == [100]
    twice = {"images": "2000", "steps": "80", "start": "config fusion_112, images 100, steps 7"}
    assert (amounts(twice, "images"), amounts(twice, "steps")) == ([100, 2000], [7, 80])
    thrice = {"images": "3", "start": "config a, images 2000, steps 80, start config a, images 100, steps 7"}
    assert (amounts(thrice, "images"), amounts(thrice, "steps")) == ([100, 2000, 3], [7, 80])
    assert amounts({}, "images") == []


def test_weights_that_are_not_there_are_named(prepared: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="two_eyes"):
        evaluate(["two_eyes"], prepared, tmp_path)


def test_weights_with_other_held_out_people_are_refused(prepared: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    save_checkpoint(runs / "eyes_aligned.safetensors", build("eyes_aligned"), {"held_out": "persons 3 20"})
    with pytest.raises(CheckpointError, match="persons 3 20 held out, not every 20th person"):
        evaluate(["eyes_aligned"], prepared, runs)
    assert evaluate(["eyes_aligned"], prepared, runs, held_out=[20, 3])[-1].images == 24
