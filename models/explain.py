"""The regions of the face that a network uses, as two kinds of maps.

    python -m models.explain --config resnet224_sw --prepared var/prepared --runs var/runs --out var/explain

OUT/importance_GROUP.png: region importance (Zhang et al. 2017, section 4.5). A grey square slides over the face. Where
it raises the error, the network uses the region. The map is the mean over images, smoothed and drawn over the mean
face. Groups: gaze straight ahead, and gaze far to the side, up or down. OUT/weights_GROUP.png: the learned spatial
weights, if the network has them. Only for full-face networks.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.arrays import Array
from models.checkpoints import CheckpointError, load_checkpoint
from models.face.camera import angles_to_vector, angular_error_rad
from models.networks.full_face import FullFaceNet
from models.networks.inputs import GazeInputs
from models.networks.registry import NETWORKS, build, spec
from models.training.batches import clean_batch
from models.training.dataset import DataError, Index, Rows, add_split_option, load_rows

SQUARE = 1 / 7  # of the face's side: 32 px of 224, 64 px of 448
STRIDE = 1 / 14
GREY = 128.0
STRAIGHT_DEG, EXTREME_DEG = 7.0, 18.0
_IMAGES = 60  # for each group
_OVERLAY = 0.55


@dataclasses.dataclass(frozen=True, slots=True)
class Importance:
    """drop: (n, n) deg, the rise of the mean error for a square at each place; face: (S, S, 3) the mean face."""

    drop: Array
    face: npt.NDArray[np.uint8]
    images: int


def gaze_groups(rows: Rows, index: Index) -> dict[str, Index]:
    """Rows by group: gaze straight into the camera, and gaze far away from it."""
    gaze = np.degrees(np.asarray(rows.small["gaze"][index], np.float64))
    away = np.linalg.norm(gaze, axis=1)
    return {
        "straight": index[away < STRAIGHT_DEG],
        "left_right": index[(np.abs(gaze[:, 1]) > EXTREME_DEG)],
        "up_down": index[(np.abs(gaze[:, 0]) > EXTREME_DEG) & (np.abs(gaze[:, 1]) < EXTREME_DEG)],
    }


def squares(side: int) -> list[tuple[int, int, int]]:
    """Top, left and size of each square, row by row. The squares cover the whole face."""
    size, stride = round(side * SQUARE), max(1, round(side * STRIDE))
    places = list(range(0, side - size + 1, stride))
    return [(top, left, size) for top in places for left in places]


def importance(net: torch.nn.Module, inputs: GazeInputs, truth: Tensor) -> Importance:
    """Region importance over a batch of faces."""
    side = inputs.face.shape[-1]
    base = _errors(net, inputs, truth)
    places = squares(side)
    raised = []
    for top, left, size in places:
        covered = inputs.face.clone()
        covered[:, :, top : top + size, left : left + size] = GREY
        raised.append(float((_errors(net, inputs._replace(face=covered), truth) - base).mean()))
    n = round(len(places) ** 0.5)
    face = inputs.face.mean(dim=0).permute(1, 2, 0).numpy()
    return Importance(np.array(raised).reshape(n, n), face.astype(np.uint8), len(truth))


def weight_map(net: FullFaceNet, inputs: GazeInputs) -> Array | None:
    """(h, w) mean spatial weights; None for a network without spatial weights."""
    if net.spatial_weights is None:
        return None
    with torch.inference_mode():
        weights = net.spatial_weights.weight_map(net.activations(inputs.face))
    mean: Array = weights.mean(dim=(0, 1)).double().numpy()
    return mean


def _errors(net: torch.nn.Module, inputs: GazeInputs, truth: Tensor) -> Array:
    """(B,) angular errors, degrees."""
    with torch.inference_mode():
        found = net(inputs).gaze.double().numpy()
    return np.degrees(angular_error_rad(angles_to_vector(found), angles_to_vector(truth.double().numpy())))


def overlay(values: Array, face: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The map over the mean face: blue for its lowest value, red for its highest. -> (S, S, 3) RGB."""
    side = face.shape[0]
    smooth = cv2.GaussianBlur(values.astype(np.float32), (0, 0), 0.7)
    low, high = float(smooth.min()), float(smooth.max())
    scaled = ((smooth - low) / max(high - low, 1e-9) * 255).astype(np.uint8)
    large = cv2.resize(scaled, (side, side), interpolation=cv2.INTER_CUBIC)
    colours = cv2.cvtColor(cv2.applyColorMap(large, cv2.COLORMAP_JET), cv2.COLOR_BGR2RGB)
    mixed: npt.NDArray[np.uint8] = cv2.addWeighted(colours, _OVERLAY, face, 1 - _OVERLAY, 0)
    return mixed


def band(values: Array, top: float, bottom: float) -> float:
    """Mean of the rows of a map between two heights, 0..1 from the top."""
    rows = len(values)
    return float(values[round(top * rows) : max(round(bottom * rows), round(top * rows) + 1)].mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    faces = [name for name, of in NETWORKS.items() if "face" in of.uses and of.task == "3d"]
    parser.add_argument("--config", choices=sorted(faces), default="resnet224_sw")
    parser.add_argument("--prepared", type=Path, default=Path("var/prepared"))
    parser.add_argument("--runs", type=Path, default=Path("var/runs"))
    parser.add_argument("--out", type=Path, required=True)
    add_split_option(parser)
    args = parser.parse_args()
    try:
        net = load_checkpoint(args.runs / f"{args.config}.safetensors", build(args.config))
        rows = load_rows(args.prepared, spec(args.config).uses, args.held_out)
    except (CheckpointError, DataError) as error:
        raise SystemExit(f"error: {error}") from error
    args.out.mkdir(parents=True, exist_ok=True)
    for group, index in gaze_groups(rows, np.flatnonzero(rows.held_out)).items():
        chosen = index[:: max(1, len(index) // _IMAGES)][:_IMAGES]
        if not len(chosen):
            continue
        inputs, labels = clean_batch(rows, chosen, spec(args.config))
        found = importance(net, inputs, labels.gaze)
        _save(args.out / f"importance_{group}.png", overlay(found.drop, found.face))
        eyes, rest = band(found.drop, 0.2, 0.45), band(found.drop, 0.45, 1.0)
        print(f"{group}: {found.images} images; a square over the eyes costs {eyes:.2f} deg, below them {rest:.2f} deg")
        weights = weight_map(net, inputs) if isinstance(net, FullFaceNet) else None
        if weights is not None:
            _save(args.out / f"weights_{group}.png", overlay(weights, found.face))


def _save(path: Path, picture: npt.NDArray[np.uint8]) -> None:
    cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main()
