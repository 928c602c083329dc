"""Notes the project's files whose functions are called."""

from __future__ import annotations

from pathlib import Path
from types import FrameType
from typing import Any

from tests.support.paths import ROOT

PACKAGES = tuple(f"{ROOT / package}/" for package in ("server", "calibration", "models"))


class Tracer:
    """For `sys.setprofile`. Notes each file of PACKAGES whose functions are called while `active`."""

    def __init__(self) -> None:
        self.active = False
        self.files: dict[str, None] = {}  # a set that keeps its order

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> None:
        if self.active and event == "call" and frame.f_code.co_filename.startswith(PACKAGES):
            self.files[str(Path(frame.f_code.co_filename).relative_to(ROOT))] = None
