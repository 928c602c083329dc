"""MediaPipe's FaceMesh and FaceDetection, without the rest of its package, which is an extra (`INSTALL`).

`import mediapipe` also imports Matplotlib, which writes a list of fonts to the user's cache folder, and sounddevice,
which starts a C compiler to find its library. This project needs neither. So the parent packages of the two modules are
entered into `sys.modules` as bare folders: their `__init__` does not run, and a start takes 0.4 s less.

FaceDetection's graph needs option messages that only FaceMesh's module imports. Without them, MediaPipe ignores the
options, and one face gives several boxes. So FaceMesh's module is always imported first.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import Any

INSTALL = "pip install 'sightline-gaze[mediapipe]' (in the checkout '.[mediapipe]')"
_BARE = ("mediapipe", "mediapipe.python.solutions")


def face_mesh() -> Any:
    """The class `FaceMesh`."""
    return _imported("face_mesh").FaceMesh


def face_detection() -> Any:
    """The class `FaceDetection`."""
    _imported("face_mesh")
    return _imported("face_detection").FaceDetection


def _imported(name: str) -> Any:
    for package in _BARE:
        if sys.modules.get(package) is None:  # the whole package may already be imported
            found = importlib.util.find_spec(package)
            if found is None or found.submodule_search_locations is None:
                raise ModuleNotFoundError(f"MediaPipe is not installed: {INSTALL}", name=package)
            bare = ModuleType(package)
            bare.__path__ = list(found.submodule_search_locations)
            bare.__spec__ = found
            sys.modules[package] = bare
    return importlib.import_module(f"{_BARE[-1]}.{name}")
