"""The inputs and outputs of all networks."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class GazeInputs(NamedTuple):
    """One batch. A network uses some of the inputs (`registry.Spec.uses`) and scales pixels itself."""

    face: Tensor  # (B, 3, S, S) uint8 or 0..255 float RGB, normalised face (Zhang et al. 2018)
    eyes: Tensor  # (B, 2, 32, 64) uint8 or 0..255 float grey, crops aligned on the eye corners: left, right
    head: Tensor  # (B, 3) rad, rotation vector of the head in the normalised camera (its roll is 0)
    centre: Tensor  # (B, 3) face centre in the real camera, metres; 2D networks use it instead of a face grid


class GazeOutput(NamedTuple):
    """`gaze` of a 3D network: pitch and yaw, rad, normalised camera. Of a 2D network: x and y in decimetres on the
    plane z = 0 of the real camera, in which the screen lies."""

    gaze: Tensor  # (B, 2)
    embedding: Tensor  # (B, D) a few numbers for the calibration
    eye_in_head: Tensor | None = None  # (B, 2) pitch and yaw relative to the head, rad; networks with aligned eyes
    eye_embedding: Tensor | None = None  # (B, E) hidden layer of the aligned eyes
    parts: Tensor | None = None  # (B, 2) gaze of the face branch alone, while a fusion is trained
