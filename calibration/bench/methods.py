"""The methods of the comparison by name: the default, its baselines, and regressors of scikit-learn.

All are fitted on the same target means. Without scikit-learn (extra `bench`) its regressors are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from calibration.mapping.geometry_fit import fit_geometry
from calibration.mapping.ridge_fit import fit_ridge
from calibration.quality.baselines import fit_offset
from calibration.quality.methods import DEFAULT_METHOD, METHODS, Fit, FittedMethod
from calibration.samples.selection import TargetMean
from calibration.screen import ScreenGeometry

try:
    from calibration.bench import regressors
except ModuleNotFoundError as problem:
    if str(problem.name).split(".")[0] != "sklearn":
        raise
    REGRESSORS: Mapping[str, Fit] = MappingProxyType({})
else:
    REGRESSORS = regressors.REGRESSORS


def fit_geometric(means: Sequence[TargetMean], screen: ScreenGeometry) -> FittedMethod:
    """The geometric stage alone, fitted to the person; the offset if the pose is unknown."""
    return fit_geometry(means, screen) or fit_offset(means, screen)


COMPARED: Mapping[str, Fit] = MappingProxyType(
    {
        **{name: METHODS[name] for name in ("centre", "head_pose", "offset", "affine")},
        "geometric": fit_geometric,
        **REGRESSORS,
        "weighted_ridge": fit_ridge,
        **{name: METHODS[name] for name in ("ray_affine", "ridge_iris", "ridge", DEFAULT_METHOD)},
    }
)
