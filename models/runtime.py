"""Runs an exported network, from numpy to numpy: on one CPU thread, or on CUDA (`models.torch_runtime`).

OpenVINO runs the face mesh in half the CPU time of ONNX Runtime, and the gaze networks in the same time. A network
compiled for one batch size takes 60 % of the time of one with a free batch axis. So each of a few sizes is compiled
when it is first needed, and a larger batch is run in parts.
"""

from __future__ import annotations

import functools
import re
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from models.arrays import FloatArray
from models.openvino_kernels import prefer_direct_kernels

BATCH_SIZES = (4, 1)
"""Each is compiled on first use, in about half a second, and takes 30 MB for the face mesh. A part of a batch, such as
the faces that need a second pass, must not compile a further size while frames wait."""

Shape = tuple[int | None, ...]  # None: free
DeviceName = Literal["cpu", "cuda"]


class Network(Protocol):
    """An exported network. Not thread-safe: only one thread may call it."""

    @property
    def inputs(self) -> Mapping[str, Shape]:
        """Name and shape of each input. The first axis is the batch."""
        ...

    @property
    def outputs(self) -> tuple[str, ...]: ...

    def run(self, inputs: Mapping[str, npt.NDArray[Any]]) -> dict[str, FloatArray]:
        """All outputs by name, batch axis first. inputs: each with its shape of `inputs`, all with one batch size."""
        ...


class OpenVinoNetwork:
    """`Network` in OpenVINO. More threads than one would wait for each other on batches this small."""

    def __init__(self, path: Path, *, bfloat16: bool = False, direct: bool = False) -> None:
        self._core = openvino_core()
        self._path = path
        # Asked for bfloat16, OpenVINO emulates it where the processor lacks it, which takes longer than float32.
        native = "BF16" in self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        self._bfloat16, self._direct = bfloat16 and native, direct and native
        self._options = _OPTIONS | {"INFERENCE_PRECISION_HINT": "bf16" if self._bfloat16 else "f32"}
        model = self._core.read_model(path)
        self.inputs: Mapping[str, Shape] = {
            given.any_name: tuple(None if size.is_dynamic else size.get_length() for size in given.partial_shape)
            for given in model.inputs
        }
        self.outputs: tuple[str, ...] = tuple(given.any_name for given in model.outputs)
        self._compiled: dict[int, _Compiled] = {}  # by batch size

    def run(self, inputs: Mapping[str, npt.NDArray[Any]]) -> dict[str, FloatArray]:
        count = len(next(iter(inputs.values())))
        found = [
            self._for_batch(part.stop - part.start).run({name: values[part] for name, values in inputs.items()})
            for part in _parts(count)
        ]
        if len(found) == 1:
            return found[0]
        return {name: np.concatenate([part[name] for part in found]) for name in self.outputs}

    def _for_batch(self, size: int) -> _Compiled:
        if size not in self._compiled:
            model = self._core.read_model(self._path)
            model.reshape({name: [size, *shape[1:]] for name, shape in self.inputs.items()})
            if self._direct:
                prefer_direct_kernels(self._core, model, bfloat16=self._bfloat16)
            compiled = self._core.compile_model(model, "CPU", self._options)
            self._compiled[size] = _Compiled(compiled.create_infer_request(), self.inputs, self.outputs)
        return self._compiled[size]


class _Compiled:
    """A network for one batch size, with the arrays that OpenVINO reads and writes.

    Giving it new arrays for each batch takes 0.25 ms more: a tenth of the whole network.
    """

    def __init__(self, request: Any, inputs: Iterable[str], outputs: Iterable[str]) -> None:
        self._request = request
        self._inputs = {name: request.get_tensor(name).data for name in inputs}
        self._outputs = {name: request.get_tensor(name).data for name in outputs}

    def run(self, inputs: Mapping[str, npt.NDArray[Any]]) -> dict[str, FloatArray]:
        for name, values in inputs.items():
            self._inputs[name][...] = values
        self._request.infer(share_outputs=True)
        return {name: values.copy() for name, values in self._outputs.items()}


# Without streams, the calling thread computes, and no further thread is started.
_OPTIONS = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 0, "ENABLE_CPU_PINNING": False}


def _parts(count: int) -> Iterator[slice]:
    start = 0
    for size in BATCH_SIZES:
        while count - start >= size:
            yield slice(start, start + size)
            start += size


_core_lock = threading.Lock()


def openvino_core() -> Any:
    """The one `openvino.Core` of this process, made at the first call and never destroyed.

    A core replaces the signal stack of the thread that makes it, and puts the former one back when it is destroyed.
    With two cores, the former one can belong to a core that is gone. The next signal then ends the process (SIGSEGV).
    """
    with _core_lock:  # a cache alone lets two threads make one each
        return _core()


@functools.cache
def _core() -> Any:
    return _openvino().Core()


def _openvino() -> Any:
    """The package without its conversion tools: their import reports itself over the network (openvino_telemetry)."""
    tools = "openvino.tools.ovc"
    if "openvino" not in sys.modules:
        sys.modules[tools] = None  # type: ignore[assignment]  # the package's __init__ catches the ImportError
        try:
            import openvino
        finally:
            del sys.modules[tools]
    import openvino

    return openvino


def load_network(path: Path, *, device: DeviceName = "cpu", bfloat16: bool = False, direct: bool = False) -> Network:
    """The exported network at `path`. Raises OSError if there is no such file, ValueError if it holds no network.

    bfloat16: compute in this precision where the processor has it. Landmarks need float32. CUDA takes float32.
    direct: prefer direct kernels on such a processor (`models.openvino_kernels`). They are slower for the detectors.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; {restore_advice(path)}")
    if device == "cuda":
        from models.torch_onnx import load_onnx_network
        from models.torch_runtime import CudaDevice

        return load_onnx_network(path, CudaDevice(tf32=False))
    try:
        return OpenVinoNetwork(path, bfloat16=bfloat16, direct=direct)
    except RuntimeError as error:
        reason = " ".join(re.sub(r"Exception from \S+:", "", str(error)).split())[:200]
        raise ValueError(f"{path}: not a network that OpenVINO can read; {restore_advice(path)} ({reason})") from error


def restore_advice(path: Path) -> str:
    """How to get back a file that belongs to the program."""
    root = Path(__file__).resolve().parents[1]
    inside = path.resolve().is_relative_to(root)
    if inside and not (root / ".git").exists():
        return "install the package again"
    if inside:
        return f"get it back with 'git checkout -- {path.resolve().relative_to(root).as_posix()}' in {root}"
    return "get it back with 'git checkout'"
