"""Features, targets and the textbook ridge that the closed forms are compared with."""

import numpy as np

from calibration.mapping.kernel_ridge import block_kernel, weighted_kernel

RNG = np.random.default_rng(3)
FEATURES = {"eye_patches": RNG.normal(size=(9, 40)) + 5.0, "iris": RNG.normal(size=(9, 4)) - 2.0}
TARGETS = RNG.uniform(size=(9, 2))
WEIGHTS = {"eye_patches": 1.0, "iris": 7.0}


def kernel() -> np.ndarray:
    return weighted_kernel({name: block_kernel(values) for name, values in FEATURES.items()}, WEIGHTS)


def textbook_ridge(features: dict[str, np.ndarray], targets: np.ndarray, lam: float, x: np.ndarray) -> np.ndarray:
    """Ridge as textbooks write it: (X^T X + lambda I)^-1 X^T Y on centred, concatenated, weighted features."""
    joined = np.concatenate([weight * features[name] for name, weight in WEIGHTS.items()], axis=1)
    centred = joined - joined.mean(axis=0)
    gram = centred.T @ centred + lam * np.eye(joined.shape[1])
    beta = np.linalg.solve(gram, centred.T @ (targets - targets.mean(axis=0)))
    return targets.mean(axis=0) + (x - joined.mean(axis=0)) @ beta
