"""Small tools to rewrite an ONNX graph, and the last steps that all converted networks need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper


class Writer:
    """Appends nodes and constants to a graph under names of their own."""

    def __init__(self, graph: Any, prefix: str) -> None:
        self._graph = graph
        self._prefix = prefix
        self._count = 0

    def constant(self, values: npt.ArrayLike, dtype: npt.DTypeLike = np.float32) -> str:
        name = self._name("constant")
        self._graph.initializer.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def node(self, operation: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        """The name of the node's only output."""
        name = self._name(operation)
        self._graph.node.append(helper.make_node(operation, inputs, [output or name], name=name, **attributes))
        return output or name

    def columns(self, values: str, start: int, stop: int, axis: int) -> str:
        """A slice of one axis."""
        bounds = [self.constant([number], np.int64) for number in (start, stop, axis)]
        return self.node("Slice", values, *bounds)

    def _name(self, kind: str) -> str:
        self._count += 1
        return f"{self._prefix}_{kind}_{self._count}"


def finish(model: Any, outputs: Mapping[str, str], *, scale: float, offset: float) -> None:
    """Give the network its final input and outputs, free the batch axis, and drop all that no output needs.

    The input becomes `image`, (N, side, side, 3) uint8; the network gets ``image * scale + offset``. outputs: new name
    and present name of each output that is kept.
    """
    graph = model.graph
    _free_batch_axis(graph)
    (given,) = graph.input
    _, height, width, channels = (size.dim_value for size in given.type.tensor_type.shape.dim)
    writer = Writer(graph, "finish")
    scaled = writer.node("Mul", writer.node("Cast", "image", to=TensorProto.FLOAT), writer.constant(scale))
    writer.node("Add", scaled, writer.constant(offset), output=given.name)
    for name, present in outputs.items():
        writer.node("Identity", present, output=name)
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", height, width, channels])
    del graph.input[:], graph.output[:], graph.value_info[:]
    graph.input.append(image)
    graph.output.extend(onnx.ValueInfoProto(name=name) for name in outputs)
    nodes = _needed(list(graph.node), outputs)
    constants = {name for node in nodes for name in node.input}
    initializers = [constant for constant in graph.initializer if constant.name in constants]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(initializers)
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    shapes = {output.name: output for output in inferred.graph.output}
    del graph.output[:]
    graph.output.extend(shapes[name] for name in outputs)


def _free_batch_axis(graph: Any) -> None:
    """Reshapes name a batch of 1. A 0 instead copies the size of the input's axis."""
    constants = {constant.name: constant for constant in graph.initializer}
    for shape in {node.input[1] for node in graph.node if node.op_type == "Reshape"}:
        sizes = numpy_helper.to_array(constants[shape]).copy()
        if sizes[0] == 1:
            sizes[0] = 0
            constants[shape].CopyFrom(numpy_helper.from_array(sizes, shape))


def _needed(nodes: Sequence[Any], outputs: Mapping[str, str]) -> list[Any]:
    """The nodes that `outputs` depend on, each after those that it depends on."""
    maker = {name: node for node in nodes for name in node.output}
    ordered: dict[str, Any] = {}
    waiting = [maker[name] for name in reversed(list(outputs))]
    while waiting:
        node = waiting[-1]
        before = [maker[name] for name in node.input if name in maker and maker[name].output[0] not in ordered]
        if before:
            waiting.extend(before)
        else:
            ordered[waiting.pop().output[0]] = node
    return list(ordered.values())
