"""Runs a network in PyTorch on CUDA, behind the protocol of `models.runtime`.

1. A batch is padded to the next of a few sizes. A larger batch is run in parts.
2. For each size, a CUDA graph of the network is recorded when the network is loaded. Running it is one call, not some
   hundred launches of kernels.
3. Inputs and outputs go through pinned memory, on streams of their own. So the GPU computes one part of a large batch
   while the next part is copied.

It was never run on a GPU. The tests run it on the CPU, and with a device that notes the order of the steps.
`models.torch_onnx` makes PyTorch modules of exported networks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from models.arrays import FloatArray
from models.runtime import Shape

BATCH_SIZES = (32, 16, 8, 4, 2, 1)
_WARM_UP = 3  # runs before a graph is recorded: libraries choose their kernels in them

Step = Callable[[], None]
Copies = Sequence[tuple[Tensor, Tensor]]  # to, from


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a network. shape: without the batch axis."""

    shape: tuple[int, ...]
    dtype: torch.dtype


class Device(Protocol):
    """Where a network runs. Steps of one kind run in their order."""

    name: str

    def host_tensor(self, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        """Zeros on the host, in memory from which a copy to the device does not block."""
        ...

    def recorded(self, forward: Step) -> Step:
        """The same step, faster. `forward` reads and writes the same tensors each time."""
        ...

    def start(self, uploads: Copies, forward: Step, downloads: Copies) -> Step:
        """Copy, run, copy back. Returns a step that waits for the end."""
        ...


class CpuDevice:
    """Runs each step at once. Only tests and measurements use PyTorch on the CPU."""

    name = "cpu"

    def host_tensor(self, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        return torch.zeros(shape, dtype=dtype)

    def recorded(self, forward: Step) -> Step:
        return forward

    def start(self, uploads: Copies, forward: Step, downloads: Copies) -> Step:
        _copy(uploads)
        forward()
        _copy(downloads)
        return lambda: None


class CudaDevice:
    """One GPU. tf32: convolutions round their inputs to 10 bits, which is faster; landmarks need all 23."""

    name = "cuda"

    def __init__(self, *, tf32: bool) -> None:
        self._tf32 = tf32
        stream: Callable[[], torch.cuda.Stream] = torch.cuda.Stream
        self._uploads, self._computing, self._downloads = stream(), stream(), stream()

    def host_tensor(self, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        return torch.zeros(shape, dtype=dtype, pin_memory=True)

    def recorded(self, forward: Step) -> Step:
        # Tensors are made on the current stream. It must have finished before another stream reads them.
        torch.cuda.synchronize()
        with self._precision():
            with torch.cuda.stream(self._computing):
                for _ in range(_WARM_UP):
                    forward()
            torch.cuda.synchronize()
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, stream=self._computing):
                forward()
        replay: Step = graph.replay
        return replay

    def start(self, uploads: Copies, forward: Step, downloads: Copies) -> Step:
        with torch.cuda.stream(self._uploads):
            _copy(uploads)
        self._computing.wait_stream(self._uploads)
        with torch.cuda.stream(self._computing):
            forward()
        self._downloads.wait_stream(self._computing)
        with torch.cuda.stream(self._downloads):
            _copy(downloads)
            event = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]  # the host sleeps, not spins
            done = self._downloads.record_event(event)
        wait: Step = done.synchronize
        return wait

    @contextmanager
    def _precision(self) -> Iterator[None]:
        """The arithmetic of kernels that are chosen inside. A recorded graph keeps it."""
        before = torch.get_float32_matmul_precision()
        torch.set_float32_matmul_precision("high" if self._tf32 else "highest")
        try:
            with torch.backends.cudnn.flags(enabled=True, benchmark=True, allow_tf32=self._tf32):
                yield
        finally:
            torch.set_float32_matmul_precision(before)


def _copy(copies: Copies) -> None:
    for to, source in copies:
        to.copy_(source, non_blocking=True)


class _Buffers:
    """The tensors of one batch size, and the network that reads and writes them."""

    def __init__(self, module: nn.Module, inputs: Mapping[str, Input], size: int, device: Device) -> None:
        self._device = device
        self._given = {name: device.host_tensor((size, *of.shape), of.dtype) for name, of in inputs.items()}
        self._inputs = {name: torch.zeros_like(tensor, device=device.name) for name, tensor in self._given.items()}
        results = _tensors(module(*self._inputs.values()))
        self._outputs = [torch.zeros_like(result) for result in results]
        self._found = [device.host_tensor(tuple(result.shape), result.dtype) for result in results]

        def forward() -> None:
            _copy(list(zip(self._outputs, _tensors(module(*self._inputs.values())), strict=True)))

        self._forward = device.recorded(forward)

    def start(self, inputs: Mapping[str, npt.NDArray[Any]]) -> Callable[[], list[FloatArray]]:
        """Start the network on the rows of a part. Returns a step that waits for its outputs, one row for each."""
        count = len(next(iter(inputs.values())))
        for name, tensor in self._given.items():
            tensor.numpy()[:count] = inputs[
                name
            ]  # the rows after them keep old values, and nothing reads their outputs
        uploads = [(tensor, self._given[name]) for name, tensor in self._inputs.items()]
        wait = self._device.start(uploads, self._forward, list(zip(self._found, self._outputs, strict=True)))

        def finish() -> list[FloatArray]:
            wait()
            return [tensor.numpy()[:count].copy() for tensor in self._found]

        return finish


class TorchNetwork:
    """`models.runtime.Network` in PyTorch. All sizes are prepared here, so that no frame waits for it."""

    def __init__(
        self,
        module: nn.Module,
        inputs: Mapping[str, Input],
        outputs: Sequence[str],
        device: Device,
        *,
        sizes: Sequence[int] | None = None,
    ) -> None:
        """module: on the device; takes the inputs in their order, and returns the outputs in theirs."""
        self.inputs: Mapping[str, Shape] = {name: (None, *of.shape) for name, of in inputs.items()}
        self.outputs = tuple(outputs)
        sizes = BATCH_SIZES if sizes is None else sizes
        self._largest = max(sizes)
        with torch.no_grad():
            # Two for the largest size: one is filled while the GPU works on the other.
            self._buffers = {
                size: deque(_Buffers(module, inputs, size, device) for _ in range(2 if size == self._largest else 1))
                for size in sizes
            }

    def run(self, inputs: Mapping[str, npt.NDArray[Any]]) -> dict[str, FloatArray]:
        count = len(next(iter(inputs.values())))
        started: deque[Callable[[], list[FloatArray]]] = deque()
        found: list[list[FloatArray]] = []
        with torch.no_grad():
            for start in range(0, count, self._largest):
                part = {name: values[start : start + self._largest] for name, values in inputs.items()}
                if len(started) == 2:
                    found.append(started.popleft()())  # its buffers are the next ones
                started.append(self._next_buffers(min(count - start, self._largest)).start(part))
            found += [finish() for finish in started]
        return {name: np.concatenate([part[i] for part in found]) for i, name in enumerate(self.outputs)}

    def _next_buffers(self, count: int) -> _Buffers:
        buffers = self._buffers[min(size for size in self._buffers if size >= count)]
        buffers.rotate()
        return buffers[0]


def _tensors(result: Tensor | Sequence[Tensor]) -> list[Tensor]:
    return [result] if isinstance(result, Tensor) else list(result)
