"""One training run: its state, and how it starts or continues after a stop."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from models.checkpoints import CheckpointError, load_checkpoint, read_provenance
from models.networks.registry import Spec, build, spec
from models.training import imagenet
from models.training.configs import Config
from models.training.dataset import DataError, Rows
from models.training.losses import Learner
from models.training.provenance import Provenance, others_held_out

log = logging.getLogger(__name__)

_SLOW = "spatial_weights"


@dataclass
class Run:
    """The state of one training run."""

    name: str
    config: Config
    spec: Spec
    learner: Learner
    optimizer: torch.optim.Optimizer
    device: torch.device
    before: Sequence[Provenance] = ()  # of the weights with which it, or parts of it, started
    start: Provenance | None = None  # the one among these that is of the whole network
    seed: int = 0
    step: int = 0
    best: float = math.inf
    checks_since_best: int = 0


def start_run(
    name: str, config: Config, runs: Path, device: torch.device, start: Path | None = None, seed: int = 0
) -> Run:
    """A new run, or the continuation of a stopped one. Raises CheckpointError.

    A new run starts with the weights `start`, else with random weights and the trained parts of the configuration.
    seed: of the random weights and of all later random numbers.
    """
    torch.manual_seed(seed)
    net, whole = build(name), None
    if start is not None:
        load_checkpoint(start, net)
        whole = read_provenance(start)
    before = _load_parts(net, config.start, runs) if whole is None else [whole]
    learner = Learner(net, spec(name).task).to(device)
    learner.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(parameter_groups(learner, config.rate), fused=True)
    run = Run(name, config, spec(name), learner, optimizer, device, before, whole, seed)
    path = runs / f"{name}.state.pt"
    if path.exists():
        state = torch.load(path, weights_only=True, map_location=device)
        learner.load_state_dict(state["learner"])
        run.optimizer.load_state_dict(state["optimizer"])
        run.step, run.best, run.checks_since_best = state["step"], state["best"], state["checks_since_best"]
        log.info("continuing at step %d", run.step)
    else:
        (runs / f"{name}.curve.csv").unlink(missing_ok=True)  # of a previous run
    return run


def _load_parts(net: nn.Module, wanted: Mapping[str, str], runs: Path) -> list[Provenance]:
    """Fill parts of `net` with trained weights (`Config.start`). Each file is read once. -> their provenance."""
    trained: dict[str, nn.Module] = {}
    before: list[Provenance] = []
    for part, other in wanted.items():
        log.info("%s starts with the weights of %s", part, other)
        if other == imagenet.NAME:
            imagenet.load_imagenet(net.get_submodule(part), runs)
            before.append(imagenet.PROVENANCE)
            continue
        name, _, inner = other.partition(".")
        if name not in trained:
            path = runs / f"{name}.safetensors"
            if not path.is_file():
                raise CheckpointError(f"{path} is needed first: train it with --config {name}")
            trained[name] = load_checkpoint(path, build(name))
            before.append(read_provenance(path))
        net.get_submodule(part).load_state_dict(trained[name].get_submodule(inner).state_dict())
    return before


def check_held_out_people(run: Run, rows: Rows) -> None:
    """Raise DataError if the weights with which a run started may be trained on people that are held out now."""
    for before in run.before:
        if others := others_held_out(before, rows):
            raise DataError(
                f"the weights of {before.get('config', 'unknown')} that {run.name} starts from held out {others}, not "
                f"{rows.held_out_text}: name the same with --held-out, or train those again"
            )


def parameter_groups(net: nn.Module, rate: float) -> list[dict[str, Any]]:
    """Parameter groups for AdamW. Spatial weights have a twentieth of the learning rate and no weight decay.

    The paper divides their gradient by the number of channels, but Adam ignores the scale of a gradient. At the full
    rate, the whole map falls below its last ReLU in the first hundred steps. Its gradient is then zero for good.
    """
    slow = [p for name, p in net.named_parameters() if _SLOW in name]
    fast = [p for name, p in net.named_parameters() if _SLOW not in name]
    groups: list[dict[str, Any]] = [{"params": fast, "lr": rate, "rate": rate, "weight_decay": 0.02}]
    if slow:
        groups.append({"params": slow, "lr": rate / 20, "rate": rate / 20, "weight_decay": 0.0})
    return groups
