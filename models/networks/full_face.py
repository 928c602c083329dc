"""Full-face networks, with and without spatial weights, for a direction (3D task) or a point (2D task).

Zhang et al. 2017 (see `spatial_weights`) on three trunks: AlexNet at 448 px with fully connected layers of 4096
(196.60 M parameters), MobileNetV2 at 112 px with 512 (4.39 M), and a half-width ResNet at 224 or 112 px.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.networks.backbones import scaled
from models.networks.inputs import GazeInputs, GazeOutput
from models.networks.spatial_weights import SpatialWeights

EMBEDDING = 16


class FullFaceNet(nn.Module):
    """Trunk, spatial weights, two hidden layers, two numbers. In `eval` mode dropout is off.

    map_px: side of the trunk's map; pool: the weighted map is averaged over pool x pool places before the layers.
    """

    def __init__(
        self,
        trunk: nn.Module,
        *,
        map_px: int,
        hidden: int,
        spatial: bool = True,
        pool: int = 1,
        dropout: float = 0.1,
        task_2d: bool = False,
    ) -> None:
        super().__init__()
        self.trunk = trunk
        channels = int(trunk.channels)  # type: ignore[arg-type]
        self.spatial_weights = SpatialWeights(channels) if spatial else None
        self.pool = nn.AvgPool2d(pool) if pool > 1 else nn.Identity()
        self.fc1 = nn.Linear(channels * (map_px // pool) ** 2, hidden)
        # The point depends on the position of the face, which the normalised picture does not show.
        self.place = nn.Linear(3, hidden) if task_2d else None
        self.fc2 = nn.Linear(hidden, hidden)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(hidden, 2)
        self.embedding_mean: Tensor
        self.embedding_basis: Tensor
        self.register_buffer("embedding_mean", torch.zeros(hidden))
        self.register_buffer("embedding_basis", torch.zeros(EMBEDDING, hidden))

    def activations(self, face: Tensor) -> Tensor:
        """(B, 3, S, S) -> (B, C, H, W), before the spatial weights."""
        u: Tensor = self.trunk(scaled(face))
        return u

    def weighted(self, face: Tensor) -> Tensor:
        """(B, 3, S, S) -> (B, C, H, W), each place scaled by its weight."""
        u = self.activations(face)
        return u if self.spatial_weights is None else self.spatial_weights(u)

    def hidden(self, face: Tensor, centre: Tensor | None = None) -> Tensor:
        """(B, hidden): the last layer before the output."""
        x = self.fc1(self.pool(self.weighted(face)).flatten(1))
        if self.place is not None and centre is not None:
            x = x + self.place(centre)
        x = self.dropout(torch.relu(x))
        return torch.relu(self.fc2(x))

    def forward(self, inputs: GazeInputs) -> GazeOutput:
        hidden = self.hidden(inputs.face, inputs.centre)
        embedding = (hidden - self.embedding_mean) @ self.embedding_basis.T
        return GazeOutput(gaze=self.out(hidden), embedding=embedding)

    def fit_embedding(self, hidden: Tensor) -> None:
        """Set the embedding to the principal directions of `hidden`, (n, hidden), of training people."""
        mean = hidden.mean(dim=0)
        _, _, directions = torch.linalg.svd(hidden - mean, full_matrices=False)
        self.embedding_mean.copy_(mean)
        self.embedding_basis[: len(directions)].copy_(directions[:EMBEDDING])
