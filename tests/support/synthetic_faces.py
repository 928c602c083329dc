"""A few assets and a renderer that draws nothing, for tests of people, labels and files."""

import os
from typing import Any

import numpy as np
import pytest

from models.synthetic.assets import VARIABLE, Assets

needs_assets = pytest.mark.skipif(
    not os.environ.get(VARIABLE), reason=f"{VARIABLE} names no assets (see models/synthetic/build_assets.md)"
)
FEW_ASSETS = Assets(
    {
        "skins": np.full((2, 600, 430, 3), 150, np.uint8),
        "brows": np.zeros((3, 1, 1), np.uint8),
        "env": np.ones((1, 256, 512, 3), np.float16),
    }
)


class Eyes:
    """Two eyes three centimetres beside the place between them, looking at a target."""

    def __init__(self, place: np.ndarray, target: np.ndarray) -> None:
        self.centres_cm = place + np.array([[3.0, 0, 0], [-3.0, 0, 0]])
        self.visual = target - self.centres_cm
        self.visual /= np.linalg.norm(self.visual, axis=1, keepdims=True)
        self.optical = self.visual


class BlankFaceRenderer:
    """Draws nothing but counts, as cheap as can be."""

    size_px = 16

    def __init__(self) -> None:
        self.begun = self.drawn = 0

    def begin(self, person: Any, desk: Any, room: Any, place: Any, shapes: Any, target: Any) -> tuple[Any, Eyes]:
        self.begun += 1
        self._place = place.place_cm
        return self.draw(shapes, target)

    def draw(self, shapes: Any, target: Any) -> tuple[Any, Eyes]:
        self.drawn += 1
        return np.full((16, 16, 4), 0.3, np.float32), Eyes(self._place, target)
