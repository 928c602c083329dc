"""Train a gaze network on prepared renders.

    python -m models.training.train eyes --prepared var/prepared --out models/weights/eyes.safetensors
    python -m models.training.train face --prepared var/prepared --out models/weights/face.safetensors

L1 loss on pitch and yaw (as Zhang et al. 2017), AdamW with a cosine schedule, an exponential moving average of the
weights. Every render is a person of its own; one person in twenty is held out and never trained on. Files that
appear in the folder while training runs are taken in. Stopped runs go on where they were, by the same command.
"""

from __future__ import annotations

import argparse
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Generator, Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from models.angles import angles_to_vector, angular_error_rad
from models.checkpoints import save_checkpoint
from models.eye_net import EyeNet
from models.eyes import CROP_SIZE
from models.gaze_net import FullFaceNet
from models.training import augment
from models.training.prepare import EYE_MARGIN, FACE_MARGIN

log = logging.getLogger(__name__)

HELD_OUT_EVERY = 20
_MAX_BLINK = 0.45  # lids further down than this hide the pupil: nothing to learn
_REFRESH_STEPS = 250


@dataclass(frozen=True)
class Rows:
    """Training rows of one network: inputs (first axis n), labels (n, 2) pitch and yaw in radians."""

    images: Tensor
    head_rotation: Tensor
    labels: Tensor
    held_out: Tensor  # (n,) bool


@dataclass(frozen=True)
class Task:
    """What differs between the networks: which arrays, how a batch is disturbed, how it goes in."""

    module: Callable[[], nn.Module]
    images: str
    labels: str
    batch: int
    steps: int
    rate: float
    prepare: Callable[[Tensor, Tensor, Tensor, Generator], tuple[Tensor, Tensor, Tensor]]
    clean: Callable[[Tensor], Tensor]
    forward: Callable[[nn.Module, Tensor, Tensor], Tensor]


def centre_crop(images: Tensor, margin: float) -> Tensor:
    """(B, C, H, W) -> the middle 1 / margin."""
    height, width = round(images.shape[2] / margin), round(images.shape[3] / margin)
    top, left = (images.shape[2] - height) // 2, (images.shape[3] - width) // 2
    return images[:, :, top : top + height, left : left + width].float()


def disturb_eyes(images: Tensor, head: Tensor, labels: Tensor, rng: Generator) -> tuple[Tensor, Tensor, Tensor]:
    n = images.shape[0]
    x = images.float()
    flip = torch.rand(n, generator=rng) < 0.5
    x = torch.where(flip.view(-1, 1, 1, 1), x.flip(1).flip(3), x)  # mirrored, the left eye is the right eye
    head = torch.where(flip.view(-1, 1), head * torch.tensor([1.0, -1.0, -1.0]), head)
    labels = torch.where(flip.view(-1, 1), labels * torch.tensor([1.0, -1.0]), labels)
    size = (CROP_SIZE[1], CROP_SIZE[0])
    # Each eye is aligned on corners of its own, so each gets a jitter of its own.
    each = augment.crop_jittered(
        x.flatten(0, 1).unsqueeze(1), size, EYE_MARGIN, rng, shift=0.025, scale=0.05, turn_rad=0.05
    )
    each = augment.low_resolution(each, rng, most=4.0)
    each = augment.light(each, rng, colour=False)
    each = augment.cover(augment.sensor_noise(each, rng, most=12.0), rng, share=0.05)
    return each.view(n, 2, *size), head + torch.randn(head.shape, generator=rng) * 0.03, labels


