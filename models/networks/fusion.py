"""Full face and aligned eyes together: the default of the tracker.

Rotating the eyes' gaze by the estimated head pose is geometry and needs no learning. A correction, learned from the
face branch, the eye branch and the head, compensates errors of the pose and adds what only the whole face shows.
"""

from __future__ import annotations

import torch
from torch import nn

from models.networks.directions import gaze_of_eyes
from models.networks.eyes import EYE_EMBEDDING, AlignedEyesNet
from models.networks.full_face import FullFaceNet
from models.networks.inputs import GazeInputs, GazeOutput

EMBEDDING = 32


class FusionNet(nn.Module):
    """(face, eyes, head) -> gaze in the normalised camera, and the outputs of both branches."""

    def __init__(self, face: FullFaceNet) -> None:
        super().__init__()
        self.face = face
        self.eyes = AlignedEyesNet()
        width = face.fc2.out_features
        self.joint = nn.Sequential(nn.Linear(width + 2 + EYE_EMBEDDING + 2 + 3, EMBEDDING), nn.ReLU())
        self.correction = nn.Linear(EMBEDDING, 2)
        # Before training, the output is the gaze of the eye branch.
        nn.init.zeros_(self.correction.weight)
        nn.init.zeros_(self.correction.bias)

    def forward(self, inputs: GazeInputs) -> GazeOutput:
        face_hidden = self.face.hidden(inputs.face)
        face_gaze = self.face.out(face_hidden)
        eye_hidden = self.eyes.hidden(inputs.eyes, inputs.head)
        eye_in_head = self.eyes.out(eye_hidden)
        eyes_gaze = gaze_of_eyes(eye_in_head, inputs.head)
        # The correction depends on the differences between the branches.
        joint = self.joint(torch.cat([face_hidden, face_gaze - eyes_gaze, eye_hidden, eyes_gaze, inputs.head], dim=1))
        return GazeOutput(
            gaze=eyes_gaze + self.correction(joint),
            embedding=joint,
            eye_in_head=eye_in_head,
            eye_embedding=eye_hidden,
            parts=face_gaze,
        )
