"""CPU milliseconds per frame on one thread: each stage of the image analysis, and each network, eager and exported.

    python -m models.bench [--picture FILE] [--networks NAME ...] [--rounds 30]

It counts CPU time. All candidates take turns within each round, so that other load on the machine affects them equally.
Networks have random weights, except those of `models/weights`. Time does not depend on the weights.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from models.arrays import FloatArray
from models.face.camera import DEFAULT_HFOV_DEG, CameraIntrinsics
from models.face.eyes import eye_crops, eye_patches
from models.face.face_model import EYE_CORNERS_MM
from models.face.mesh_landmarks import MeshLandmarks
from models.face.normalize import normalize_face
from models.face.pose import estimate_pose
from models.face.tracking import Picture
from models.networks.inputs import GazeInputs
from models.networks.registry import NETWORKS, Spec, build
from models.predictor import NETWORK_NAMES, load_predictor
from models.runtime import Network, load_network

DEFAULT_PICTURE = Path(__file__).parent.parent / "web" / "demo" / "person" / "frames" / "0000.jpg"
LARGE = 50e6  # parameters; a larger network is left out unless it is named
_WARM_UP = 3

Candidate = Callable[[], Any]


def stages(picture: npt.NDArray[np.uint8]) -> dict[str, Candidate]:
    """The stages of one frame on this picture. Raises ValueError if it shows no face."""
    intrinsics = CameraIntrinsics.from_field_of_view(picture.shape[1], picture.shape[0], DEFAULT_HFOV_DEG)
    finder = MeshLandmarks()
    (track,) = finder.find([Picture(picture, intrinsics, 0.0)])
    pose = estimate_pose(track.landmarks, intrinsics) if track is not None else None
    if track is None or pose is None:
        raise ValueError("no face in the picture")
    landmarks = track.landmarks
    following = Picture(picture, intrinsics, 33.0, before=track)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    corners = pose.project(EYE_CORNERS_MM, intrinsics).astype(np.float32)
    found: dict[str, Candidate] = {
        "landmarks, tracking": lambda: finder.find([following]),
        "head pose": lambda: estimate_pose(landmarks, intrinsics),
        "eye crops": lambda: eye_crops(grey, landmarks),
        "eye patches": lambda: eye_patches(grey, landmarks, corners),
    }
    for network in NETWORK_NAMES:
        predictor = load_predictor("cpu", network)
        px = predictor.face_px
        face = normalize_face(picture, pose, intrinsics, px)
        crops, head = eye_crops(grey, landmarks), face.head_rotation_vector(pose).astype(np.float32)
        found[f"normalisation, {px} px"] = partial(normalize_face, picture, pose, intrinsics, px)
        one = face.patch[None], crops[None], head[None]
        found[f"network '{network}', exported"] = partial(predictor.predict, *one)
    return found


def networks(names: list[str], folder: Path) -> dict[str, Candidate]:
    """Each network in PyTorch and, exported to `folder`, in the runtime of CPUs."""
    found: dict[str, Candidate] = {}
    for name in names:
        of, net = NETWORKS[name], build(name).eval()
        inputs = example(of)
        found[f"{name}, PyTorch"] = partial(_forward, net, inputs)
        network, given = exported(net, inputs, folder / f"{name}.onnx")
        found[f"{name}, exported"] = partial(network.run, given)
    return found


def example(of: Spec) -> GazeInputs:
    rng = torch.Generator().manual_seed(0)
    face = torch.rand(1, 3, of.face_px, of.face_px, generator=rng) * 255
    eyes = torch.rand(1, 2, 32, 64, generator=rng) * 255
    return GazeInputs(face, eyes, torch.randn(1, 3, generator=rng) * 0.2, torch.randn(1, 3, generator=rng) * 0.1)


def exported(net: nn.Module, inputs: GazeInputs, path: Path) -> tuple[Network, dict[str, FloatArray]]:
    """The network in the runtime of CPUs, and its inputs."""

    class Gaze(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(
            self, face: torch.Tensor, eyes: torch.Tensor, head: torch.Tensor, centre: torch.Tensor
        ) -> torch.Tensor:
            gaze: torch.Tensor = self.net(GazeInputs(face, eyes, head, centre)).gaze
            return gaze

    names = list(GazeInputs._fields)
    with torch.no_grad():
        torch.onnx.export(
            Gaze().eval(), tuple(inputs), path, dynamo=True, opset_version=18, input_names=names, verbose=False
        )
    network = load_network(path)
    return network, {name: x.numpy() for name, x in zip(names, inputs, strict=True) if name in network.inputs}


def _forward(net: nn.Module, inputs: GazeInputs) -> None:
    with torch.inference_mode():
        net(inputs)


def measure(candidates: Mapping[str, Candidate], rounds: int) -> dict[str, npt.NDArray[np.float64]]:
    """(rounds,) milliseconds for each candidate. Each round runs every candidate once."""
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for number in range(_WARM_UP + rounds):
        for name, run in candidates.items():
            start = time.process_time()
            run()
            if number >= _WARM_UP:
                times[name].append((time.process_time() - start) * 1000.0)
    return {name: np.array(values) for name, values in times.items()}


def table(times: Mapping[str, npt.NDArray[np.float64]]) -> str:
    width = max(len(name) for name in times)
    lines = [f"{'':<{width}}  median ms      p95"]
    for name, values in times.items():
        lines.append(f"{name:<{width}}  {np.median(values):>9.2f}{np.percentile(values, 95):>9.2f}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--picture", type=Path, default=DEFAULT_PICTURE, help="a face (default: the demo's)")
    parser.add_argument("--networks", nargs="*", choices=sorted(NETWORKS), help="default: all but the large ones")
    parser.add_argument("--rounds", type=int, default=30)
    args = parser.parse_args()
    bgr = cv2.imread(str(args.picture))
    if bgr is None:
        raise SystemExit(f"error: {args.picture} is not a readable picture")
    names = args.networks
    if names is None:
        names = [n for n in NETWORKS if sum(p.numel() for p in build(n).parameters()) < LARGE and n != "head_direct"]
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"PyTorch {torch.__version__}, OpenVINO {version('openvino')}, one thread")
    print("python -m models.bench", *sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        candidates = {**stages(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)), **networks(names, Path(folder))}
        print(table(measure(candidates, args.rounds)))


if __name__ == "__main__":
    main()
