"""`python -m calibration.bench gains FILE.npz...`: errors with other gains of the geometric stage.

The gains are those of `calibration.mapping.geometry`.

The default calibration is fitted with each choice of k_h, k_e and k_f on the same sessions. The table has the mean over
people of log(error / error with the gains in use), by file. Noisy angles need gains below 1, and the noise depends on
the networks, so measure again with new weights. Differences of 2 % are not significant.
"""

from __future__ import annotations

import argparse
import itertools
import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from calibration.arrays import Array
from calibration.bench.compare import compare_on
from calibration.bench.noise import noisy_sessions
from calibration.bench.options import add_feature_options
from calibration.bench.statistics import table_head, table_row
from calibration.mapping.geometry import POPULATION, Gains
from calibration.mapping.two_stage import fit_two_stage
from calibration.quality.methods import DEFAULT_METHOD

IN_USE = DEFAULT_METHOD


def add_options(parser: argparse.ArgumentParser) -> None:
    add_feature_options(parser)
    for name, default in (("head", (0.6, 0.8, 1.0)), ("eyes", (0.2, 0.4, 0.6)), ("face", (0.0, 0.2, 0.4, 0.6))):
        parser.add_argument(f"--{name}", nargs="+", type=float, default=default, metavar="GAIN")


def run(options: argparse.Namespace) -> None:
    """Print the table. Raises FeatureFileError for a file that is not usable."""
    tried = candidates(options)
    columns = [columns_of(path, options.targets, options.noise, tried) for path in options.files]
    over = np.stack(columns, axis=1)  # (G, files)
    print(table_head(["head", "eyes", "face", *(path.stem for path in options.files), "all"]))
    for i in np.argsort(over.mean(axis=1)):
        gains = tried[i]
        cells = [f"{gain:g}" for gain in (gains.head, gains.eyes, gains.face)]
        cells += [f"{math.exp(value):.3f}" for value in (*over[i], over[i].mean())]
        print(table_row(cells) + (" in use" if gains == POPULATION else ""))


def candidates(options: argparse.Namespace) -> list[Gains]:
    found = [Gains(*values) for values in itertools.product(options.head, options.eyes, options.face)]
    return found if POPULATION in found else [POPULATION, *found]


def columns_of(path: Path, targets: Sequence[int], noise: Sequence[float], gains: Sequence[Gains]) -> Array:
    """(G,) mean logarithm of the error over that of the gains in use. Raises FeatureFileError."""
    fits = {str(i): partial(fit_two_stage, gains=one) for i, one in enumerate(gains)}
    found = []
    for _, sessions in noisy_sessions(path, noise):
        for n_targets in (None, *targets):
            scores = compare_on(path, sessions, n_targets, {IN_USE: fit_two_stage, **fits})
            found.append([np.log(scores[name].of_centre / scores[IN_USE].of_centre).mean() for name in fits])
    over: Array = np.mean(found, axis=0)
    return over
