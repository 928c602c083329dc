"""`python -m calibration.bench.gains FILE.npz...`: what other gains of the geometric stage would do.

The gains are those of `calibration.mapping.geometry`.

The default calibration with each choice of k_h, k_e and k_f on the same sessions; the mean over people of
log(error / error with the gains in use), by file. Gains below 1 are right for angles that carry noise, and how much
they carry depends on the networks: to be looked at again with new weights. Differences of 2 % are luck.
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from calibration.arrays import Array
from calibration.bench.__main__ import compare
from calibration.bench.feature_file import FeatureFileError, load_features
from calibration.bench.noise import noisier
from calibration.bench.options import feature_parser, parse
from calibration.mapping.geometry import POPULATION, Gains
from calibration.mapping.two_stage import fit_two_stage
from calibration.quality.methods import DEFAULT_METHOD
from calibration.targets.patterns import MIN_TARGETS

IN_USE = DEFAULT_METHOD


def main(arguments: Sequence[str] | None = None) -> int:
    parser = feature_parser("calibration.gains", __doc__)
    for name, default in (("head", (0.6, 0.8, 1.0)), ("eyes", (0.2, 0.4, 0.6)), ("face", (0.0, 0.2, 0.4, 0.6))):
        parser.add_argument(f"--{name}", nargs="+", type=float, default=default, metavar="GAIN")
    options = parse(parser, arguments)
    try:
        tried = candidates(options)
        columns = [columns_of(path, options.targets, options.noise, tried) for path in options.files]
    except (FeatureFileError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    over = np.stack(columns, axis=1)  # (G, files)
    print(f"| head | eyes | face | {' | '.join(path.stem for path in options.files)} | all |")
    print("| --- " * (len(options.files) + 4) + "|")
    for i in np.argsort(over.mean(axis=1)):
        gains = tried[i]
        cells = " | ".join(f"{math.exp(value):.3f}" for value in (*over[i], over[i].mean()))
        print(
            f"| {gains.head:g} | {gains.eyes:g} | {gains.face:g} | {cells} |{' in use' if gains == POPULATION else ''}"
        )
    return 0


def candidates(options: argparse.Namespace) -> list[Gains]:
    found = [Gains(*values) for values in itertools.product(options.head, options.eyes, options.face)]
    return found if POPULATION in found else [POPULATION, *found]


def columns_of(path: Path, targets: Sequence[int], noise: Sequence[float], gains: Sequence[Gains]) -> Array:
    """(G,) mean logarithm of the error over that of the gains in use. Raises ValueError without a usable session."""
    fits = {str(i): partial(fit_two_stage, gains=one) for i, one in enumerate(gains)}
    sessions = load_features(path)
    found = []
    for level, n_targets in itertools.product(noise, (None, *targets)):
        scores = compare(noisier(sessions, level), n_targets, {IN_USE: fit_two_stage, **fits})
        if not len(scores[IN_USE].of_centre):
            raise ValueError(f"{path}: no session has {MIN_TARGETS} targets and a test frame")
        found.append([np.log(scores[name].of_centre / scores[IN_USE].of_centre).mean() for name in fits])
    over: Array = np.mean(found, axis=0)
    return over


if __name__ == "__main__":
    sys.exit(main())
