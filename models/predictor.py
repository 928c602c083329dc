"""Both gaze networks behind one call: numpy in, numpy out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from models.checkpoints import WEIGHTS_DIR, load_checkpoint
from models.eye_net import EyeNet
from models.gaze_net import FullFaceNet

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NetworkOutput:
    """Angles are (pitch, yaw) in radians: of the face in its normalised camera, of the eyes against the head."""

    face_angles: FloatArray  # (2,)
    face_embedding: FloatArray  # (16,)
    eye_angles: FloatArray  # (2,)
    eye_embedding: FloatArray  # (32,)


class GazePredictor:
    """The full-face and the eye network on one device. Not thread-safe; one thread calls it."""

    def __init__(self, face_net: FullFaceNet, eye_net: EyeNet, device: torch.device) -> None:
        self.device = device
        self.face_px = face_net.config.input_px
        self._face_net = face_net.to(device).eval()
        self._eye_net = eye_net.to(device).eval()

    def predict(
        self, face: npt.NDArray[np.uint8], eyes: npt.NDArray[np.uint8], head_rotation_rad: FloatArray
    ) -> NetworkOutput:
        """face: (S, S, 3) uint8 RGB with S = `face_px`; eyes: (2, 32, 64) uint8 grey, left and right; head: (3,).

        Raises ValueError on any other shape.
        """
        if face.shape != (self.face_px, self.face_px, 3):
            raise ValueError(f"face patch must be {(self.face_px, self.face_px, 3)}, got {face.shape}")
        if eyes.shape != (2, 32, 64):
            raise ValueError(f"eye crops must be (2, 32, 64), got {eyes.shape}")
        with torch.inference_mode():
            face_batch = torch.from_numpy(face).to(self.device).permute(2, 0, 1)[None].float()  # (1, 3, S, S)
            eye_batch = torch.from_numpy(eyes).to(self.device)[None].float()  # (1, 2, 32, 64)
            head = torch.from_numpy(head_rotation_rad.astype(np.float32)).to(self.device)[None]  # (1, 3)
            outputs = [
                *self._face_net.angles_and_embedding(face_batch),
                *self._eye_net.angles_and_embedding(eye_batch, head),
            ]
            face_angles, face_embedding, eye_angles, eye_embedding = (o[0].cpu().numpy() for o in outputs)
        return NetworkOutput(face_angles, face_embedding, eye_angles, eye_embedding)


def choose_device(name: str = "auto") -> torch.device:
    """``auto``: CUDA when there, else the CPU. Raises ValueError for a CUDA device that is not there."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(name)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ValueError("CUDA was asked for, but PyTorch sees no CUDA device; use --device cpu or auto")
    return device


def load_predictor(device: str = "auto", weights_dir: Path = WEIGHTS_DIR) -> GazePredictor:
    """The committed weights on `device`. Raises CheckpointError or ValueError with what to do."""
    chosen = choose_device(device)
    if chosen.type == "cpu":
        # Batches of one gain nothing from more threads, and waiting threads spin: 100 times slower on a busy machine.
        torch.set_num_threads(1)
    return GazePredictor(
        face_net=load_checkpoint(weights_dir / "face.safetensors", FullFaceNet()),
        eye_net=load_checkpoint(weights_dir / "eyes.safetensors", EyeNet()),
        device=chosen,
    )
