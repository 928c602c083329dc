"""What the server asks a worker, what it answers, and both as bytes. The JPEGs lie in shared memory beside them.

Nothing is pickled: a worker decodes pictures from outside, so its answers are checked like the messages of a client.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec
import numpy as np

from models.analysis import FaceAnalysis
from models.face.camera import Box, CameraIntrinsics
from models.face.tracking import FaceTrack
from server.inference.fingerprint import Fingerprint


class Analyze(msgspec.Struct, frozen=True, tag=True):
    """Analyse a frame. intrinsics: of the JPEG's picture. before: the track of the stream's last frame with a face."""

    width_px: int
    height_px: int
    intrinsics: CameraIntrinsics
    captured_ms: float
    before: FaceTrack | None


class Count(msgspec.Struct, frozen=True, tag=True):
    """Count the faces in a picture."""

    width_px: int
    height_px: int


class Prepare(msgspec.Struct, frozen=True, tag=True):
    """Compile the networks for batches of this size. It has no picture, and its outcome comes when that has begun."""

    count: int


Job = Analyze | Count | Prepare


class Analyzed(msgspec.Struct, frozen=True, tag=True):
    """track: for the stream's next frame; None without a face. fingerprint: of the decoded picture."""

    analysis: FaceAnalysis
    track: FaceTrack | None
    fingerprint: Fingerprint | None = None


class Counted(msgspec.Struct, frozen=True, tag=True):
    boxes: tuple[Box, ...]


class Prepared(msgspec.Struct, frozen=True, tag=True):
    pass


class Undecodable(msgspec.Struct, frozen=True, tag=True):
    """The picture can't be decoded. ended_worker: its decoding took too long."""

    problem: str
    ended_worker: bool = False


class Broken(msgspec.Struct, frozen=True, tag=True):
    """The analysis raised an exception, which is a bug."""

    traceback: str


class Lost(msgspec.Struct, frozen=True, tag=True):
    """The worker ended before it had a result."""


class Unanswered(msgspec.Struct, frozen=True, tag=True):
    """The cluster had no result in time. Unlike `Lost`, it does not hint at the picture."""


Outcome = Analyzed | Counted | Prepared | Undecodable | Broken | Lost | Unanswered


class Ready(msgspec.Struct, frozen=True, tag=True):
    """A worker's first answer.

    batch_sizes: how many frames it takes at once, the largest first, the last one is 1. prepared: whether it is ready
    for all of them; else only for 1. max_workers: how many of its kind are of use, None: one for each core.
    """

    batch_sizes: tuple[int, ...]
    prepared: bool
    max_workers: int | None


class Unable(msgspec.Struct, frozen=True, tag=True):
    """A worker's only answer when it can't load what it needs. The reason says what to do."""

    reason: str


class Placed(msgspec.Struct, frozen=True):
    """A job and the number of bytes of its JPEG."""

    job: Job
    n_bytes: int


def encode(value: Sequence[Placed] | Sequence[Outcome] | Ready | Unable) -> bytes:
    return _ENCODER.encode(value)


def decode_jobs(data: bytes) -> list[Placed]:
    placed: list[Placed] = _JOBS.decode(data)
    return placed


def decode_outcomes(data: bytes) -> list[Outcome]:
    """Raises msgspec.ValidationError or msgspec.DecodeError."""
    outcomes: list[Outcome] = _OUTCOMES.decode(data)
    return outcomes


def decode_first(data: bytes) -> Ready | Unable:
    """Raises msgspec.ValidationError or msgspec.DecodeError."""
    first: Ready | Unable = _FIRST.decode(data)
    return first


def _from_array(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.shape, np.ascontiguousarray(value, np.float32).data
    return float(value)  # a number of numpy's


def _to_array(_kind: Any, value: Any) -> Any:
    shape, data = value
    return np.frombuffer(data, np.float32).reshape(shape)


class _Decoder(Protocol):
    def decode(self, data: bytes) -> Any: ...


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_from_array)
_JOBS: _Decoder = msgspec.msgpack.Decoder(list[Placed], dec_hook=_to_array)
_OUTCOMES: _Decoder = msgspec.msgpack.Decoder(list[Outcome], dec_hook=_to_array)
_FIRST: _Decoder = msgspec.msgpack.Decoder(Ready | Unable)
