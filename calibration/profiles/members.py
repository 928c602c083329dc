"""A member of the mixture as JSON values and named arrays, and back. Pure; a part of `calibration.profiles.format`.

Broken documents raise ValueError, KeyError, TypeError or AttributeError.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration.mapping.geometry import GeometricStage
from calibration.mapping.mixture import Member
from calibration.mapping.ray_affine import RayAffine
from calibration.mapping.ridge import RidgeModel, Spread
from calibration.mapping.two_stage import TwoStageModel
from calibration.screen import ScreenGeometry

Arrays = Mapping[str, npt.NDArray[np.float64]]


def map_to_document(
    model: RayAffine | TwoStageModel,
) -> tuple[dict[str, Any], dict[str, npt.NDArray[np.float64]]]:
    """The map of a member as plain JSON values, and its arrays."""
    return _ray_to_document(model) if isinstance(model, RayAffine) else _ridge_to_document(model)


def _ray_to_document(model: RayAffine) -> tuple[dict[str, Any], dict[str, npt.NDArray[np.float64]]]:
    return {"kind": "ray_affine"}, {"origin": model.origin, "centre": model.centre, "gain": model.gain}


def _ridge_to_document(model: TwoStageModel) -> tuple[dict[str, Any], dict[str, npt.NDArray[np.float64]]]:
    stage, ridge = model.stage, model.ridge
    arrays: dict[str, npt.NDArray[np.float64]] = {"origin": ridge.origin}
    for name in ridge.centres:
        arrays[f"centre/{name}"] = ridge.centres[name]
        arrays[f"coefficients/{name}"] = ridge.coefficients[name]
        if ridge.spread is not None:
            arrays[f"directions/{name}"] = ridge.spread.directions[name]
    values = {
        "weights": dict(ridge.weights),
        "lambda": ridge.lam,
        "stage": asdict(stage) if stage is not None else None,
        "spread": None if ridge.spread is None else [ridge.spread.typical, ridge.spread.noise],
    }
    return values, arrays


def member_of(values: Mapping[str, Any], arrays: Arrays, screen: ScreenGeometry) -> Member:
    """The member with these values. arrays: of the whole document."""
    weight, prefix = float(values["weight"]), values["prefix"]
    if weight < 0.0 or not isinstance(values["name"], str) or not re.fullmatch(r"([a-z_]{1,40}/)?", prefix):
        raise ValueError("a member of the mixture is invalid")
    mine = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
    if values.get("kind") == "ray_affine":
        return Member(values["name"], weight, _ray(mine, screen))
    return Member(values["name"], weight, TwoStageModel(_stage(values["stage"]), _ridge(values, mine)))


def _ray(arrays: Arrays, screen: ScreenGeometry) -> RayAffine:
    model = RayAffine(screen, arrays["origin"], arrays["centre"], arrays["gain"])
    if model.origin.shape != (2,) or model.centre.shape != (2,) or model.gain.shape != (2, 2):
        raise ValueError("the map of the line of sight has arrays of unexpected shape")
    return model


def _ridge(values: Mapping[str, Any], arrays: Arrays) -> RidgeModel:
    weights = {str(name): float(weight) for name, weight in values["weights"].items()}
    centres = {name: arrays[f"centre/{name}"] for name in weights}
    coefficients = {name: arrays[f"coefficients/{name}"] for name in weights}
    for name in centres:
        if centres[name].ndim != 1 or coefficients[name].shape != (*centres[name].shape, 2):
            raise ValueError(f"block {name!r} has arrays of unexpected shape")
    if not weights or arrays["origin"].shape != (2,):
        raise ValueError("the weights or the origin are invalid")
    spread = _spread(values["spread"], arrays, centres)
    return RidgeModel(weights, float(values["lambda"]), arrays["origin"], centres, coefficients, spread=spread)


def _spread(values: Sequence[float] | None, arrays: Arrays, centres: Arrays) -> Spread | None:
    if values is None:
        return None
    typical, noise = (float(value) for value in values)
    directions = {name: arrays[f"directions/{name}"] for name in centres}
    columns = {array.shape[1:] for array in directions.values()}
    if len(columns) != 1 or any(directions[name].shape[:1] != centre.shape for name, centre in centres.items()):
        raise ValueError("the spread has arrays of unexpected shape")
    if len(*columns) != 1 or min(typical, noise) < 0.0:
        raise ValueError("the spread is invalid")
    return Spread(typical, noise, directions)


def _stage(values: Mapping[str, Any] | None) -> GeometricStage | None:
    if values is None:
        return None
    width, height = (float(value) for value in values["size_mm"])
    x, y, z = (float(value) for value in values["reference_mm"])
    gains = float(values["head_gain"]), float(values["eye_gain"]), float(values["face_share"])
    fitted = {
        name: (float(values[name][0]), float(values[name][1]))
        for name in ("kappa_rad", "tilt_rad", "camera_mm")
        if name in values  # version 2 has only the population's
    }
    numbers = (width, height, x, y, z, *gains, *itertools.chain.from_iterable(fitted.values()))
    if not (all(map(math.isfinite, numbers)) and min(width, height, z) > 0):
        raise ValueError("the geometric stage is invalid")
    return replace(GeometricStage((width, height), (x, y, z), *gains), **fitted)  # type: ignore[arg-type]
