import numpy as np
import torch
from torch import nn

from models.explain import importance, overlay, squares, weight_map
from models.networks.inputs import GazeInputs, GazeOutput
from models.networks.registry import resnet224


class LooksAtOnePlace(nn.Module):
    """A network whose output is the brightness of a small place on the left, above the middle."""

    def forward(self, inputs: GazeInputs) -> GazeOutput:
        value = inputs.face[:, :, 80:90, 40:50].mean(dim=(1, 2, 3)) / 255.0
        return GazeOutput(gaze=torch.stack([value, torch.zeros_like(value)], dim=1), embedding=value[:, None])


def inputs(value: float) -> GazeInputs:
    face = torch.full((3, 3, 224, 224), value)
    return GazeInputs(face, torch.zeros(3, 2, 32, 64), torch.zeros(3, 3), torch.zeros(3, 3))


def test_a_square_matters_where_the_network_looks_and_nowhere_else() -> None:
    batch = inputs(255.0)
    truth = torch.tensor([[1.0, 0.0]] * 3)
    found = importance(LooksAtOnePlace(), batch, truth)
    matters = found.drop > 1.0
    covering = [top < 90 and top + size > 80 and left < 50 and left + size > 40 for top, left, size in squares(224)]
    np.testing.assert_array_equal(matters.ravel(), covering)


def test_squares_are_those_of_the_paper_and_stay_inside() -> None:
    places = squares(448)
    assert places[0] == (0, 0, 64)
    assert max(top + size for top, _, size in places) <= 448
    assert round(len(squares(224)) ** 0.5) ** 2 == len(squares(224))


def test_weights_are_near_one_before_training_and_missing_without_the_mechanism() -> None:
    weights = weight_map(resnet224().eval(), inputs(100.0))
    assert weights is not None
    assert weights.shape == (14, 14)
    assert abs(weights.mean() - 1.0) < 0.05
    assert weight_map(resnet224(spatial=False).eval(), inputs(100.0)) is None


def test_the_picture_is_as_large_as_the_face_and_reddest_at_the_top_of_the_map() -> None:
    values = np.zeros((13, 13))
    values[3, 9] = 1.0
    picture = overlay(values, np.full((224, 224, 3), 128, np.uint8))
    assert picture.shape == (224, 224, 3)
    red_over_blue = picture[..., 0].astype(int) - picture[..., 2]
    y, x = np.unravel_index(int(red_over_blue.argmax()), red_over_blue.shape)
    assert abs(y - 3.5 / 13 * 224) < 24
    assert abs(x - 9.5 / 13 * 224) < 24
