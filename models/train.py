"""Train a gaze network on prepared renders.

    python -m models.train --config eyes_aligned --prepared var/prepared --runs var/runs

The optimiser is AdamW with a warm-up and a cosine decay to zero. The losses are L1 (`models.training.losses`). The
split into training and held-out images is by person. var/runs/NAME.state.pt holds the state of a stopped run, and the
same command continues it. var/runs/NAME.safetensors is the network at the end, or the best one if `--patience` stops
the run early. `models.curves` draws var/runs/NAME.curve.csv. CUDA runs in mixed precision (float16). So do CPUs that
multiply bfloat16 (AMX, AVX512-BF16), where a step takes half the time.
"""

from __future__ import annotations

import argparse
import logging
import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Generator, nn

from models.checkpoints import CheckpointError, save_checkpoint
from models.networks.full_face import FullFaceNet
from models.networks.registry import spec
from models.training.batches import clean_batch, training_batch
from models.training.configs import CONFIGS
from models.training.dataset import DataError, Index, Rows, add_split_option, load_rows
from models.training.inference import held_out_error, mixed_precision, to_device
from models.training.provenance import provenance_of
from models.training.run import Run, check_held_out_people, start_run

log = logging.getLogger(__name__)

_WARM_UP_STEPS = 50
_CHECK_STEPS = 250  # steps from one check to the next: validation, and a checkpoint
_CHECK_ROWS = 600  # held-out rows in a check; `models.evaluate` uses all
_MOST_STEPS = 1 << 32  # of a run; each step of each seed has its own random numbers


def train(run: Run, rows: Rows, runs: Path, patience: int | None = None) -> None:
    """Run the remaining steps, and write the network to `runs`."""
    trainable = rows.split()[0][: run.config.images]
    started, errors = time.monotonic(), []
    scaler = torch.amp.GradScaler(enabled=run.device.type == "cuda")
    run.learner.train()
    while run.step < run.config.steps:
        rng = Generator().manual_seed(run.seed * _MOST_STEPS + run.step)
        index = trainable[torch.randint(len(trainable), (run.config.batch,), generator=rng).numpy()]
        with torch.no_grad():
            inputs, labels = to_device(training_batch(rows, index, run.spec, rng), run.device)
        for group in run.optimizer.param_groups:
            group["lr"] = group["rate"] * schedule(run.step, run.config.steps)
        with mixed_precision(run.device):
            loss, error = run.learner.loss(inputs, labels)
        run.optimizer.zero_grad(set_to_none=True)
        scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        scaler.unscale_(run.optimizer)
        nn.utils.clip_grad_norm_(run.learner.parameters(), 1.0)
        scaler.step(run.optimizer)
        scaler.update()
        run.step += 1
        errors.append(error.item())
        if run.step % 50 == 0:
            spent = (time.monotonic() - started) / len(errors)
            log.info("%s %d/%d: %s, %.2f s per step", run.name, run.step, run.config.steps, _shown(run, errors), spent)
        if run.step % _CHECK_STEPS == 0 or run.step == run.config.steps:
            _check(run, rows, runs, float(np.mean(errors[-_CHECK_STEPS:])))
            if patience is not None and run.checks_since_best >= patience:
                log.info("no improvement in %d checks: stopped with the best network", patience)
                return
            run.learner.train()
    finish(run, rows, trainable, runs)


