"""The road from renders to weights, on tiny made-up data."""

import json
import logging
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from models.checkpoints import load_checkpoint, read_provenance
from models.eye_net import EyeNet
from models.landmarks import MediaPipeDetector
from models.training import augment
from models.training.prepare import prepare_image
from models.training.tasks import HELD_OUT_EVERY, TASKS, centre_crop, load_rows
from models.training.train import parameter_groups, train

PERSON = Path(__file__).parent.parent / "web" / "demo" / "person" / "frames" / "0000.jpg"


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """Forty rows of noise, two of them held out, one with the eyes shut."""
    random, n = np.random.default_rng(0), 40
    blink = np.zeros(n, np.float32)
    blink[1] = 0.9
    np.savez(
        tmp_path / "labels.npz",
        face=random.integers(0, 256, (n, 140, 140, 3), np.uint8),
        face_angles=random.normal(0, 0.2, (n, 2)).astype(np.float32),
        eyes=random.integers(0, 256, (n, 2, 48, 96), np.uint8),
        eye_angles=random.normal(0, 0.2, (n, 2)).astype(np.float32),
        head_rotation=np.zeros((n, 3), np.float32),
        blink=blink,
        person=np.stack([np.zeros(n, np.int64), np.arange(n)], axis=1),
    )
    return tmp_path


def test_people_are_held_out_whole_and_shut_eyes_are_left_out(prepared: Path) -> None:
    rows = load_rows(prepared, TASKS["eyes"])
    assert len(rows.labels) == 39
    assert int(rows.held_out.sum()) == 40 // HELD_OUT_EVERY


def test_training_stops_and_goes_on_and_writes_weights_that_say_what_they_are(
    prepared: Path, caplog: pytest.LogCaptureFixture
) -> None:
    out, state = prepared / "eyes.safetensors", prepared / "state.pt"
    train("eyes", prepared, out, 2, state)
    # Of forty people two are held out and one has the eyes shut.
    assert "37 rendered people" in read_provenance(out)["data"]
    with caplog.at_level(logging.INFO):
        train("eyes", prepared, out, 3, state)
    assert "going on at step 2" in caplog.text
    assert torch.load(state, weights_only=True)["step"] == 3
    assert read_provenance(out)["steps"] == "3"
    assert torch.isfinite(load_checkpoint(out, EyeNet()).out.weight).all()


@pytest.mark.parametrize("name", ["eyes", "face"])
def test_a_mirrored_picture_gets_a_mirrored_label(prepared: Path, name: str) -> None:
    """Over many draws each label must come out as it was or with its yaw turned, never otherwise."""
    rows = load_rows(prepared, TASKS[name])
    _, _, labels = TASKS[name].prepare(rows.images[:32], rows.head_rotation[:32], rows.labels[:32], rng())
    torch.testing.assert_close(labels[:, 0], rows.labels[:32, 0])
    torch.testing.assert_close(labels[:, 1].abs(), rows.labels[:32, 1].abs())
    assert 5 < int((labels[:, 1] != rows.labels[:32, 1]).sum()) < 27


def test_the_clean_crop_is_the_middle_of_what_was_prepared(prepared: Path) -> None:
    rows = load_rows(prepared, TASKS["face"])
    clean = TASKS["face"].clean(rows.images[:2])
    assert clean.shape == (2, 3, 112, 112)
    torch.testing.assert_close(clean[0, :, 0, 0], rows.images[0, 14, 14].float())
    assert TASKS["eyes"].clean(load_rows(prepared, TASKS["eyes"]).images[:2]).shape == (2, 2, 32, 64)


def test_a_jittered_crop_without_jitter_is_the_middle() -> None:
    images = torch.rand(3, 1, 48, 96)
    middle = augment.crop_jittered(images, (32, 64), 1.5, rng(), shift=0.0, scale=0.0, turn_rad=0.0)
    torch.testing.assert_close(middle, centre_crop(images, 1.5), atol=1e-5, rtol=1e-5)


def test_disturbances_keep_the_shape_and_stay_finite() -> None:
    images = torch.rand(8, 3, 40, 40) * 255
    for disturbed in (
        augment.low_resolution(images, rng(), most=3.0),
        augment.light(images, rng(), colour=True),
        augment.sensor_noise(images, rng(), most=10.0),
        augment.cover(images, rng(), share=1.0),
    ):
        assert disturbed.shape == images.shape
        assert torch.isfinite(disturbed).all()
        assert not torch.equal(disturbed, images)


def test_a_render_becomes_a_row_whose_label_is_in_the_normalised_camera() -> None:
    """A target at the camera: the label must be a gaze straight into the virtual camera, whatever the head does."""
    image = cv2.cvtColor(cv2.imread(str(PERSON)), cv2.COLOR_BGR2RGB)
    focal = 320 / np.tan(np.radians(30))
    label = {
        "K_crop": [[focal, 0, 320], [0, focal, 240], [0, 0, 1]],
        "R_head": np.diag([1.0, -1.0, -1.0]).tolist(),
        "eye_centre_m": [[0.03, 0.03, 0.48], [-0.03, 0.03, 0.48]],
        "target_m": [0.0, 0.0, 0.0],
        "eye_in_head_deg": [[4.0, -2.0], [6.0, -2.0]],
        "head_ypr_deg": [0.0, 0.0, 0.0],
        "glasses": False,
        "blink": 0.0,
        "seed": [1, 2],
    }
    detector = MediaPipeDetector()
    row = prepare_image(image, json.loads(json.dumps(label)), detector)
    assert prepare_image(np.zeros_like(image), label, detector) is None
    detector.close()
    assert row is not None
    assert row["face"].shape == (140, 140, 3)
    assert row["eyes"].shape == (2, 48, 96)
    np.testing.assert_allclose(row["eye_angles"], np.radians([-2.0, 5.0]))  # pitch, yaw: mean of both eyes
    np.testing.assert_allclose(row["face_angles"], [0.0, 0.0], atol=np.radians(4))


def test_spatial_weights_learn_slowly_so_that_the_map_does_not_die() -> None:
    fast, slow = parameter_groups(TASKS["face"].module(), 1e-3)
    assert slow["rate"] == pytest.approx(5e-5)
    assert sum(p.numel() for p in slow["params"]) == 2 * (256 * 256 + 256) + 256 + 1
    assert len(parameter_groups(EyeNet(), 1e-3)) == 1
    assert fast["rate"] == 1e-3
