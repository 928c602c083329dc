"""Train a gaze network on prepared renders.

    python -m models.training.train eyes --prepared var/prepared --out models/weights/eyes.safetensors
    python -m models.training.train face --prepared var/prepared --out models/weights/face.safetensors

L1 loss on pitch and yaw (as Zhang et al. 2017), AdamW with a cosine schedule down to zero. Every render is a person of
its own; one person in twenty is held out and never trained on. Files that appear in the folder while training runs are
taken in. Stopped runs go on where they were, by the same command.
"""

from __future__ import annotations

import argparse
import logging
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Generator, nn

from models.angles import angles_to_vector, angular_error_rad
from models.checkpoints import save_checkpoint
from models.gaze_net import FullFaceNet
from models.training.tasks import TASKS, FullFaceWithParts, Rows, Task, load_rows

log = logging.getLogger(__name__)

_WARM_UP_STEPS = 50
_REFRESH_STEPS = 250  # validation, a checkpoint, and a look for new files


def validate(net: nn.Module, task: Task, rows: Rows) -> dict[str, float]:
    """Errors on the held-out people, degrees: angular (median, mean) and mean absolute pitch and yaw."""
    net.eval()
    index = torch.nonzero(rows.held_out).ravel()
    with torch.inference_mode():
        found = [
            task.forward(net, task.clean(rows.images[part]), rows.head_rotation[part])
            for part in torch.split(index, 128)
        ]
    net.train()
    angles, truth = (x[:, :2].double().numpy() for x in (torch.cat(found), rows.labels[index]))
    error = np.degrees(angular_error_rad(angles_to_vector(angles), angles_to_vector(truth)))
    pitch, yaw = np.degrees(np.abs(angles - truth).mean(axis=0))
    chance = np.degrees(angular_error_rad(angles_to_vector(truth), angles_to_vector(truth.mean(axis=0))))
    return {
        "people": float(len(index)),
        "median_deg": float(np.median(error)),
        "mean_deg": float(error.mean()),
        "pitch_deg": float(pitch),
        "yaw_deg": float(yaw),
        "mean_direction_deg": float(chance.mean()),
    }


def fit_embedding(net: FullFaceNet, task: Task, rows: Rows) -> None:
    """Set the principal directions of the last hidden layer, from training people."""
    index = torch.nonzero(~rows.held_out).ravel()[:4000]
    with torch.inference_mode():
        hidden = torch.cat([net.hidden(task.clean(rows.images[part])) for part in torch.split(index, 128)])
        mean = hidden.mean(dim=0)
        _, _, directions = torch.linalg.svd(hidden - mean, full_matrices=False)
        net.embedding_mean.copy_(mean)
        net.embedding_basis.copy_(directions[: net.config.embedding])


def train(name: str, prepared: Path, out: Path, steps: int, state_path: Path) -> None:
    """Run `steps` steps, or what is left of them, and write the weights to `out`."""
    task = TASKS[name]
    torch.manual_seed(0)
    net = task.module()
    optimizer = torch.optim.AdamW(parameter_groups(net, task.rate))
    first = 0
    if state_path.exists():
        state = torch.load(state_path, weights_only=True)
        net.load_state_dict(state["net"])
        optimizer.load_state_dict(state["optimizer"])
        first = int(state["step"])
        log.info("going on at step %d", first)
    rows = load_rows(prepared, task)
    losses: list[float] = []
    started = time.monotonic()
    net.train()
    for step in range(first, steps):
        if step % _REFRESH_STEPS == 0 and step > first:
            rows = load_rows(prepared, task)
            report(step, steps, losses, validate(net, task, rows), rows, started)
            losses.clear()
            save_state(state_path, net, optimizer, step)
        rng = Generator().manual_seed(step)
        trainable = torch.nonzero(~rows.held_out).ravel()
        batch = trainable[torch.randint(len(trainable), (task.batch,), generator=rng)]
        with torch.no_grad():
            images, head, labels = task.prepare(rows.images[batch], rows.head_rotation[batch], rows.labels[batch], rng)
        schedule = min(1.0, (step + 1) / _WARM_UP_STEPS) * 0.5 * (1 + math.cos(math.pi * step / steps))
        for group in optimizer.param_groups:
            group["lr"] = group["rate"] * schedule
        loss = (task.forward(net, images, head) - labels).abs().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        losses.append(math.degrees(loss.item()))
        if step % 50 == 49:
            log.info("%d: %.2f deg", step + 1, float(np.mean(losses[-50:])))
    save_state(state_path, net, optimizer, steps)
    result = validate(net, task, rows)
    final = net.eval()
    if isinstance(net, FullFaceWithParts):
        final = net.net
        fit_embedding(net.net, task, rows)
    report(steps, steps, losses, result, rows, started)
    save_checkpoint(
        out,
        final,
        {
            "data": f"{int((~rows.held_out).sum())} rendered people (synthetic), one image each",
            "licence": "MIT; rendered from MIT and CC0 assets",
            "steps": str(steps),
            "held_out": ", ".join(f"{key} {value:.2f}" for key, value in result.items()),
        },
    )
    log.info("written: %s", out)


def parameter_groups(net: nn.Module, rate: float) -> list[dict[str, Any]]:
    """Spatial weights learn twenty times slower, without decay.

    The paper divides their gradient by the number of channels; Adam takes no notice of a gradient's size, and at full
    rate the whole map falls below its last ReLU in the first hundred steps, from where no gradient brings it back.
    """
    slow = [p for name, p in net.named_parameters() if "spatial_weights" in name]
    fast = [p for name, p in net.named_parameters() if "spatial_weights" not in name]
    groups: list[dict[str, Any]] = [{"params": fast, "lr": rate, "rate": rate, "weight_decay": 0.02}]
    if slow:
        groups.append({"params": slow, "lr": rate / 20, "rate": rate / 20, "weight_decay": 0.0})
    return groups


def save_state(path: Path, net: nn.Module, optimizer: torch.optim.Optimizer, step: int) -> None:
    """What a stopped run needs to go on; written beside and moved, so that a stop can't break it."""
    state = {
        "net": net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": step,
    }
    torch.save(state, path.with_suffix(".partial"))
    path.with_suffix(".partial").rename(path)


def report(step: int, steps: int, losses: list[float], result: dict[str, float], rows: Rows, started: float) -> None:
    log.info(
        "step %d of %d, %d rows, %.0f s, loss %.2f deg, held out: %s",
        step,
        steps,
        len(rows.labels),
        time.monotonic() - started,
        float(np.mean(losses)) if losses else float("nan"),
        ", ".join(f"{key} {value:.2f}" for key, value in result.items()),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=sorted(TASKS))
    parser.add_argument("--prepared", type=Path, required=True, help="folder made by models.training.prepare")
    parser.add_argument("--out", type=Path, required=True, help="weights file to write (.safetensors)")
    parser.add_argument("--steps", type=int, help="training steps (default: per network)")
    parser.add_argument(
        "--threads",
        type=int,
        default=1,
        help="CPU threads (default 1: on a busy machine, waiting threads stall each other)",
    )
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(args.threads)
    steps = args.steps or TASKS[args.network].steps
    train(args.network, args.prepared, args.out, steps, args.prepared / f"{args.network}.state.pt")


if __name__ == "__main__":
    main()