def _check(run: Run, rows: Rows, runs: Path, training_error: float) -> None:
    """Measure, log and save the state, and write the best network so far.

    training_error: mean over the steps since the last check, on augmented images, in the units of the labels.
    """
    held_out = np.flatnonzero(rows.held_out)
    error = held_out_error(
        run.learner.net.eval(), run.spec, rows, held_out[:: max(1, len(held_out) // _CHECK_ROWS)], run.device
    )
    run.checks_since_best = 0 if error < run.best else run.checks_since_best + 1
    log.info("%s step %d: held-out error %.3f %s", run.name, run.step, error, "deg" if run.spec.task == "3d" else "mm")
    if error < run.best:
        run.best = error
        _write(run, rows, runs)
    _note(runs / f"{run.name}.curve.csv", run.step, _in_units(run, training_error), error)
    state = {
        "learner": run.learner.state_dict(),
        "optimizer": run.optimizer.state_dict(),
        "step": run.step,
        "best": run.best,
        "checks_since_best": run.checks_since_best,
    }
    path = runs / f"{run.name}.state.pt"
    torch.save(state, path.with_suffix(".partial"))
    path.with_suffix(".partial").rename(path)


def finish(run: Run, rows: Rows, trainable: Index, runs: Path) -> None:
    """Fit the embedding, which needs the trained hidden layer, and write the weights."""
    net = run.learner.net.eval()
    if isinstance(net, FullFaceNet):
        hidden = []
        with torch.no_grad():
            for part in np.array_split(trainable[:: max(1, len(trainable) // 1500)], 60):
                inputs, _ = to_device(clean_batch(rows, part, run.spec), run.device)
                hidden.append(net.hidden(inputs.face, inputs.centre))
        net.fit_embedding(torch.cat(hidden))
    _write(run, rows, runs)
    log.info("written: %s", runs / f"{run.name}.safetensors")


def _write(run: Run, rows: Rows, runs: Path) -> None:
    n_images = int((~rows.held_out).sum())
    n_images = min(n_images, run.config.images or n_images)
    provenance = provenance_of(run.name, rows, images=n_images, steps=run.step, before=run.before, start=run.start)
    provenance |= {"seed": str(run.seed), "batch": str(run.config.batch)}
    save_checkpoint(runs / f"{run.name}.safetensors", run.learner.net, provenance)


def schedule(step: int, steps: int) -> float:
    """Factor of the learning rate, at most 1: a linear warm-up, then half a cosine to 0."""
    return min(1.0, (step + 1) / _WARM_UP_STEPS) * 0.5 * (1 + math.cos(math.pi * step / steps))


def _note(curve: Path, step: int, training: float, held_out: float) -> None:
    new = not curve.exists()
    with curve.open("a", encoding="utf-8") as file:
        if new:
            file.write("step,training,held_out\n")
        file.write(f"{step},{training:.4f},{held_out:.4f}\n")


def _in_units(run: Run, error: float) -> float:
    """rad to degrees; of a 2D network, dm to mm."""
    return math.degrees(error) if run.spec.task == "3d" else error * 100.0


def _shown(run: Run, errors: list[float]) -> str:
    unit = "deg" if run.spec.task == "3d" else "mm"
    return f"{_in_units(run, float(np.mean(errors[-50:]))):.2f} {unit}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", required=True, choices=sorted(CONFIGS))
    parser.add_argument("--prepared", type=Path, default=Path("var/prepared"), help="output of models.training.prepare")
    parser.add_argument("--runs", type=Path, default=Path("var/runs"), help="folder for checkpoints and weights")
    parser.add_argument("--steps", type=int, help="training steps (default: as configured)")
    parser.add_argument("--rate", type=float, help="highest learning rate (default: as configured)")
    parser.add_argument("--images", type=int, help="train on this many images only (default: as configured)")
    parser.add_argument("--start", type=Path, help="start with these weights of the same network")
    add_split_option(parser)
    parser.add_argument("--seed", type=int, default=0, help="seed of all random numbers (default: %(default)s)")
    parser.add_argument("--patience", type=int, help="stop after N checks (one every 250 steps) without improvement")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument(
        "--threads",
        type=int,
        default=1,
        help="CPU threads (default: 1; on a busy machine, more threads wait for each other)",
    )
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(args.threads)
    cuda = args.device == "cuda" or (args.device == "auto" and torch.cuda.is_available())
    config = CONFIGS[args.config]
    given = {name: value for name in ("steps", "rate", "images") if (value := getattr(args, name)) is not None}
    config = replace(config, **given)
    args.runs.mkdir(parents=True, exist_ok=True)
    try:
        rows = load_rows(args.prepared, spec(args.config).uses, args.held_out)
        rows.split()
        device = torch.device("cuda" if cuda else "cpu")
        run = start_run(args.config, config, args.runs, device, args.start, args.seed)
        check_held_out_people(run, rows)
    except (DataError, CheckpointError) as error:
        raise SystemExit(f"error: {error}") from error
    log.info("%s: %d rows, %d held out", args.config, len(rows), int(rows.held_out.sum()))
    train(run, rows, args.runs, args.patience)


if __name__ == "__main__":
    main()
