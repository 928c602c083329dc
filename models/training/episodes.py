"""Research: train an embedding through the regression of the calibration that will use it.

    python -m models.training.episodes --config eyes_aligned --prepared var/prepared --runs var/runs

An episode is one person: nine to thirteen of the person's images are the calibration, the others are the test. With
the network's outputs g and embeddings e (scaled by one learned number), ridge on the residual in its dual form,

    X = [w_g (g - mean g), w_e (e - mean e)],  K = X X^T,  alpha = (K + lambda I)^-1 (R - mean R),  R = truth - g
    output for a test image: g + mean R + X_test X^T alpha,

is a differentiable function of the network, of w_g, w_e and of lambda (as in EMC-Gaze and in Bertinetto et al.,
"Meta-learning with differentiable closed-form solvers", ICLR 2019). The loss is L1 on the test images plus the plain
loss on all. Training starts with the trained network. The printed comparison fits the same ridge to the embedding
before and after, on held-out people. The command writes NAME_episodes.safetensors.
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Generator, Tensor, nn

from models.checkpoints import CheckpointError, load_checkpoint, read_provenance, save_checkpoint
from models.networks.registry import NETWORKS, Spec, build, spec
from models.training.batches import clean_batch, training_batch
from models.training.dataset import DataError, Index, Rows, add_split_option, load_rows, people_of
from models.training.losses import l1
from models.training.provenance import others_held_out, provenance_of

log = logging.getLogger(__name__)

FEWEST, MOST = 9, 13  # images of a calibration
FEWEST_TESTED = 4
PLAIN_WEIGHT = 0.3
_PEOPLE = 4  # in each step
_RATE, _RIDGE_RATE = 3e-4, 2e-2
_EPISODES_MEASURED = 8  # for each held-out person


class RidgeHead(nn.Module):
    """The regression of one episode, with three learned numbers. Features are in radians or embedding units."""

    def __init__(self) -> None:
        super().__init__()
        self.log_gaze_weight = nn.Parameter(torch.zeros(()))
        self.log_embedding_weight = nn.Parameter(torch.tensor(-3.0))
        self.log_lambda = nn.Parameter(torch.tensor(-3.0))

    def features(self, gaze: Tensor, embedding: Tensor) -> Tensor:
        """Features of the ridge: (n, 2), (n, D) -> (n, 2 + D)."""
        return torch.cat([gaze * self.log_gaze_weight.exp(), embedding * self.log_embedding_weight.exp()], dim=1)

    def answers(self, gaze: Tensor, embedding: Tensor, truth: Tensor, fit: Tensor, test: Tensor) -> Tensor:
        """(len(test), 2) outputs after fitting on the images `fit`. gaze, truth: (n, 2); embedding: (n, D)."""
        x = self.features(gaze, embedding)
        residual = (truth - gaze)[fit]
        centre, offset = x[fit].mean(dim=0), residual.mean(dim=0)
        known, asked = x[fit] - centre, x[test] - centre
        kernel = known @ known.T + self.log_lambda.exp() * torch.eye(len(fit))
        alpha = torch.linalg.solve(kernel, residual - offset)
        answers: Tensor = gaze[test] + offset + asked @ known.T @ alpha
        return answers


@dataclass(frozen=True, slots=True)
class Episode:
    """The rows of one person; `fit` and `test` are indices among them."""

    rows: Index
    fit: Tensor
    test: Tensor


def episode_of(rows: Index, rng: np.random.Generator) -> Episode:
    """A random episode. rows: of one person, at least FEWEST + FEWEST_TESTED."""
    count = int(rng.integers(FEWEST, min(MOST, len(rows) - FEWEST_TESTED) + 1))
    order = torch.from_numpy(rng.permutation(len(rows)))
    return Episode(rows, order[:count], order[count:])


def people_with_enough(rows: Rows, *, held_out: bool) -> list[Index]:
    """The rows of each person with enough images for an episode."""
    chosen = np.flatnonzero(rows.held_out == held_out)
    return [found for found in people_of(rows, chosen).values() if len(found) >= FEWEST + FEWEST_TESTED]


def train(net: nn.Module, ridge: RidgeHead, rows: Rows, of: Spec, steps: int) -> None:
    """Train in place. Raises ValueError if no person has enough images."""
    people = people_with_enough(rows, held_out=False)
    if not people:
        raise ValueError(f"no person has {FEWEST + FEWEST_TESTED} images: render several head poses of each person")
    optimizer = torch.optim.AdamW(
        [
            {"params": net.parameters(), "lr": _RATE, "weight_decay": 0.02},
            {"params": ridge.parameters(), "lr": _RIDGE_RATE, "weight_decay": 0.0},
        ]
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    # Batch norm keeps its statistics: those of four people would differ from those of all people.
    net.eval()
    for step in range(steps):
        rng = np.random.default_rng([step, 7])
        episodes = [episode_of(people[i], rng) for i in rng.choice(len(people), min(_PEOPLE, len(people)), False)]
        inputs, labels = training_batch(
            rows, np.concatenate([e.rows for e in episodes]), of, Generator().manual_seed(step), mirror=False
        )
        output = net(inputs)
        loss, start = PLAIN_WEIGHT * l1(output.gaze, labels.gaze), 0
        for episode in episodes:
            own = slice(start, start + len(episode.rows))
            found = ridge.answers(output.gaze[own], output.embedding[own], labels.gaze[own], episode.fit, episode.test)
            loss = loss + l1(found, labels.gaze[own][episode.test]) / len(episodes)
            start += len(episode.rows)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 50 == 49:
            log.info("%d/%d: loss %.2f deg", step + 1, steps, float(np.degrees(loss.item())))
    net.eval()


def measure(net: nn.Module, ridge: RidgeHead, rows: Rows, of: Spec) -> float:
    """Mean error in degrees (L1 of pitch and yaw) on the test images of held-out people; `nan` without such people."""
    errors = []
    with torch.no_grad():
        for number, own in enumerate(people_with_enough(rows, held_out=True)):
            inputs, labels = clean_batch(rows, own, of)
            output = net(inputs)
            rng = np.random.default_rng(number)
            for _ in range(_EPISODES_MEASURED):
                e = episode_of(own, rng)
                found = ridge.answers(output.gaze, output.embedding, labels.gaze, e.fit, e.test)
                errors.append(l1(found, labels.gaze[e.test]).item())
    return float(np.degrees(np.mean(errors))) if errors else float("nan")


def fit_ridge_head(net: nn.Module, rows: Rows, of: Spec, steps: int = 60) -> RidgeHead:
    """Fit the three numbers for an unchanged network: the reference of the comparison."""
    ridge = RidgeHead()
    people = people_with_enough(rows, held_out=False)[:40]
    outputs = []
    with torch.no_grad():
        for own in people:
            inputs, labels = clean_batch(rows, own, of)
            out = net.eval()(inputs)
            outputs.append((own, out.gaze, out.embedding, labels.gaze))
    optimizer = torch.optim.Adam(ridge.parameters(), lr=0.1)
    for step in range(steps):
        rng = np.random.default_rng(step)
        losses = []
        for own, gaze, embedding, truth in outputs:
            e = episode_of(own, rng)
            losses.append(l1(ridge.answers(gaze, embedding, truth, e.fit, e.test), truth[e.test]))
        optimizer.zero_grad()
        torch.stack(losses).mean().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return ridge


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", choices=sorted(NETWORKS), default="eyes_aligned")
    parser.add_argument("--prepared", type=Path, default=Path("var/prepared"))
    parser.add_argument("--runs", type=Path, default=Path("var/runs"))
    parser.add_argument("--steps", type=int, default=300)
    add_split_option(parser)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    of = spec(args.config)
    path = args.runs / f"{args.config}.safetensors"
    try:
        rows = load_rows(args.prepared, of.uses, args.held_out)
        rows.split()
        net = load_checkpoint(path, build(args.config))
    except (DataError, CheckpointError) as error:
        raise SystemExit(f"error: {error}") from error
    plain_training = read_provenance(path)
    if others := others_held_out(plain_training, rows):
        raise SystemExit(
            f"error: {path} was trained with {others} held out, not {rows.held_out_text}: name the same --held-out"
        )
    plain = measure(net, fit_ridge_head(net, rows, of), rows, of)
    ridge = fit_ridge_head(net, rows, of)
    train(net, ridge, rows, of, args.steps)
    log.info("after 9 to 13 images, held-out people (synthetic), mean absolute pitch and yaw:")
    log.info("  plain regression, then ridge  %.3f deg", plain)
    log.info("  trained through the ridge     %.3f deg", measure(net, ridge, rows, of))
    trained = int((~rows.held_out).sum())
    before = [plain_training]
    provenance = provenance_of(args.config, rows, images=trained, steps=args.steps, before=before, start=plain_training)
    save_checkpoint(args.runs / f"{args.config}_episodes.safetensors", net, provenance)


if __name__ == "__main__":
    main()
