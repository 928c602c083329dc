"""Predictions of a network for prepared rows, on any device, and their mean error."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from models.face.camera import angles_to_vector, angular_error_rad
from models.networks.inputs import GazeInputs
from models.networks.registry import Spec
from models.training.batches import Labels, clean_batch
from models.training.dataset import Index, Rows


def held_out_error(net: nn.Module, of: Spec, rows: Rows, index: Index, device: torch.device) -> float:
    """Mean angular error in degrees; for a 2D network, mean distance in mm."""
    found, truth = predictions(net, of, rows, index, device)
    if of.task == "2d":
        return float(np.linalg.norm(found - truth, axis=1).mean() * 100.0)
    return float(np.degrees(angular_error_rad(angles_to_vector(found), angles_to_vector(truth))).mean())


def predictions(
    net: nn.Module, of: Spec, rows: Rows, index: Index, device: torch.device
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Outputs and truth, (n, 2) each, in the units of the task."""
    found, truth = [], []
    with torch.inference_mode():
        for part in np.array_split(index, max(1, len(index) // 64)):
            inputs, labels = to_device(clean_batch(rows, part, of), device)
            found.append(net(inputs).gaze.double().cpu().numpy())
            truth.append((labels.gaze if of.task == "3d" else labels.target).double().cpu().numpy())
    return np.concatenate(found), np.concatenate(truth)


def mixed_precision(device: torch.device) -> torch.autocast:
    """Half precision where the device multiplies it faster: CUDA, and CPUs with AMX or AVX512-BF16. Elsewhere it does
    nothing."""
    if device.type == "cuda":
        return torch.autocast("cuda")
    # PyTorch has only private names for it. Older versions have none.
    supported = [getattr(torch.cpu, name, bool) for name in ("_is_amx_tile_supported", "_is_avx512_bf16_supported")]
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=any(ask() for ask in supported))


def to_device(batch: tuple[GazeInputs, Labels], device: torch.device) -> tuple[GazeInputs, Labels]:
    inputs, labels = batch
    return GazeInputs(*(x.to(device) for x in inputs)), Labels(*(x.to(device) for x in labels))
