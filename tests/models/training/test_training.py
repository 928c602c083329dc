"""Training, from renders to weights, on small random data."""

import json
import logging
import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from models.checkpoints import load_checkpoint, read_provenance
from models.curves import read_curve
from models.face.mesh_landmarks import MeshLandmarks
from models.networks.registry import build, spec
from models.train import schedule, train
from models.training import augment, imagenet
from models.training.batches import clean_batch, training_batch
from models.training.configs import CONFIGS, Config
from models.training.data_licence import RENDERS, read_licence
from models.training.dataset import HELD_OUT_EVERY, DataError, Rows, load_rows
from models.training.losses import Learner
from models.training.prepare import ARRAYS, prepare_chunk, prepare_image
from models.training.run import parameter_groups, start_run
from tests.support.paths import DEMO_PERSON
from tests.support.training_data import CPU, write_chunk

PERSON = DEMO_PERSON / "frames" / "0000.jpg"


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """Forty people in two chunks; two of them held out, one of each chunk with the eyes shut."""
    write_chunk(tmp_path / "labels_1", list(range(20)))
    write_chunk(tmp_path / "labels_2", list(range(20, 40)), seed=1)
    write_chunk(tmp_path / "labels_3.partial", list(range(40, 60)))  # another process is still writing it
    return tmp_path


@pytest.fixture
def rows(prepared: Path) -> Rows:
    return load_rows(prepared, {"face", "eyes"})


def test_people_are_held_out_whole_and_shut_eyes_are_left_out(rows: Rows) -> None:
    assert len(rows) == 38
    assert set(rows.small["person"][rows.held_out].tolist()) == {0, HELD_OUT_EVERY}


def test_a_picture_is_found_again_in_its_chunk(rows: Rows, prepared: Path) -> None:
    row = int(np.flatnonzero(rows.small["person"] == 25)[0])
    expected = np.load(prepared / "labels_2" / "eyes.npy")[5]
    np.testing.assert_array_equal(rows.picture("eyes", np.array([row]))[0], expected)


def test_people_are_held_out_by_number_and_both_parts_need_people(prepared: Path) -> None:
    rows = load_rows(prepared, set(), [3, 25])
    assert set(rows.small["person"][rows.split()[1]].tolist()) == {3, 25}
    assert not {3, 25} & set(rows.small["person"][rows.split()[0]].tolist())
    with pytest.raises(DataError, match=r"no person is held out among persons 0, 2, .* --held-out"):
        load_rows(prepared, set(), [999]).split()
    with pytest.raises(DataError, match="no person is left to train on"):
        load_rows(prepared, set(), range(1000)).split()


def test_a_folder_without_renders_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"models\.training\.prepare"):
        load_rows(tmp_path, {"eyes"})


