"""The gaze network as one call from numpy to numpy: OpenVINO on CPUs, PyTorch on CUDA.

PyTorch is imported only on machines with an NVIDIA GPU (`models.torch_predictor`). A CPU does not need it.
"""

from __future__ import annotations

import importlib.util
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from models.arrays import FloatArray
from models.checkpoints import WEIGHTS_DIR, CheckpointError
from models.gpu import nvidia_gpu_is_here
from models.runtime import DeviceName, Network, load_network, restore_advice

log = logging.getLogger(__name__)

NetworkName = Literal["fast", "accurate"]
NETWORK_NAMES: tuple[NetworkName, ...] = ("fast", "accurate")
DEFAULT_NETWORK: NetworkName = "fast"
FACE_PX = 224  # side of the normalised face for a network without that input
INSTALL_TORCH = "pip install 'sightline-gaze[gpu]' (in the checkout '.[gpu]')"
OUTPUTS = ("gaze", "embedding", "eye_in_head", "eye_embedding")  # names of the network's outputs


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


class NetworkPredictor:
    """A network that runs on the CPU or on a GPU."""

    def __init__(self, network: Network, path: Path) -> None:
        """path: its file, for messages. Raises CheckpointError if the network is not what `GazePredictor` needs."""
        inputs, outputs = network.inputs, network.outputs  # some networks have no face input
        if not set(outputs).issuperset(OUTPUTS) or not inputs.keys() <= {"face", "eyes", "head"}:
            raise CheckpointError(f"{path}: made for another version (its outputs: {', '.join(sorted(outputs))})")
        face_px = inputs["face"][1] if "face" in inputs else None  # (batch, S, S, 3)
        self._network = network
        self.face_px = FACE_PX if face_px is None else face_px

    def predict(
        self, faces: npt.NDArray[np.uint8], eyes: npt.NDArray[np.uint8], head_rotations_rad: FloatArray
    ) -> NetworkOutput:
        check_shapes(faces, eyes, head_rotations_rad, self.face_px)
        heads = head_rotations_rad.astype(np.float32, copy=False)
        given: dict[str, npt.NDArray[Any]] = {"face": faces, "eyes": eyes, "head": heads}
        outputs = self._network.run({name: given[name] for name in self._network.inputs})
        return NetworkOutput(*(outputs[name] for name in OUTPUTS))


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


def choose_device(name: str = "auto") -> DeviceName:
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
    device: str = "auto", network: NetworkName = DEFAULT_NETWORK, weights_dir: Path = WEIGHTS_DIR
) -> GazePredictor:
    """The committed weights on `device`. Raises CheckpointError or ValueError; the text says what to do."""
    weights, exported = weights_dir / f"{network}.safetensors", weights_dir / f"{network}.onnx"
    if choose_device(device) == "cuda":
        from models.torch_predictor import load_gaze_network
        from models.torch_runtime import CudaDevice

        return NetworkPredictor(load_gaze_network(weights, CudaDevice(tf32=True)), weights)
    if not exported.is_file():
        raise CheckpointError(f"{exported}: no such file; {restore_advice(exported)}, or run models.export")
    # bfloat16 takes 60 % of the time and moves the gaze by 0.03 degrees (models/weights/README.md).
    return NetworkPredictor(load_network(exported, bfloat16=True, direct=True), exported)
