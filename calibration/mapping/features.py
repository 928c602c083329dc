"""The named feature blocks and their weights in the ridge.

A block is scaled by ONE number: standardising each column amplifies directions that hold only noise
(measured on real footage: 0.72 of always-centre's error against 0.40). A weight is relative to the eye
patches, whose 400 pixels have unit variance. With a weight of 20 on an angle in radians, 3 degrees of eye rotation
change the features by 1, about as much as they change the patches. Features = concat(weight_b * block_b).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

# The initial weights of a person, and the centre of their prior (`hyperparameters.adapted`). The first one is the
# reference, because lambda scales all blocks.
DEFAULT_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "eye_patches": 1.0,
        # With 20 and 14, best on a still laptop (0.40 of always-centre with 9 targets, 0.28 with 25). For a hand-held
        # phone, where rotation depends more on the hand than on the gaze, 10 and 4 were best.
        "eye_angles": 20.0,
        "head_rotation": 14.0,
        # In eye widths, 15 degrees of eye rotation are about 0.1. With 35, it weighs a little less than the angles.
        "iris": 35.0,
        # The full-face network. Rendered people: 3 % less error with 9 or 16 targets, none with 25; with 20, the same.
        "gaze_angles": 10.0,
    }
)

# Blocks that a network computed; `ridge_iris` does not use them.
NETWORK_BLOCKS = frozenset({"gaze_angles", "eye_angles", "embedding", "eye_embedding"})

# Blocks without information about the eyes.
HEAD_BLOCKS = frozenset({"head_rotation", "head_translation"})

# How far a feature may be from the calibration's mean before it is clipped. Beyond this range nothing was learned, and
# a linear map would move the point off the screen. Bounded blocks have no entry.
CLIP: Mapping[str, float] = MappingProxyType(
    {
        "head_rotation": 0.35,  # radians, 20 degrees: at about this angle, the far eye starts to be hidden
        "gaze_angles": 0.7,  # radians, 40 degrees: more than the eyes turn without the head
        "eye_angles": 0.7,
    }
)


def without(weights: Mapping[str, float], blocks: Collection[str]) -> dict[str, float]:
    """The weights of the other blocks."""
    return {name: weight for name, weight in weights.items() if name not in blocks}


def usable(weights: Mapping[str, float], available: Collection[str]) -> dict[str, float]:
    """The weights of the available blocks; empty if none of them has information about the eyes."""
    found = {name: weight for name, weight in weights.items() if name in available}
    return found if set(found) - HEAD_BLOCKS else {}
