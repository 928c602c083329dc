"""The gaze network behind one call, numpy in and numpy out: ONNX Runtime on CPUs, PyTorch on CUDA."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime
import torch
from torch import nn

from models.checkpoints import WEIGHTS_DIR, CheckpointError, load_checkpoint, read_provenance
from models.networks.inputs import GazeInputs
from models.networks.registry import build, spec

FloatArray = npt.NDArray[np.float32]
NetworkName = Literal["accurate", "fast"]
NETWORK_NAMES: tuple[NetworkName, ...] = ("accurate", "fast")
OUTPUTS = ("gaze", "embedding", "eye_in_head", "eye_embedding")  # of `GazeOutput`, as exported files name them


@dataclass(frozen=True, slots=True)
class NetworkOutput:
    """Angles are (pitch, yaw) in radians: of the face in its normalised camera, of the eyes against the head."""

    face_angles: FloatArray  # (2,)
    face_embedding: FloatArray  # (D,)
    eye_angles: FloatArray  # (2,)
    eye_embedding: FloatArray  # (32,)


class GazePredictor(Protocol):
    """A network on one device. Not thread-safe; one thread calls it."""

    @property
    def face_px(self) -> int: ...

    def predict(
        self, face: npt.NDArray[np.uint8], eyes: npt.NDArray[np.uint8], head_rotation_rad: FloatArray
    ) -> NetworkOutput:
        """face: (S, S, 3) uint8 RGB with S = `face_px`; eyes: (2, 32, 64) uint8 grey, left and right; head: (3,)
        rotation vector in the normalised camera. Raises ValueError on any other shape.
        """
        ...


class OnnxPredictor:
    """The exported network on one CPU thread: for batches of one, more threads only wait for each other."""

    def __init__(self, path: Path, face_px: int) -> None:
        self.face_px = face_px
        self._session = one_thread_session(path)
        self._inputs = {given.name for given in self._session.get_inputs()}  # not every network looks at the face

    def predict(
        self, face: npt.NDArray[np.uint8], eyes: npt.NDArray[np.uint8], head_rotation_rad: FloatArray
    ) -> NetworkOutput:
        check_shapes(face, eyes, head_rotation_rad, self.face_px)
        inputs = {
            "face": np.ascontiguousarray(face.transpose(2, 0, 1)[None], np.float32),
            "eyes": eyes[None].astype(np.float32),
            "head": head_rotation_rad[None].astype(np.float32),
        }
        used = {name: values for name, values in inputs.items() if name in self._inputs}
        return NetworkOutput(*(output[0] for output in self._session.run(list(OUTPUTS), used)))


def one_thread_session(path: Path) -> onnxruntime.InferenceSession:
    """The exported network at `path` on one thread of the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class TorchPredictor:
    """The network in PyTorch."""

    def __init__(self, net: nn.Module, face_px: int, device: torch.device) -> None:
        self.face_px = face_px
        self.device = device
        self._net = net.to(device).eval()

    def predict(
        self, face: npt.NDArray[np.uint8], eyes: npt.NDArray[np.uint8], head_rotation_rad: FloatArray
    ) -> NetworkOutput:
        check_shapes(face, eyes, head_rotation_rad, self.face_px)
        with torch.inference_mode():
            head = torch.from_numpy(head_rotation_rad.astype(np.float32)).to(self.device)[None]  # (1, 3)
            inputs = GazeInputs(
                face=torch.from_numpy(face).to(self.device).permute(2, 0, 1)[None].float(),  # (1, 3, S, S)
                eyes=torch.from_numpy(eyes).to(self.device)[None].float(),  # (1, 2, 32, 64)
                head=head,
                centre=torch.zeros_like(head),
            )
            out = self._net(inputs)
            return NetworkOutput(*(getattr(out, name)[0].cpu().numpy() for name in OUTPUTS))


def check_shapes(
    face: npt.NDArray[np.uint8], eyes: npt.NDArray[np.uint8], head_rotation_rad: FloatArray, face_px: int
) -> None:
    """Raises ValueError that names what does not fit."""
    if face.shape != (face_px, face_px, 3):
        raise ValueError(f"face patch must be {(face_px, face_px, 3)}, got {face.shape}")
    if eyes.shape != (2, 32, 64):
        raise ValueError(f"eye crops must be (2, 32, 64), got {eyes.shape}")
    if head_rotation_rad.shape != (3,):
        raise ValueError(f"head rotation must be (3,), got {head_rotation_rad.shape}")


def choose_device(name: str = "auto") -> torch.device:
    """``auto``: CUDA when there, else the CPU. Raises ValueError for a CUDA device that is not there."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(name)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ValueError("CUDA was asked for, but PyTorch sees no CUDA device; use --device cpu or auto")
    return device


def load_predictor(
    device: str = "auto", network: NetworkName = "accurate", weights_dir: Path = WEIGHTS_DIR
) -> GazePredictor:
    """The committed weights on `device`. Raises CheckpointError or ValueError with what to do."""
    chosen = choose_device(device)
    weights, exported = weights_dir / f"{network}.safetensors", weights_dir / f"{network}.onnx"
    name = read_provenance(weights).get("config", "")
    try:
        face_px = spec(name).face_px
    except ValueError as error:
        raise CheckpointError(f"{weights}: made for another version ({error})") from error
    if chosen.type == "cpu":
        if not exported.is_file():
            raise CheckpointError(f"{exported}: no such file; get it back with 'git checkout', or run models.export")
        return OnnxPredictor(exported, face_px)
    return TorchPredictor(load_checkpoint(weights, build(name)), face_px, chosen)
