"""Exported networks as PyTorch modules, for CUDA. The package onnx2torch converts them, but lacks GridSample.

It does not know all of what the exporter of the gaze networks writes. PyTorch has their weights anyway
(`models.torch_predictor`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx2torch import convert
from onnx2torch.node_converters import registry
from onnx2torch.node_converters.activations import OnnxPReLU
from onnx2torch.node_converters.gather import OnnxGather
from onnx2torch.utils.common import OnnxToTorchModule, OperationConverterResult, onnx_mapping_from_node
from torch import Tensor, nn

from models.torch_runtime import Device, Input, TorchNetwork


class GridSample(nn.Module, OnnxToTorchModule):  # type: ignore[misc]
    """https://onnx.ai/onnx/operators/onnx__GridSample.html, version 16."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        super().__init__()
        self._mode = options.get("mode", "bilinear")
        self._padding = options.get("padding_mode", "zeros")
        self._align_corners = bool(options.get("align_corners", 0))

    def forward(self, values: Tensor, grid: Tensor) -> Tensor:
        return nn.functional.grid_sample(values, grid, self._mode, self._padding, self._align_corners)


class PRelu(nn.Module):
    """https://onnx.ai/onnx/operators/onnx__PRelu.html. That of onnx2torch selects values by a mask, so the host has to
    wait for their number.
    """

    def forward(self, values: Tensor, slope: Tensor) -> Tensor:
        return torch.where(values >= 0, values, values * slope)


@registry.add_converter(operation_type="GridSample", version=16)  # type: ignore[untyped-decorator]
def _grid_sample(node: Any, _graph: Any) -> Any:
    return OperationConverterResult(torch_module=GridSample(node.attributes), onnx_mapping=onnx_mapping_from_node(node))


def load_onnx_network(path: Path, device: Device) -> TorchNetwork:
    """The exported network at `path` on `device`. Raises OSError for a missing file."""
    model = onnx.load(path)
    inputs = {given.name: _input(given.type.tensor_type) for given in model.graph.input}
    outputs = [given.name for given in model.graph.output]
    return TorchNetwork(placed(convert(model).eval(), device.name), inputs, outputs, device)


def placed(module: Any, device: str) -> Any:
    """Move the converted module to `device`, except sizes and positions: the host reads them in each run.

    Reading from a GPU waits for it, which a recording does not allow.
    """
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, OnnxPReLU):
                setattr(parent, name, PRelu())
    read = {
        node.target.rpartition(".")[2]
        for node in module.graph.nodes
        if node.op == "get_attr"
        and not all(isinstance(module.get_submodule(user.target), OnnxGather) for user in node.users)
    }
    kept = {name: tensor for name, tensor in module.initializers.named_buffers() if name in read}
    module.to(device)
    for name, tensor in kept.items():
        if not tensor.is_floating_point():
            module.initializers.register_buffer(name, tensor)
    return module


def _input(given: Any) -> Input:
    sample = np.zeros(0, onnx.helper.tensor_dtype_to_np_dtype(given.elem_type))
    return Input(tuple(size.dim_value for size in given.shape.dim[1:]), torch.from_numpy(sample).dtype)
