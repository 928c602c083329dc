"""The named feature blocks, how much each one weighs in the ridge, and the weightings that compete for a person.

A block is scaled by ONE number: standardising columns one by one blows up directions that hold only noise
(measured on real footage: 0.72 of always-centre's error against 0.40). A weight is relative to the eye
patches, whose 400 pixels have unit variance; 20 on an angle in radians makes 3 degrees of eye rotation move the
features by 1, about what it does to the patches.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

# What a network computed; `ridge_iris` must do without these.
NETWORK_BLOCKS = frozenset({"gaze_angles", "eye_angles", "embedding", "eye_embedding"})

# What alone says nothing about the eyes.
HEAD_BLOCKS = frozenset({"head_rotation", "head_translation"})

# How far a feature may leave the calibration's mean before it is clipped. Beyond this range nothing was learned, and
# a linear map would carry the dot off the screen. Blocks that are bounded by nature have no entry.
CLIP = {
    "head_rotation": 0.35,  # radians, 20 degrees: about where the far eye starts to hide
    "gaze_angles": 0.7,  # radians, 40 degrees: more than the eyes do without the head
    "eye_angles": 0.7,
}


@dataclass(frozen=True, slots=True)
class Weighting:
    """A named choice of blocks and weights, ((block, weight), ...)."""

    name: str
    weights: tuple[tuple[str, float], ...]

    @property
    def blocks(self) -> frozenset[str]:
        return frozenset(name for name, _ in self.weights)

    def without(self, blocks: Collection[str]) -> Weighting:
        return Weighting(self.name, tuple((name, weight) for name, weight in self.weights if name not in blocks))


# The first is the default: the others have to beat it clearly on targets left out (calibration/ridge.py, `choose`).
WEIGHTINGS = (
    # Best with a still laptop (0.40 of always-centre with 9 points, 0.28 with 25).
    Weighting("still", (("eye_patches", 1.0), ("eye_angles", 20.0), ("head_rotation", 14.0))),
    # Best with a hand-held phone, where the rotation says more about the hand than about the gaze.
    Weighting("hand_held", (("eye_patches", 1.0), ("eye_angles", 10.0), ("head_rotation", 4.0))),
    # A few well-chosen dimensions: for faces so small or dark that pixels are mostly noise.
    Weighting("geometry", (("iris", 35.0), ("openness", 20.0), ("head_rotation", 10.0))),
    Weighting("angles", (("eye_angles", 20.0), ("head_rotation", 14.0))),
)


def usable(weightings: Sequence[Weighting], available: Collection[str]) -> list[Weighting]:
    """Each weighting reduced to the blocks at hand; those left without eyes or equal to an earlier one fall away."""
    kept: list[Weighting] = []
    for weighting in weightings:
        reduced = weighting.without(weighting.blocks - set(available))
        if reduced.blocks - HEAD_BLOCKS and all(reduced.weights != other.weights for other in kept):
            kept.append(reduced)
    return kept
