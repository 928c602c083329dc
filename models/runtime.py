"""Runs an exported network on one CPU thread, from numpy to numpy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import onnxruntime

from models.arrays import FloatArray

Shape = tuple[int | None, ...]  # None: free


class Network(Protocol):
    """An exported network. Not thread-safe: only one thread may call it."""

    @property
    def inputs(self) -> Mapping[str, Shape]:
        """Name and shape of each input. The first axis is the batch, which is free if the export left it so."""
        ...

    @property
    def outputs(self) -> tuple[str, ...]: ...

    @property
    def metadata(self) -> Mapping[str, str]:
        """What the export wrote into the file."""
        ...

    def run(self, inputs: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """All outputs by name. inputs: float32, each with the shape of `inputs`."""
        ...


class OnnxRuntimeNetwork:
    """`Network` in ONNX Runtime. More threads than one would wait for each other on batches this small."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.inputs: Mapping[str, Shape] = {
            given.name: tuple(size if isinstance(size, int) else None for size in given.shape)
            for given in self._session.get_inputs()
        }
        self.outputs = tuple(given.name for given in self._session.get_outputs())
        self.metadata: Mapping[str, str] = self._session.get_modelmeta().custom_metadata_map

    def run(self, inputs: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        return dict(zip(self.outputs, self._session.run(None, dict(inputs)), strict=True))


def load_network(path: Path) -> Network:
    """The exported network at `path`. Raises OSError if there is no such file."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; get it back with 'git checkout'")
    return OnnxRuntimeNetwork(path)
