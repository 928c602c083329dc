"""The losses: L1 on a network's output (Zhang et al. 2017), and on its intermediate results."""

from __future__ import annotations

from torch import Tensor, nn

from models.networks.full_face import FullFaceNet
from models.networks.inputs import GazeInputs, GazeOutput
from models.training.batches import Labels

PARTS_WEIGHT = 0.5
_FACE_PARTS = 5  # eyes relative to the head, head rotation


class Learner(nn.Module):
    """A network with the parts that only training needs.

    In training, the last hidden layer of a full-face network also predicts eyes and head. Gaze is head plus eyes, and
    people turn one against the other, so either alone explains little of the gaze.
    """

    def __init__(self, net: nn.Module, task: str) -> None:
        super().__init__()
        self.net = net
        self.task = task
        face = isinstance(net, FullFaceNet) and task == "3d"
        self.parts = nn.Linear(net.fc2.out_features, _FACE_PARTS) if face and isinstance(net, FullFaceNet) else None

    def loss(self, inputs: GazeInputs, labels: Labels) -> tuple[Tensor, Tensor]:
        """The loss to minimise, and the mean absolute error of the output (rad or dm)."""
        if self.parts is not None and isinstance(self.net, FullFaceNet):
            hidden = self.net.hidden(inputs.face, inputs.centre)
            gaze, parts = self.net.out(hidden), self.parts(hidden)
            error = l1(gaze, labels.gaze)
            eyes, head = l1(parts[:, :2], labels.eye_in_head), l1(parts[:, 2:], labels.head)
            return error + PARTS_WEIGHT * (eyes + head), error
        output: GazeOutput = self.net(inputs)
        error = l1(output.gaze, labels.gaze if self.task == "3d" else labels.target)
        total = error
        if output.eye_in_head is not None:
            total = total + PARTS_WEIGHT * l1(output.eye_in_head, labels.eye_in_head)
        if output.parts is not None:
            total = total + PARTS_WEIGHT * l1(output.parts, labels.gaze)
        return total, error


def l1(found: Tensor, truth: Tensor) -> Tensor:
    return (found - truth).abs().mean()
