"""A calibration as a JSON document and named arrays, and back. Pure; `calibration.profiles.store` has the files.

The version of the document rises when its members change. `migrated` adds members that an older document lacks:

    1  weights, lambda, report, arrays            2  + the population's geometric stage
    3  + the fitted part of the stage, the spread of the ridge, the expected error
    4  + the share of the full-face network in the stage, the head's poses
    5  + the members of the mixture; before, there was one map
    6  + the means of the last sessions

A document may come from another machine. So all numbers must be finite, and arguments of square roots must not be
negative. Broken documents raise ValueError, KeyError, TypeError or AttributeError.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration.calibration import Calibration
from calibration.mapping.mixture import POOLED_BLOCKS, Mixture
from calibration.mapping.two_stage import TwoStageModel
from calibration.profiles.members import Arrays, map_to_document, member_of
from calibration.quality.report import CalibrationReport
from calibration.samples.head_poses import MAX_POSES, HeadPoses
from calibration.samples.past import MAX_MEANS, MAX_SESSIONS, PastSession
from calibration.samples.selection import TargetMean
from calibration.screen import ScreenGeometry

VERSION = 6
MAX_MEMBERS = 16
LARGEST = 1e13  # times in unix ms; pixels, millimetres, variances: a calibration writes nothing near it
LEAST_DOT_PX = 0.01  # with less, the dots have no inverse kernel
MOST_TARGETS = 512  # with more, the radius of a frame takes too long


def to_document(calibration: Calibration) -> tuple[dict[str, Any], dict[str, npt.NDArray[np.float64]]]:
    """A calibration as plain JSON values, and its arrays."""
    poses = calibration.poses
    arrays: dict[str, npt.NDArray[np.float64]] = {}
    members = []
    for member in calibration.model.members:
        values, of_member = map_to_document(member.model)
        # The arrays of the staged ridge have the names that they had in version 1.
        prefix = "" if member is calibration.model.members[0] else f"{member.name}/"
        members.append({"name": member.name, "weight": member.weight, "prefix": prefix, **values})
        arrays |= {f"{prefix}{name}": array for name, array in of_member.items()}
    sessions = []
    for i, session in enumerate(calibration.sessions):
        values, of_session = _session_to_document(session)
        sessions.append({**values, "prefix": f"session{i}/"})
        arrays |= {f"session{i}/{name}": array for name, array in of_session.items()}
    if poses is not None:
        arrays |= {"poses/rotation": poses.rotation_rad, "poses/translation": poses.translation_mm}
    document = {
        "version": VERSION,
        "calibration_id": calibration.calibration_id,
        "screen": asdict(calibration.screen),
        "members": members,
        "sessions": sessions,
        "poses": poses is not None,
        "report": calibration.report.to_json(),
        "camera_px": None if calibration.camera_px is None else [*calibration.camera_px],
        "openness": None if calibration.openness is None else [*calibration.openness],
    }
    return document, arrays


def migrated(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document in the current VERSION, see the list above."""
    newer = dict(document)
    if newer["version"] < 2:
        newer["stage"] = None
    if newer["version"] < 3:
        newer["spread"] = None
    if newer["version"] < 4:
        newer["poses"] = False
        if newer["stage"] is not None:
            newer["stage"] = {**newer["stage"], "face_share": 0.0}
    if newer["version"] < 5:
        ridge = {name: newer.pop(name) for name in ("weights", "lambda", "stage", "spread")}
        if ridge["spread"] is not None:
            ridge["spread"] = ridge["spread"][1:]  # without sigma, which only the report needs
        newer["members"] = [{"name": "ridge", "weight": 1.0, "prefix": "", **ridge}]
    if newer["version"] < 6:
        newer["sessions"] = []
    newer["version"] = VERSION
    return newer


def from_document(document: Mapping[str, Any], arrays: Arrays) -> Calibration:
    """The inverse of `to_document`, for a migrated document."""
    check_numbers(document)
    screen = ScreenGeometry(**document["screen"])
    members = tuple(member_of(values, arrays, screen) for values in document["members"])
    if not members or not isinstance(members[0].model, TwoStageModel) or len(members) > MAX_MEMBERS:
        raise ValueError("the members of the mixture are invalid")
    if not abs(sum(member.weight for member in members) - 1.0) < 1e-6:
        raise ValueError("the weights of the mixture do not sum to 1")
    calibration_id = document["calibration_id"]
    if not re.fullmatch(r"c_[0-9a-f]{1,64}", calibration_id):
        raise ValueError(f"{calibration_id[:80]!r} is not the id of a calibration")
    return Calibration(
        calibration_id,
        screen,
        Mixture(members),
        _report(document["report"]),
        _poses(arrays) if document["poses"] else None,
        _camera_px(document.get("camera_px")),
        _openness(document.get("openness")),
        sessions_of(document, arrays),
    )


