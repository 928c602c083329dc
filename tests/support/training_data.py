"""Prepared training data, made up."""

from pathlib import Path

import numpy as np
import torch

from models.training.prepare import ARRAYS

CPU = torch.device("cpu")


def write_chunk(folder: Path, persons: list[int], seed: int = 0) -> None:
    random, n = np.random.default_rng(seed), len(persons)
    folder.mkdir(parents=True)
    arrays: dict[str, np.ndarray] = {
        "face": random.integers(0, 256, (n, 280, 280, 3), np.uint8),
        "eyes": random.integers(0, 256, (n, 2, 48, 96), np.uint8),
        "normalisation": np.tile(np.eye(3, dtype=np.float32), (n, 1, 1)),
        "person": np.array(persons),
        "set_up": np.zeros(n, np.int64),
        "glasses": np.arange(n) % 2 == 0,
        "blink": np.where(np.arange(n) == 1, 0.9, 0.0).astype(np.float32),
        "skin": np.full(n, 0.3, np.float32),
    }
    for name in ("head", "centre"):
        arrays[name] = random.normal(0, 0.2, (n, 3)).astype(np.float32)
    for name in ("gaze", "eye_in_head", "target", "head_angles"):
        arrays[name] = random.normal(0, 0.2, (n, 2)).astype(np.float32)
    assert set(arrays) == set(ARRAYS)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
