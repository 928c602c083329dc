import numpy as np
import pytest
import torch

from models.eye_net import EyeNet
from models.gaze_net import FullFaceNet
from models.predictor import GazePredictor, choose_device


@pytest.fixture(scope="module")
def predictor() -> GazePredictor:
    torch.manual_seed(0)
    return GazePredictor(FullFaceNet(), EyeNet(), torch.device("cpu"))


FACE = np.full((112, 112, 3), 128, np.uint8)
EYES = np.full((2, 32, 64), 128, np.uint8)
HEAD = np.zeros(3, np.float32)


def test_numpy_goes_in_and_numpy_comes_out(predictor: GazePredictor) -> None:
    output = predictor.predict(FACE, EYES, HEAD)
    assert output.face_angles.shape == (2,)
    assert output.face_embedding.shape == (16,)
    assert output.eye_angles.shape == (2,)
    assert output.eye_embedding.shape == (32,)
    assert all(np.isfinite(value).all() for value in (output.face_angles, output.eye_angles, output.eye_embedding))


def test_equal_images_give_equal_answers(predictor: GazePredictor) -> None:
    first, second = predictor.predict(FACE, EYES, HEAD), predictor.predict(FACE, EYES, HEAD)
    np.testing.assert_array_equal(first.face_angles, second.face_angles)
    np.testing.assert_array_equal(first.eye_angles, second.eye_angles)


def test_wrong_shapes_are_refused(predictor: GazePredictor) -> None:
    with pytest.raises(ValueError, match="face patch must be"):
        predictor.predict(FACE[:100], EYES, HEAD)
    with pytest.raises(ValueError, match="eye crops must be"):
        predictor.predict(FACE, EYES[:1], HEAD)


def test_auto_takes_what_is_there_and_cuda_without_cuda_is_refused() -> None:
    assert choose_device("cpu").type == "cpu"
    if torch.cuda.is_available():
        assert choose_device("auto").type == "cuda"
    else:
        assert choose_device("auto").type == "cpu"
        with pytest.raises(ValueError, match="no CUDA device"):
            choose_device("cuda")
