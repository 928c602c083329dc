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
    """Angles are (pitch, yaw) in radians: face_angles in the normalised camera, eye_angles relative to the head."""

    face_angles: FloatArray  # (2,)
    face_embedding: FloatArray  # (D,)
    eye_angles: FloatArray  # (2,)
    eye_embedding: FloatArray  # (32,)


class GazePredictor(Protocol):
    """A network on one device. Not thread-safe: only one thread may call it."""

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
    """The exported network on one CPU thread. With batches of one, more threads would only wait for each other."""

    def __init__(self, path: Path) -> None:
        """Load the network. Raises CheckpointError if its outputs are not those that `GazePredictor` needs."""
        self._session = one_thread_session(path)
        inputs = {given.name: given.shape for given in self._session.get_inputs()}  # some networks have no face input
        outputs = {given.name for given in self._session.get_outputs()}
        if not outputs.issuperset(OUTPUTS) or not inputs.keys() <= {"face", "eyes", "head"}:
            raise CheckpointError(f"{path}: made for another version (its outputs: {', '.join(sorted(outputs))})")
        self._inputs = inputs.keys()
        self.face_px = int(inputs["face"][-1]) if "face" in inputs else FACE_PX  # (1, 3, S, S)

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


def check_shapes(
    face: npt.NDArray[np.uint8], eyes: npt.NDArray[np.uint8], head_rotation_rad: FloatArray, face_px: int
) -> None:
    """Raise ValueError for inputs of another shape. The text names the input."""
    if face.shape != (face_px, face_px, 3):
        raise ValueError(f"face patch must be {(face_px, face_px, 3)}, got {face.shape}")
    if eyes.shape != (2, 32, 64):
        raise ValueError(f"eye crops must be (2, 32, 64), got {eyes.shape}")
    if head_rotation_rad.shape != (3,):
        raise ValueError(f"head rotation must be (3,), got {head_rotation_rad.shape}")


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
