"""Options that several commands share: files, number of targets, level of noise. Bad values end the program."""

from __future__ import annotations

import argparse
from pathlib import Path

from calibration.targets.patterns import MIN_TARGETS


def add_feature_options(parser: argparse.ArgumentParser) -> None:
    """Add NPZ..., --targets and --noise."""
    parser.add_argument("files", nargs="+", type=Path, metavar="NPZ", help="from python -m server evaluate --features")
    parser.add_argument(
        "--targets", nargs="*", type=number_of_targets, default=[], metavar="N", help="also with this many targets"
    )
    parser.add_argument(
        "--noise", nargs="+", type=noise_level, default=[1.0], metavar="LEVEL", help="times the recorded noise"
    )


def number_of_targets(text: str) -> int:
    n = int(text)
    if n < MIN_TARGETS:
        raise argparse.ArgumentTypeError(f"a calibration needs at least {MIN_TARGETS} targets, got {n}")
    return n


def noise_level(text: str) -> float:
    level = float(text)
    if not level >= 1.0:
        raise argparse.ArgumentTypeError(f"noise can only be added: a level of at least 1, got {text}")
    return level


def share(text: str) -> float:
    value = float(text)
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError(f"a share lies between 0 and 1, got {text}")
    return value


def number_of_people(text: str) -> int:
    n = int(text)
    if n < 0:
        raise argparse.ArgumentTypeError(f"the number of people must not be negative, got {n}")
    return n
