"""The gaze network as one call from numpy to numpy: ONNX Runtime on CPUs, PyTorch on CUDA.

PyTorch is imported only on machines with an NVIDIA GPU (`models.torch_predictor`). A CPU does not need it.
"""

from __future__ import annotations

import importlib.util
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime

from models.arrays import FloatArray
from models.checkpoints import WEIGHTS_DIR, CheckpointError
from models.gpu import nvidia_gpu_is_here

log = logging.getLogger(__name__)

NetworkName = Literal["accurate", "fast"]
NETWORK_NAMES: tuple[NetworkName, ...] = ("accurate", "fast")
FACE_PX = 224  # side of the normalised face for a network without that input
INSTALL_TORCH = "pip install 'sightline-gaze[gpu]' (in the checkout '.[gpu]')"
OUTPUTS = ("gaze", "embedding", "eye_in_head", "eye_embedding")  # names of `GazeOutput` in exported files


@dataclass(frozen=True, slots=True)
class NetworkOutput:
    """One batch. Angles are (pitch, yaw) in radians: face_angles in the normalised camera, eye_angles relative to the
    head.
    """

    face_angles: FloatArray  # (B, 2)
    face_embedding: FloatArray  # (B, D)
    eye_angles: FloatArray  # (B, 2)
    eye_embedding: FloatArray  # (B, 32)


class GazePredictor(Protocol):
    """A network on one device. Not thread-safe: only one thread may call it."""

    @property
    def face_px(self) -> int: ...

    def predict(
        self, faces: npt.NDArray[np.uint8], eyes: npt.NDArray[np.uint8], head_rotations_rad: FloatArray
    ) -> NetworkOutput:
        """faces: (B, S, S, 3) uint8 RGB with S = `face_px`; eyes: (B, 2, 32, 64) uint8 grey, left and right; heads:
        (B, 3) rotation vectors in the normalised camera. Raises ValueError on any other shape, and on an empty batch.
        """
        ...


class OnnxPredictor:
    """The exported network on one CPU thread. More threads would only wait for each other."""

    def __init__(self, path: Path) -> None:
        """Load the network. Raises CheckpointError if its outputs are not those that `GazePredictor` needs."""
        self._session = one_thread_session(path)
        inputs = {given.name: given.shape for given in self._session.get_inputs()}  # some networks have no face input
        outputs = {given.name for given in self._session.get_outputs()}
        if not outputs.issuperset(OUTPUTS) or not inputs.keys() <= {"face", "eyes", "head"}:
            raise CheckpointError(f"{path}: made for another version (its outputs: {', '.join(sorted(outputs))})")
        self._inputs = inputs.keys()
        self.face_px = int(inputs["face"][-1]) if "face" in inputs else FACE_PX  # (batch, 3, S, S)

    def predict(
        self, faces: npt.NDArray[np.uint8], eyes: npt.NDArray[np.uint8], head_rotations_rad: FloatArray
    ) -> NetworkOutput:
        check_shapes(faces, eyes, head_rotations_rad, self.face_px)
        inputs = {
            "face": np.ascontiguousarray(faces.transpose(0, 3, 1, 2), np.float32),
            "eyes": eyes.astype(np.float32),
            "head": head_rotations_rad.astype(np.float32),
        }
        used = {name: values for name, values in inputs.items() if name in self._inputs}
        return NetworkOutput(*self._session.run(list(OUTPUTS), used))


def one_thread_session(path: Path) -> onnxruntime.InferenceSession:
    """The exported network at `path` on one thread of the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def check_shapes(
    faces: npt.NDArray[np.uint8], eyes: npt.NDArray[np.uint8], head_rotations_rad: FloatArray, face_px: int
) -> None:
    """Raise ValueError for inputs of another shape. The text names the input."""
    count = len(faces)
    if faces.shape != (count, face_px, face_px, 3) or count == 0:
        raise ValueError(f"faces must be (1 or more, {face_px}, {face_px}, 3), got {faces.shape}")
    if eyes.shape != (count, 2, 32, 64):
        raise ValueError(f"eye crops must be {(count, 2, 32, 64)}, got {eyes.shape}")
    if head_rotations_rad.shape != (count, 3):
        raise ValueError(f"head rotations must be {(count, 3)}, got {head_rotations_rad.shape}")


def choose_device(name: str = "auto") -> Literal["cpu", "cuda"]:
    """The device for a name. ``auto``: CUDA if available, else the CPU. Raises ValueError for a missing CUDA device."""
    if name == "cpu" or (name == "auto" and not nvidia_gpu_is_here()):
        return "cpu"
    if importlib.util.find_spec("torch") is None:
        if name == "auto":
            log.warning("found an NVIDIA GPU, but PyTorch is not installed, so the CPU is used: %s", INSTALL_TORCH)
            return "cpu"
        raise ValueError(f"CUDA needs PyTorch, which is not installed: {INSTALL_TORCH}, or use --device cpu")
    from models.torch_predictor import cuda_is_available

    if cuda_is_available():
        return "cuda"
    if name == "auto":
        return "cpu"
    raise ValueError("PyTorch finds no CUDA device; use --device cpu or auto")


def load_predictor(
    device: str = "auto", network: NetworkName = "accurate", weights_dir: Path = WEIGHTS_DIR
) -> GazePredictor:
    """The committed weights on `device`. Raises CheckpointError or ValueError; the text says what to do."""
    weights, exported = weights_dir / f"{network}.safetensors", weights_dir / f"{network}.onnx"
    if choose_device(device) == "cuda":
        from models.torch_predictor import load_torch_predictor

        return load_torch_predictor(weights, "cuda")
    if not exported.is_file():
        raise CheckpointError(f"{exported}: no such file; get it back with 'git checkout', or run models.export")
    return OnnxPredictor(exported)
