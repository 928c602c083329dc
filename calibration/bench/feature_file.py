"""Features of recorded sessions in one file: computed once, to compare calibrators on the same numbers.

    python -m server evaluate DIR... --features FILE.npz       writes it
    python -m calibration.bench FILE.npz...                    reads it

Arrays of all frames in order: `session` (N,) is the index of the session, `test` (N,) whether it is a test frame,
`block/NAME` is (N, D). Arrays of sessions: `names`, `people`, `screens` (S, 5). Nothing is pickled.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration.errors import CalibrationFault
from calibration.samples.sample import CalibrationSample
from calibration.screen import ScreenGeometry

_SCREEN = ("width_px", "height_px", "width_mm", "height_mm", "distance_mm")


class FeatureFileError(CalibrationFault):
    """A file of features is not readable."""


@dataclass(frozen=True, slots=True)
class FeatureSession:
    """One person at one screen. test: settled frames with open eyes, at places that the calibration did not show."""

    name: str
    person: str
    screen: ScreenGeometry
    calibrate: tuple[CalibrationSample, ...]
    test: tuple[CalibrationSample, ...]


def save_features(path: Path, sessions: Sequence[FeatureSession]) -> None:
    """Write the file. All sessions must have the same blocks. Raises OSError if writing fails."""
    rows = [
        (number, is_test, sample)
        for number, session in enumerate(sessions)
        for is_test, samples in ((False, session.calibrate), (True, session.test))
        for sample in samples
    ]
    samples = [sample for _, _, sample in rows]
    blocks = samples[0].blocks if samples else {}
    arrays: dict[str, Any] = {
        "names": np.array([session.name for session in sessions], np.str_),
        "people": np.array([session.person for session in sessions], np.str_),
        "screens": np.array(
            [[getattr(session.screen, name) or math.nan for name in _SCREEN] for session in sessions], np.float64
        ),
        "session": np.array([number for number, _, _ in rows], np.int64),
        "test": np.array([is_test for _, is_test, _ in rows], np.bool_),
        "captured_ms": np.array([sample.captured_ms for sample in samples], np.float64),
        "arrived_ms": np.array([_or_nan(sample.arrived_ms) for sample in samples], np.float64),
        "target_id": np.array([sample.target_id for sample in samples], np.int64),
        "target": np.array([sample.target for sample in samples], np.float64).reshape(-1, 2),
        "eyes_open": np.array([sample.eyes_open for sample in samples], np.bool_),
    }
    arrays |= {f"block/{name}": np.stack([sample.blocks[name] for sample in samples]) for name in blocks}
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def load_features(path: Path) -> list[FeatureSession]:
    """Read the file. Raises FeatureFileError if it is not a file of features."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        return _sessions(arrays)
    except (OSError, ValueError, KeyError, TypeError, IndexError, EOFError, zipfile.BadZipFile) as error:
        raise FeatureFileError(f"{path} holds no features ({error}): python -m server evaluate writes some") from error


def _sessions(arrays: dict[str, npt.NDArray[Any]]) -> list[FeatureSession]:
    blocks = {name.removeprefix("block/"): values for name, values in arrays.items() if name.startswith("block/")}
    samples = [
        CalibrationSample(
            captured_ms=float(arrays["captured_ms"][i]),
            target_id=int(arrays["target_id"][i]),
            target=(float(arrays["target"][i, 0]), float(arrays["target"][i, 1])),
            blocks={name: np.asarray(values[i], np.float32) for name, values in blocks.items()},
            eyes_open=bool(arrays["eyes_open"][i]),
            arrived_ms=None if math.isnan(arrays["arrived_ms"][i]) else float(arrays["arrived_ms"][i]),
        )
        for i in range(len(arrays["session"]))
    ]
    sessions = []
    for number, (name, person) in enumerate(zip(arrays["names"], arrays["people"], strict=True)):
        values = [None if math.isnan(value) else float(value) for value in arrays["screens"][number]]
        mine = arrays["session"] == number
        sessions.append(
            FeatureSession(
                name=str(name),
                person=str(person),
                screen=ScreenGeometry(**dict(zip(_SCREEN, values, strict=True))),  # type: ignore[arg-type]
                calibrate=tuple(samples[i] for i in np.flatnonzero(mine & ~arrays["test"])),
                test=tuple(samples[i] for i in np.flatnonzero(mine & arrays["test"])),
            )
        )
    return sessions


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