def test_training_stops_and_goes_on_and_writes_weights_that_say_what_they_are(
    rows: Rows, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    train(start_run("eyes_aligned", Config(steps=2, batch=4), tmp_path, CPU), rows, tmp_path)
    weights = tmp_path / "eyes_aligned.safetensors"
    # Of forty people two are held out and two have the eyes shut.
    assert read_provenance(weights)["images"] == "36"
    with caplog.at_level(logging.INFO):
        train(start_run("eyes_aligned", Config(steps=3, batch=4), tmp_path, CPU), rows, tmp_path)
    assert "continuing at step 2" in caplog.text
    assert read_provenance(weights)["steps"] == "3"
    assert read_provenance(weights)["config"] == "eyes_aligned"
    assert read_curve(tmp_path, "eyes_aligned").steps == (2, 3)


def test_a_run_stops_early_without_improvement(
    rows: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    errors = iter([3.0, 2.0, 4.0, 5.0, 6.0])
    monkeypatch.setattr("models.train._CHECK_STEPS", 1)
    monkeypatch.setattr("models.train.held_out_error", lambda *_: next(errors))
    run = start_run("head_regression", Config(steps=5, batch=4), tmp_path, CPU)
    with caplog.at_level(logging.INFO):
        train(run, rows, tmp_path, patience=2)
    assert run.step == 4
    assert "stopped with the best network" in caplog.text
    assert read_provenance(tmp_path / "head_regression.safetensors")["steps"] == "2"


def test_a_fusion_starts_from_its_trained_branches(rows: Rows, tmp_path: Path) -> None:
    train(start_run("eyes_aligned", Config(steps=1, batch=4), tmp_path, CPU), rows, tmp_path)
    run = start_run("fusion_112", Config(steps=1, batch=4, start={"eyes": "eyes_aligned"}), tmp_path, CPU)
    trained = load_checkpoint(tmp_path / "eyes_aligned.safetensors", build("eyes_aligned"))
    torch.testing.assert_close(run.learner.net.eyes.out.weight, trained.out.weight)


def test_a_network_that_is_trained_on_keeps_its_own_branches_and_says_where_it_comes_from(
    rows: Rows, tmp_path: Path
) -> None:
    config = Config(steps=1, batch=4)
    first, second = tmp_path / "first", tmp_path / "second"
    for runs in (first, second):
        runs.mkdir()
        train(start_run("eyes_aligned", config, runs, CPU), rows, runs)
    train(start_run("fusion_112", config, first, CPU), rows, first)
    start = first / "fusion_112.safetensors"
    run = start_run("fusion_112", replace(config, start={"eyes": "eyes_aligned"}), second, CPU, start)
    trained = load_checkpoint(start, build("fusion_112"))
    torch.testing.assert_close(run.learner.net.eyes.out.weight, trained.eyes.out.weight)
    train(run, rows, second)
    assert read_provenance(second / "fusion_112.safetensors")["start"] == "config fusion_112, images 36, steps 1"


def test_a_seed_decides_the_first_weights_and_the_draws(rows: Rows, tmp_path: Path) -> None:
    def trained(seed: int, folder: str) -> torch.Tensor:
        (tmp_path / folder).mkdir()
        run = start_run("head_regression", Config(steps=2, batch=4), tmp_path / folder, CPU, seed=seed)
        train(run, rows, tmp_path / folder)
        return torch.cat([parameter.detach().flatten() for parameter in run.learner.parameters()])

    assert torch.equal(trained(1, "a"), trained(1, "b"))
    assert not torch.allclose(trained(1, "c"), trained(2, "d"), atol=1e-3)


def test_every_network_that_learns_has_a_configuration_whose_branches_exist() -> None:
    assert "head_direct" not in CONFIGS
    starts = [start for config in CONFIGS.values() for start in config.start.values()]
    assert all(start.partition(".")[0] in {*CONFIGS, imagenet.NAME} for start in starts)


@pytest.mark.parametrize(
    "name", ["eyes_aligned", "mobilenetv2_112_sw", "fusion_112", "mobilenetv2_112_sw_2d", "two_eyes"]
)
def test_a_step_gives_every_parameter_in_use_a_gradient(name: str, rows: Rows) -> None:
    learner = Learner(build(name), spec(name).task)
    inputs, labels = training_batch(rows, np.arange(4), spec(name), rng())
    loss, error = learner.loss(inputs, labels)
    loss.backward()
    assert 0 < error.item() < loss.item() + 1e-9
    missing = [n for n, p in learner.named_parameters() if p.grad is None and "embed" not in n]
    assert missing == []


def test_a_mirrored_picture_gets_a_mirrored_label(rows: Rows) -> None:
    """Over many draws each label must come out as it was or with its yaw turned, never otherwise."""
    index = np.arange(32)
    inputs, labels = training_batch(rows, index, spec("eyes_aligned"), rng())
    gaze, place = (torch.from_numpy(rows.small[name][index]) for name in ("gaze", "centre"))
    flipped = labels.gaze[:, 1] != gaze[:, 1]
    assert 5 < int(flipped.sum()) < 27
    torch.testing.assert_close(labels.gaze[:, 0], gaze[:, 0])
    torch.testing.assert_close(labels.gaze[:, 1].abs(), gaze[:, 1].abs())
    torch.testing.assert_close(inputs.centre[flipped, 0], -place[flipped, 0])
    torch.testing.assert_close(labels.target[flipped, 0], -torch.from_numpy(rows.small["target"][index])[flipped, 0])


def test_the_clean_crop_is_the_middle_of_what_was_prepared(rows: Rows) -> None:
    index = np.array([0, 1])
    inputs, _ = clean_batch(rows, index, spec("fusion_224"))
    assert inputs.face.shape == (2, 3, 224, 224)
    assert inputs.eyes.shape == (2, 2, 32, 64)
    torch.testing.assert_close(
        inputs.face[0, :, 0, 0], torch.from_numpy(rows.picture("face", index)[0, 28, 28]).float()
    )
    small, _ = clean_batch(rows, index, spec("fusion_112"))
    assert small.face.shape == (2, 3, 112, 112)
    large, _ = clean_batch(rows, index, spec("alexnet448"))
    assert large.face.shape == (2, 3, 448, 448)


def test_a_jittered_crop_without_jitter_is_the_middle() -> None:
    images = torch.rand(3, 1, 48, 96)
    middle = augment.crop_jittered(images, (32, 64), 1.5, rng(), shift=0.0, scale=0.0, turn_rad=0.0)
    torch.testing.assert_close(middle, augment.centre_crop(images, (32, 64), 1.5), atol=1e-5, rtol=1e-5)


def test_augmentations_keep_the_shape_and_stay_finite() -> None:
    images = torch.rand(8, 3, 40, 40) * 255
    for disturbed in (
        augment.low_resolution(images, rng(), most=3.0),
        augment.sharpness(images, rng()),
        augment.light(images, rng(), colour=True),
        augment.sensor_noise(images, rng(), most=10.0),
        augment.cover(images, rng(), share=1.0),
    ):
        assert disturbed.shape == images.shape
        assert torch.isfinite(disturbed).all()
        assert not torch.equal(disturbed, images)


def test_sharpness_leaves_what_is_even_and_spreads_a_point_by_a_binomial() -> None:
    even = torch.full((4, 3, 12, 20), 100.0)
    torch.testing.assert_close(augment.sharpness(even, rng(), share=1.0), even)
    points = even.clone()
    points[:, :, 6, 9] = 150.0
    change = (augment.sharpness(points, rng(), share=1.0) - points)[:, :, 6]
    assert change[..., 10].abs().min() > 0.01
    torch.testing.assert_close(change[..., 10], change[..., 8])
    torch.testing.assert_close(change[..., 10], change[..., 11] * 4, atol=1e-3, rtol=1e-3)
    assert not change[..., 12].any()


FOCAL = 320 / np.tan(np.radians(30))
LABEL = {
    "K_crop": [[FOCAL, 0, 320], [0, FOCAL, 240], [0, 0, 1]],
    "R_head": np.diag([1.0, -1.0, -1.0]).tolist(),
    "eye_centre_m": [[0.03, 0.03, 0.48], [-0.03, 0.03, 0.48]],
    "target_m": [0.0, 0.0, 0.0],
    "eye_in_head_deg": [[4.0, -2.0], [6.0, -2.0]],
    "head_ypr_deg": [0.0, 0.0, 0.0],
    "glasses": False,
    "blink": 0.0,
    "skin_albedo": 0.4,
    "person": 7,
    "head_setup": 2,
    "file": "face.jpg",
}


def test_a_render_becomes_a_row_whose_label_is_in_the_normalised_camera() -> None:
    """A target at the camera: the label must be a gaze straight into the virtual camera, whatever the head does."""
    image = cv2.cvtColor(cv2.imread(str(PERSON)), cv2.COLOR_BGR2RGB)
    finder = MeshLandmarks()
    row = prepare_image(image, json.loads(json.dumps(LABEL)), finder)
    assert prepare_image(np.zeros_like(image), LABEL, finder) is None
    assert row is not None
    assert set(row) == set(ARRAYS)
    assert row["face"].shape == (280, 280, 3)
    assert row["eyes"].shape == (2, 48, 96)
    np.testing.assert_allclose(row["eye_in_head"], np.radians([-2.0, 5.0]))  # pitch, yaw: mean of both eyes
    np.testing.assert_allclose(row["gaze"], [0.0, 0.0], atol=np.radians(4))
    np.testing.assert_allclose(row["target"], [0.0, 0.0], atol=1e-9)
    assert abs(row["head"][2]) < 0.05  # normalisation takes the roll away


def test_a_chunk_is_written_whole_and_unreadable_pictures_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "face.jpg").write_bytes(PERSON.read_bytes())
    labels = [LABEL, {**LABEL, "file": "gone.jpg"}]
    (tmp_path / "labels_1.json").write_text(json.dumps(labels))
    finder = MeshLandmarks()
    assert prepare_chunk(tmp_path / "labels_1.json", tmp_path / "out" / "labels_1", finder) == 1
    assert {path.stem for path in (tmp_path / "out" / "labels_1").glob("*.npy")} == set(ARRAYS)
    assert read_licence(tmp_path / "out" / "labels_1") == RENDERS
    assert list((tmp_path / "out").glob("*.partial")) == []


def test_spatial_weights_learn_slowly_so_that_the_map_does_not_die() -> None:
    net = build("mobilenetv2_112_sw")
    fast, slow = parameter_groups(net, 1e-3)
    assert slow["rate"] == pytest.approx(5e-5)
    assert len(slow["params"]) == 6
    assert len(fast["params"]) + 6 == len(list(net.parameters()))


def test_the_rate_rises_and_falls_to_nothing() -> None:
    values = [schedule(step, 1000) for step in range(1000)]
    assert values[0] < 0.05
    assert math.isclose(max(values), 1.0, abs_tol=0.01)
    assert values[-1] < 1e-4