def disturb_faces(images: Tensor, head: Tensor, labels: Tensor, rng: Generator) -> tuple[Tensor, Tensor, Tensor]:
    x = images.permute(0, 3, 1, 2).float()
    flip = torch.rand(x.shape[0], generator=rng) < 0.5
    x = torch.where(flip.view(-1, 1, 1, 1), x.flip(3), x)
    labels = torch.where(flip.view(-1, 1), labels * torch.tensor([1.0, -1.0]), labels)
    x = augment.crop_jittered(x, (112, 112), FACE_MARGIN, rng, shift=0.02, scale=0.04, turn_rad=0.02)
    x = augment.low_resolution(x, rng, most=1.8, share=0.4)
    x = augment.light(x, rng, colour=True)
    x = augment.cover(augment.sensor_noise(x, rng, most=6.0), rng, share=0.1)
    return x.contiguous(memory_format=torch.channels_last), head, labels


TASKS = {
    "eyes": Task(
        module=EyeNet,
        images="eyes",
        labels="eye_angles",
        batch=128,
        steps=6000,
        rate=2e-3,
        prepare=disturb_eyes,
        clean=lambda images: centre_crop(images, EYE_MARGIN),
        forward=lambda net, images, head: net(images, head),
    ),
    "face": Task(
        module=lambda: FullFaceNet().to(memory_format=torch.channels_last),  # 1.4 x as fast
        images="face",
        labels="face_angles",
        batch=32,
        steps=4000,
        rate=1.5e-3,
        prepare=disturb_faces,
        clean=lambda images: centre_crop(images.permute(0, 3, 1, 2), FACE_MARGIN),
        forward=lambda net, images, _: net(images),
    ),
}


def load_rows(folder: Path, task: Task) -> Rows:
    """All prepared files of `folder`; rows with the eyes mostly shut are left out."""
    parts: list[tuple[Tensor, ...]] = []
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as arrays:
            open_eyes = arrays["blink"] <= _MAX_BLINK
            person = arrays["person"].astype(np.int64)
            held_out = (person[:, 0] * 100 + person[:, 1]) % HELD_OUT_EVERY == 0
            columns = (arrays[task.images], arrays["head_rotation"], arrays[task.labels], held_out)
            parts.append(tuple(torch.from_numpy(column[open_eyes]) for column in columns))
    if not parts:
        raise SystemExit(f"{folder}: no .npz files; run 'python -m models.training.prepare' first")
    images, head, labels, held = (torch.cat(column) for column in zip(*parts, strict=True))
    return Rows(images=images, head_rotation=head.float(), labels=labels.float(), held_out=held)


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
    angles, truth = torch.cat(found).double().numpy(), rows.labels[index].double().numpy()
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
    """Run `steps` steps, or what is left of them, and write the averaged weights to `out`."""
    task = TASKS[name]
    torch.manual_seed(0)
    net = task.module()
    ema = get_ema_multi_avg_fn(0.998)  # type: ignore[no-untyped-call]
    average = AveragedModel(net, multi_avg_fn=ema, use_buffers=True)
    optimizer = torch.optim.AdamW(net.parameters(), lr=task.rate, weight_decay=0.02)
    first = 0
    if state_path.exists():
        state = torch.load(state_path, weights_only=True)
        net.load_state_dict(state["net"])
        average.load_state_dict(state["average"])
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
            report(step, steps, losses, validate(average.module, task, rows), rows, started)
            losses.clear()
            torch.save(
                {
                    "net": net.state_dict(),
                    "average": average.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "step": step,
                },
                state_path,
            )
        rng = Generator().manual_seed(step)
        trainable = torch.nonzero(~rows.held_out).ravel()
        batch = trainable[torch.randint(len(trainable), (task.batch,), generator=rng)]
        with torch.no_grad():
            images, head, labels = task.prepare(rows.images[batch], rows.head_rotation[batch], rows.labels[batch], rng)
        for group in optimizer.param_groups:
            group["lr"] = task.rate * min(1.0, (step + 1) / 200) * 0.5 * (1 + math.cos(math.pi * step / steps))
        loss = (task.forward(net, images, head) - labels).abs().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        average.update_parameters(net)
        losses.append(math.degrees(loss.item()))
    final = average.module.eval()
    if isinstance(final, FullFaceNet):
        fit_embedding(final, task, rows)
    result = validate(final, task, rows)
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
