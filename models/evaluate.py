"""Errors of the networks on held-out people.

    python -m models.evaluate --prepared var/prepared --runs var/runs [--networks NAME ...] [--markdown FILE]

For each network: the angle between its direction and the true one (2D networks: the distance on the screen plane), on
the held-out people of the prepared renders; then the same error after a correction. The correction is fitted on nine
images of each person and measured on that person's other images (`models.training.few_shot`). The error of 3D networks
is also given in millimetres, where their ray from the face meets the plane z = 0. Baselines: the mean direction of the
training people, and head pose. All errors are synthetic.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import nn

from models.arrays import Array
from models.checkpoints import CheckpointError, load_checkpoint, read_provenance
from models.networks.registry import NETWORKS, Spec, build
from models.training.batches import clean_batch
from models.training.dataset import DataError, Index, Rows, add_split_option, load_rows
from models.training.inference import predictions
from models.training.metrics import calibrated, errors_of, groups_of
from models.training.provenance import others_held_out

_TIMED_RUNS = 15


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the table. Angles are in degrees, distances in mm; medians and means are over images."""

    name: str
    title: str
    task: str
    parameters: int
    training: Mapping[str, str]  # provenance of the weights; empty for a baseline without weights
    ms: float  # one image, PyTorch on one CPU thread
    median: float
    mean: float
    median_mm: float
    calibrated_median: float
    calibrated_mean: float
    images: int
    people_calibrated: int
    groups: Mapping[str, float] = field(default_factory=dict)  # group -> mean error


def result_of(
    name: str,
    net: nn.Module | None,
    of: Spec,
    answers: Array,
    truth: Array,
    rows: Rows,
    index: Index,
    training: Mapping[str, str] | None = None,
) -> Result:
    errors = errors_of(answers, truth, rows, index, of.task)
    main = errors.mm if of.task == "2d" else errors.deg
    after, people = calibrated(answers, truth, rows, index, of.task)
    left = after[np.isfinite(after)]
    return Result(
        name=name,
        title=of.title,
        task=of.task,
        parameters=sum(p.numel() for p in net.parameters()) if net is not None else 0,
        training=training or {},
        ms=milliseconds(net, of, rows, index) if net is not None else 0.0,
        median=float(np.median(main)),
        mean=float(main.mean()),
        median_mm=float(np.median(errors.mm)),
        calibrated_median=float(np.median(left)) if len(left) else float("nan"),
        calibrated_mean=float(left.mean()) if len(left) else float("nan"),
        images=len(index),
        people_calibrated=people,
        groups={
            group: float(main[of_group].mean()) for group, of_group in groups_of(rows, index).items() if of_group.any()
        },
    )


def mean_direction(rows: Rows, index: Index, task: str) -> tuple[Array, Array]:
    """The baseline without inputs: the mean direction of the training people. -> predictions, truth (n, 2)."""
    label = np.asarray(rows.small["gaze" if task == "3d" else "target"], np.float64)
    truth = label[index]
    return np.broadcast_to(label[~rows.held_out].mean(axis=0), truth.shape).copy(), truth


def milliseconds(net: nn.Module, of: Spec, rows: Rows, index: Index) -> float:
    """Median time of one image on one thread of this CPU."""
    inputs, _ = clean_batch(rows, index[:1], of)
    times = []
    with torch.inference_mode():
        for _ in range(_TIMED_RUNS):
            start = time.perf_counter()
            net(inputs)
            times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1000.0


def evaluate(
    names: Sequence[str], prepared: Path, runs: Path, every: int = 1, held_out: Sequence[int] = ()
) -> list[Result]:
    """Measure baselines and networks on the held-out people. Raises DataError, and CheckpointError for weights that are
    missing or were trained on some of these people."""
    results: list[Result] = []
    for name in names:
        of = NETWORKS[name]
        rows = load_rows(prepared, of.uses, held_out)
        index = rows.split()[1][::every]
        if not results:
            constant = Spec("always the mean direction", of.build, frozenset(), task="3d")
            results.append(result_of("mean", None, constant, *mean_direction(rows, index, "3d"), rows, index))
        net, training = build(name).eval(), {}
        if name != "head_direct":
            load_checkpoint(runs / f"{name}.safetensors", net)
            training = read_provenance(runs / f"{name}.safetensors")
            if others := others_held_out(training, rows):
                raise CheckpointError(
                    f"{name} was trained with {others} held out, not {rows.held_out_text}: name them with "
                    "--held-out, or train again"
                )
        answers, truth = predictions(net, of, rows, index, torch.device("cpu"))
        results.append(result_of(name, net, of, answers, truth, rows, index, training))
    return results


def amounts(training: Mapping[str, str], name: str) -> list[int]:
    """Images or steps of each training in a provenance, the earliest first ("start" of `models.train`)."""
    earlier = reversed(training.get("start", "").split("config ")[1:])
    before = [re.search(rf"{name} (\d+)", one) for one in earlier]
    own = re.match(r"\d+", training.get(name, ""))
    return [int(found[1]) for found in before if found] + ([int(own[0])] if own else [])


def markdown(results: Sequence[Result]) -> str:
    """The comparison as a table, followed by the errors by group."""
    lines = [
        "| system | parameters | ms | images | steps | median | mean | on the screen plane "
        "| after 9 points: median | mean |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for r in results:
        unit = "°" if r.task == "3d" else " mm"
        digits = 2 if r.task == "3d" else 0
        cells = [f"{value:.{digits}f}{unit}" for value in (r.median, r.mean)]
        after = [f"{value:.{digits}f}{unit}" for value in (r.calibrated_median, r.calibrated_mean)]
        size = f"{r.parameters / 1e6:.2f} M" if r.parameters else "-"
        time_ms = f"{r.ms:.1f}" if r.ms else "-"
        seen = [" + ".join(f"{n:,}" for n in amounts(r.training, name)) or "-" for name in ("images", "steps")]
        lines.append(
            f"| {r.title} | {size} | {time_ms} | {' | '.join(seen)} | {' | '.join(cells)} | {r.median_mm:.0f} mm "
            f"| {' | '.join(after)} |"
        )
    three_d = [r for r in results if r.task == "3d"]
    lines += [
        "",
        f"{results[0].images} images, {results[0].people_calibrated} people with nine images to calibrate.",
        "",
    ]
    groups = list(three_d[0].groups) if three_d else []
    lines += ["| mean error | " + " | ".join(r.name for r in three_d) + " |", "| --- |" + " ---: |" * len(three_d)]
    lines += [f"| {g} | " + " | ".join(f"{r.groups.get(g, np.nan):.2f}°" for r in three_d) + " |" for g in groups]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prepared", type=Path, default=Path("var/prepared"))
    parser.add_argument("--runs", type=Path, default=Path("var/runs"), help="folder with the weights of models.train")
    parser.add_argument("--networks", nargs="+", choices=sorted(NETWORKS), help="default: all trained networks")
    add_split_option(parser)
    parser.add_argument("--every", type=int, default=1, help="measure only every Nth image, for a quick result")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    trained = [n for n in NETWORKS if n == "head_direct" or (args.runs / f"{n}.safetensors").exists()]
    try:
        results = evaluate(args.networks or trained, args.prepared, args.runs, args.every, args.held_out)
    except (DataError, CheckpointError) as error:
        raise SystemExit(f"error: {error}") from error
    table = markdown(results)
    print(table)
    if args.markdown:
        args.markdown.write_text(table, encoding="utf-8")
    if args.json:
        args.json.write_text(json.dumps([asdict(r) for r in results], indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
