"""Errors of predictions: angles, millimetres on the screen, by group, and after nine images of a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.arrays import Array
from models.face.camera import angles_to_vector, angular_error_rad
from models.training.dataset import Index, Rows, people_of
from models.training.few_shot import fit_correction

CALIBRATION_IMAGES = 9
FEWEST_TESTED = 3  # a person's images besides the nine


@dataclass(frozen=True, slots=True)
class Errors:
    """One error for each held-out image; `nan` where it does not apply. deg: (n,), mm: (n,)."""

    deg: Array
    mm: Array


def errors_of(answers: Array, truth: Array, rows: Rows, index: Index, task: str) -> Errors:
    """Errors of outputs. answers, truth: (n, 2) in the task's units."""
    if task == "2d":
        return Errors(np.full(len(index), np.nan), np.linalg.norm(answers - truth, axis=1) * 100.0)
    directions = angles_to_vector(answers)
    deg = np.degrees(angular_error_rad(directions, angles_to_vector(truth)))
    points = ray_on_plane(directions, rows.small["normalisation"][index], rows.small["centre"][index])
    return Errors(deg, np.linalg.norm(points - np.asarray(rows.small["target"][index], np.float64) * 100.0, axis=1))


def ray_on_plane(directions: Array, normalisation: Any, centre_m: Any) -> Array:
    """(n, 2) mm: the points at which rays from the face meet z = 0. directions: (n, 3) in the normalised camera."""
    d = np.einsum("nji,nj->ni", np.asarray(normalisation, np.float64), directions)  # R^T d
    toward = np.minimum(d[:, 2:], -1e-3)  # a ray away from the screen never meets it; its point is set far away
    c = np.asarray(centre_m, np.float64) * 1000.0
    points: Array = (c - d * c[:, 2:] / toward)[:, :2]
    return points


def calibrated(answers: Array, truth: Array, rows: Rows, index: Index, task: str) -> tuple[Array, int]:
    """Errors (n,) after nine images of each person, `nan` for the nine and for people with too few; and the number of
    people."""
    corrected = np.full_like(answers, np.nan)
    position = {int(row): i for i, row in enumerate(index)}
    people = 0
    for person, found in people_of(rows, index).items():
        if len(found) < CALIBRATION_IMAGES + FEWEST_TESTED:
            continue
        order = np.random.default_rng(person).permutation(found)
        fit, test = (np.array([position[int(row)] for row in part]) for part in np.split(order, [CALIBRATION_IMAGES]))
        corrected[test] = fit_correction(answers[fit], truth[fit]).apply(answers[test])
        people += 1
    errors = errors_of(corrected, truth, rows, index, task)
    return (errors.mm if task == "2d" else errors.deg), people


def groups_of(rows: Rows, index: Index) -> dict[str, npt.NDArray[np.bool_]]:
    """Name of a group -> (n,) whether an image belongs to it."""
    small = {name: rows.small[name][index] for name in ("head_angles", "gaze", "glasses", "skin")}
    head = np.abs(small["head_angles"]).max(axis=1)
    gaze = np.degrees(np.linalg.norm(small["gaze"], axis=1))
    skin = np.asarray(small["skin"], np.float64)
    glasses = np.asarray(small["glasses"], bool)
    return {
        "head below 10°": np.asarray(head < 10),
        "head 10° to 20°": np.asarray((head >= 10) & (head < 20)),
        "head above 20°": np.asarray(head >= 20),
        "gaze below 10°": gaze < 10,
        "gaze 10° to 20°": (gaze >= 10) & (gaze < 20),
        "gaze above 20°": gaze >= 20,
        "with glasses": glasses,
        "without glasses": ~glasses,
        "dark skin": skin < 0.18,
        "medium skin": (skin >= 0.18) & (skin < 0.35),
        "light skin": skin >= 0.35,
    }
