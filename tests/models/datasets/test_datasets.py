"""Converters of data sets, on small files in the published formats with rendered faces."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from models.datasets import mpiifacegaze, recordings
from models.datasets.rows import DatasetError
from models.face.camera import vector_to_angles
from models.face.mesh_landmarks import MeshLandmarks
from models.training.data_licence import RECORDINGS
from models.training.dataset import load_rows
from models.training.prepare import ARRAYS, write_rows
from tests.support.paths import DEMO_PERSON, PEOPLE

ADA = PEOPLE / "ada"
FACE = DEMO_PERSON / "frames" / "0000.jpg"


@pytest.fixture(scope="module")
def finder() -> MeshLandmarks:
    return MeshLandmarks()


@pytest.fixture
def person(tmp_path: Path) -> Path:
    """One person, one day, one picture, looking 10 degrees to the image's right from 60 cm."""
    folder = tmp_path / "p00"
    (folder / "Calibration").mkdir(parents=True)
    (folder / "day01").mkdir()
    shutil.copy(FACE, folder / "day01" / "0001.jpg")
    matrix = np.array([[554.0, 0, 320], [0, 554.0, 240], [0, 0, 1]])
    scipy.io.savemat(folder / "Calibration" / "Camera.mat", {"cameraMatrix": matrix})
    target = [600 * np.tan(np.radians(10)), 0.0, 0.0]
    numbers = [*[0] * 2, *[0] * 12, *[0] * 6, 0.0, 0.0, 600.0, *target]
    (folder / "p00.txt").write_text("day01/0001.jpg " + " ".join(str(n) for n in numbers) + " left\n")
    return folder


def test_mpiifacegaze_gives_directions_with_our_sign_of_yaw(person: Path, finder: MeshLandmarks) -> None:
    (row,) = mpiifacegaze.rows_of(person, 3, finder)
    assert set(row) == set(ARRAYS)
    in_camera = row["normalisation"].T @ _vector(row["gaze"])
    np.testing.assert_allclose(np.degrees(vector_to_angles(in_camera)), [0.0, 10.0], atol=1e-6)
    np.testing.assert_allclose(row["target"], [6 * np.tan(np.radians(10)), 0.0], atol=1e-9)
    assert row["person"] == 3


def test_a_line_that_is_not_as_published_is_named(person: Path, finder: MeshLandmarks) -> None:
    (person / "p00.txt").write_text("day01/0001.jpg 1 2 3\n")
    with pytest.raises(DatasetError, match=r"p00\.txt, line 1: 4 fields"):
        list(mpiifacegaze.rows_of(person, 0, finder))
    (person / "Calibration" / "Camera.mat").unlink()
    with pytest.raises(DatasetError, match="no camera matrix"):
        list(mpiifacegaze.rows_of(person, 0, finder))


def test_a_picture_that_is_missing_is_named(person: Path, finder: MeshLandmarks) -> None:
    (person / "day01" / "0001.jpg").unlink()
    with pytest.raises(DatasetError, match=r"0001\.jpg: not a picture"):
        list(mpiifacegaze.rows_of(person, 0, finder))


def small_session(tmp_path: Path, width_mm: float | None = 340.0) -> Path:
    """The first frames of a rendered session that have a target."""
    session = tmp_path / "session"
    (session / "frames").mkdir(parents=True)
    about = json.loads((ADA / "session.json").read_text())
    about["screen"]["width_mm"] = width_mm or None
    (session / "session.json").write_text(json.dumps(about))
    lines = (ADA / "frames.csv").read_text().splitlines()
    kept = [line for line in lines[1:] if ",calibrate" in line or ",test" in line][:2]
    (session / "frames.csv").write_text("\n".join([lines[0], *kept]) + "\n")
    for line in kept:
        name = Path(line.split(",")[0]).name
        shutil.copy(ADA / "frames" / name, session / "frames" / name)
    return session


def test_a_session_becomes_rows_that_training_reads(tmp_path: Path, finder: MeshLandmarks) -> None:
    session = small_session(tmp_path)
    assert write_rows(recordings.rows_of(session, finder), tmp_path / "out" / "session", RECORDINGS) == 2
    rows = load_rows(tmp_path / "out", {"face", "eyes"})
    assert len(rows) == 2
    # The screen is below the camera, so the gaze is downwards.
    assert (np.asarray(rows.small["gaze"])[:, 0] < np.radians(5)).all()
    assert len(set(rows.small["person"].tolist())) == 1


def test_a_session_without_the_screen_s_size_is_refused(tmp_path: Path, finder: MeshLandmarks) -> None:
    with pytest.raises(DatasetError, match="width_mm"):
        list(recordings.rows_of(small_session(tmp_path, None), finder))
    with pytest.raises(DatasetError, match="not a session folder"):
        list(recordings.rows_of(tmp_path / "nowhere", finder))


def _vector(angles: np.ndarray) -> np.ndarray:
    from models.face.camera import angles_to_vector

    return angles_to_vector(angles)