def sessions_of(document: Mapping[str, Any], arrays: Arrays) -> tuple[PastSession, ...]:
    """The sessions of a migrated document."""
    found = [_session(values, arrays) for values in document["sessions"]]
    if len(found) > MAX_SESSIONS:
        raise ValueError(f"there are more than {MAX_SESSIONS} sessions")
    return tuple(found)


def _session_to_document(session: PastSession) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """Only blocks that all means have are kept, of those that later fits use."""
    means = session.means
    names = [name for name in sorted(POOLED_BLOCKS) if means and all(name in mean.blocks for mean in means)]
    arrays: dict[str, npt.NDArray[Any]] = {
        "targets": np.array([(*mean.target, mean.target_id, mean.n_used) for mean in means], np.float64).reshape(-1, 4),
        **{f"block/{name}": np.stack([mean.blocks[name] for mean in means]) for name in names},
    }
    values = {
        "captured_ms": session.captured_ms,
        "screen": asdict(session.screen),
        "camera": session.camera,
        "features_id": session.features_id,
    }
    return values, arrays


def _session(values: Mapping[str, Any], arrays: Arrays) -> PastSession:
    prefix = values["prefix"]
    if not re.fullmatch(r"session[0-9]/", prefix):
        raise ValueError("a session has no arrays")
    targets = arrays[f"{prefix}targets"]  # (T, 4)
    if targets.ndim != 2 or targets.shape[1] != 4 or len(targets) > MAX_MEANS or np.abs(targets).max(initial=0) > 1e9:
        raise ValueError("the targets of a session are invalid")
    start = f"{prefix}block/"
    blocks = {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}
    if any(array.ndim != 2 or len(array) != len(targets) for array in blocks.values()):
        raise ValueError("the blocks of a session have an unexpected shape")
    camera, features_id = values["camera"], values["features_id"]
    if not isinstance(camera, str) or not isinstance(features_id, str):
        raise ValueError("the camera or the networks of a session have no name")
    means = [
        TargetMean(
            int(number), (x, y), {name: array[i].astype(np.float32) for name, array in blocks.items()}, int(n), int(n)
        )
        for i, (x, y, number, n) in enumerate(targets.tolist())
    ]
    captured_ms = float(values["captured_ms"])
    return PastSession(captured_ms, ScreenGeometry(**values["screen"]), tuple(means), camera, features_id)


def check_numbers(value: object) -> None:
    """Raise ValueError for a number beyond LARGEST at any depth. JSON readers accept NaN and 1e999, and squares of the
    other numbers must be finite."""
    if isinstance(value, float | int) and not abs(value) <= LARGEST:
        raise ValueError(f"{value} is not a usable number")
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for member in value:
            check_numbers(member)


def _report(values: Mapping[str, Any]) -> CalibrationReport:
    report = CalibrationReport.from_json(values)
    expected = report.expected
    if min(report.median_error_px, *asdict(expected).values()) < 0.0:
        raise ValueError("an expected error is negative")
    if expected.quantile > 0.0 and (expected.dot_px < LEAST_DOT_PX or len(report.targets) > MOST_TARGETS):
        raise ValueError("the expected error is invalid")
    for target in report.targets:
        numbers = [target.x, target.y, target.predicted_x, target.predicted_y, target.error_px, target.relative_error]
        if not all(isinstance(number, float | int) for number in numbers) or target.relative_error < 0.0:
            raise ValueError("a target is invalid")
    return report


def _camera_px(values: Sequence[int] | None) -> tuple[int, int] | None:
    if values is None:
        return None
    width, height = values
    if not (isinstance(width, int) and isinstance(height, int) and min(width, height) > 0):
        raise ValueError("the size of the camera's frames is invalid")
    return width, height


def _openness(values: Sequence[float] | None) -> tuple[float, float] | None:
    if values is None:
        return None
    left, right = (float(value) for value in values)
    if not (left >= 0.0 and right >= 0.0):
        raise ValueError("the openness of the eyes is invalid")
    return left, right


def _poses(arrays: Arrays) -> HeadPoses:
    poses = HeadPoses(arrays["poses/rotation"], arrays["poses/translation"])
    n = len(poses.rotation_rad)
    if not 1 <= n <= MAX_POSES + 1 or not poses.rotation_rad.shape == poses.translation_mm.shape == (n, 3):
        raise ValueError("the head poses are invalid")
    return poses
