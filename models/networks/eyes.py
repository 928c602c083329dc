"""Networks that use only the eyes: on crops aligned to the eye corners, or on windows of the normalised face."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from models.networks.backbones import ResNetTrunk, scaled
from models.networks.directions import gaze_of_eyes
from models.networks.inputs import GazeInputs, GazeOutput

EYE_EMBEDDING = 32
_SPREAD_FLOOR = 4.0  # grey levels; limits the noise of a uniform crop

# The eyes in the normalised face, as parts of its side: left, top, right, bottom. The picture shows the person's
# right eye on its left. The windows are wide enough for every face.
RIGHT_EYE_WINDOW = (0.08, 0.18, 0.50, 0.46)
LEFT_EYE_WINDOW = (0.50, 0.18, 0.92, 0.46)


def window(face: Tensor, box: tuple[float, float, float, float]) -> Tensor:
    """Cut out a window: (B, 3, S, S) -> (B, 3, h, w)."""
    side = face.shape[-1]
    left, top, right, bottom = (round(part * side) for part in box)
    return face[:, :, top:bottom, left:right]


class AlignedEyesNet(nn.Module):
    """Gaze relative to the head from two aligned grey crops. The head's rotation turns it into the camera frame.

    Both eyes share one branch, with the left one mirrored, so each face is two training examples. Each crop is scaled
    to zero mean and unit variance. After training on rendered faces, the network relies on what renders show correctly:
    the position of the iris between eyelids and corners.
    """

    def __init__(self, widths: tuple[int, ...] = (32, 64, 96, 128)) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in pairwise((1, *widths)):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
            layers += [nn.Conv2d(after, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        self.branch = nn.Sequential(*layers)  # (2B, 1, 32, 64) -> (2B, 128, 2, 4)
        self.eye = nn.Sequential(nn.Linear(widths[-1] * 2 * 4, 96), nn.ReLU(), nn.Dropout(0.2))
        self.joint = nn.Sequential(nn.Linear(2 * 96 + 3, EYE_EMBEDDING), nn.ReLU())
        self.out = nn.Linear(EYE_EMBEDDING, 2)

    def hidden(self, eyes: Tensor, head: Tensor) -> Tensor:
        """(B, 2, 32, 64), (B, 3) -> (B, 32)."""
        eyes = eyes.float()
        both = torch.cat([eyes[:, 0].flip(-1), eyes[:, 1]]).unsqueeze(1)  # (2B, 1, 32, 64)
        centred = both - both.mean(dim=(2, 3), keepdim=True)
        spread = centred.square().mean(dim=(2, 3), keepdim=True).sqrt().clamp_min(_SPREAD_FLOOR)
        # Not `chunk(2)`: an exporter cannot prove that it makes two parts of any batch.
        left, right = self.eye(self.branch(centred / spread).flatten(1)).unflatten(0, (2, -1))  # (B, 96) each
        joint: Tensor = self.joint(torch.cat([left, right, head], dim=1))
        return joint

    def forward(self, inputs: GazeInputs) -> GazeOutput:
        hidden = self.hidden(inputs.eyes, inputs.head)
        eye_in_head = self.out(hidden)
        gaze = gaze_of_eyes(eye_in_head, inputs.head)
        return GazeOutput(gaze=gaze, embedding=hidden, eye_in_head=eye_in_head, eye_embedding=hidden)


class EyeWindowsNet(nn.Module):
    """The paper's eye-only baselines: gaze from one or both eye windows of the normalised face, without head pose.

    Both eyes share one branch, with the left one mirrored. A single eye is the person's right one.
    """

    def __init__(self, *, both: bool) -> None:
        super().__init__()
        self.both = both
        self.branch = nn.Sequential(ResNetTrunk(), nn.AdaptiveAvgPool2d((4, 6)), nn.Flatten(), nn.Dropout(0.1))
        eyes = 2 if both else 1
        self.joint = nn.Sequential(nn.Linear(eyes * ResNetTrunk.channels * 24, 256), nn.ReLU())
        self.embed = nn.Linear(256, EYE_EMBEDDING)
        self.out = nn.Linear(256, 2)

    def forward(self, inputs: GazeInputs) -> GazeOutput:
        face = scaled(inputs.face)
        features = [self.branch(window(face, RIGHT_EYE_WINDOW))]
        if self.both:
            features.append(self.branch(window(face, LEFT_EYE_WINDOW).flip(-1)))
        hidden = self.joint(torch.cat(features, dim=1))
        return GazeOutput(gaze=self.out(hidden), embedding=self.embed(hidden.detach()))
