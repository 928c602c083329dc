"""What the commands that measure on recorded features are told: which files, and with how many targets."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from calibration.targets.patterns import MIN_TARGETS


def feature_parser(module: str, doc: str) -> argparse.ArgumentParser:
    """FILES, --targets and --noise of `python -m module`."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=doc.split("\n", 1)[0])
    parser.add_argument("files", nargs="+", type=Path, metavar="NPZ", help="from python -m server evaluate --features")
    parser.add_argument("--targets", nargs="*", type=int, default=[], metavar="N", help="also with this many targets")
    parser.add_argument("--noise", nargs="+", type=float, default=[1.0], metavar="LEVEL", help="times their own noise")
    return parser


def parse(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> argparse.Namespace:
    """Ends the program when there are fewer targets than a calibration takes."""
    options = parser.parse_args(arguments)
    if any(n < MIN_TARGETS for n in options.targets):
        parser.error(f"--targets must be at least {MIN_TARGETS}")
    return options
