"""Training curves as a picture: the error on training people and on held-out people.

    python -m models.curves --runs var/runs --out var/curves.png eyes_aligned fusion_224

The training error is the mean absolute error of pitch and yaw on augmented images. The held-out error is the mean angle
on clean images of other people. Compare each only with itself.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class CurveError(Exception):
    """A curve is missing or not readable. The text names the file."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Errors at each check of a run, degrees (2D networks: mm)."""

    name: str
    steps: tuple[int, ...]
    training: tuple[float, ...]
    held_out: tuple[float, ...]


def read_curve(runs: Path, name: str) -> Curve:
    """Read the curve of a network. Raises CurveError."""
    path = runs / f"{name}.curve.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [(int(r["step"]), float(r["training"]), float(r["held_out"])) for r in csv.DictReader(file)]
    except FileNotFoundError:
        raise CurveError(f"{path}: no such file; 'python -m models.train --config {name}' writes it") from None
    except (KeyError, ValueError, TypeError) as error:
        raise CurveError(f"{path}: not a training curve ({error})") from error
    if not rows:
        raise CurveError(f"{path}: holds no measurement yet")
    steps, training, held_out = zip(*rows, strict=True)
    return Curve(name, steps, training, held_out)


def draw(curves: Sequence[Curve], out: Path) -> None:
    """Draw one panel for each curve."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(
        1, len(curves), figsize=(3.6 * len(curves), 2.8), squeeze=False, layout="constrained"
    )
    for panel, curve in zip(panels[0], curves, strict=True):
        panel.plot(curve.steps, curve.held_out, color="#1b6ac9", label="held-out people, mean angle")
        panel.plot(curve.steps, curve.training, color="#9aa0a6", linestyle="--", label="training, pitch and yaw")
        panel.set(title=curve.name, xlabel="step", ylim=(0, None))
        panel.grid(alpha=0.3)
    panels[0][0].set_ylabel("error (synthetic), degrees")
    panels[0][0].legend(fontsize="small")
    figure.savefig(out, dpi=110)
    pyplot.close(figure)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", metavar="NAME", help="trained networks")
    parser.add_argument("--runs", type=Path, default=Path("var/runs"))
    parser.add_argument("--out", type=Path, required=True, help="the picture, .png")
    args = parser.parse_args(arguments)
    try:
        draw([read_curve(args.runs, name) for name in args.names], args.out)
    except CurveError as error:
        raise SystemExit(f"error: {error}") from error


if __name__ == "__main__":
    main()
