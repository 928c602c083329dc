"""Writes the sparse weights of a TensorFlow Lite network as dense ones.

The format is that of TACO (Kjolstad et al., OOPSLA 2017): each dimension, in the order of traversal, is dense or
compressed. A compressed dimension has the entries `indices[segments[i]:segments[i + 1]]` below the i-th entry above.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_TYPES: dict[int, Any] = {0: np.dtype("<f4"), 1: np.dtype("<f2")}  # the schema's numbers of float32 and float16
_DENSIFY = 124  # the schema's number of the operation that writes out sparse weights at run time


def dense(network: bytes) -> bytes:
    """The TensorFlow Lite file with dense weights. A file without sparse ones stays as it is."""
    import flatbuffers
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(network, 0)
    (graph,) = model.subgraphs
    kept, sparse_of = [], {}
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex]
        if max(code.builtinCode, code.deprecatedBuiltinCode) == _DENSIFY:
            sparse_of[operator.outputs[0]] = operator.inputs[0]
        else:
            kept.append(operator)
    if not sparse_of:
        return network
    graph.operators = kept
    for output, sparse in sparse_of.items():
        tensor = graph.tensors[sparse]
        stored = bytes(model.buffers[tensor.buffer].data)
        values = _densified(np.frombuffer(stored, _TYPES[tensor.type]), tensor.shape, tensor.sparsity)
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(values.tobytes(), np.uint8)
        model.buffers.append(buffer)
        graph.tensors[output].buffer = tensor.buffer = len(model.buffers) - 1
        tensor.sparsity = None
    builder = flatbuffers.Builder(len(network))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _densified(values: npt.NDArray[Any], shape: npt.ArrayLike, sparsity: Any) -> npt.NDArray[Any]:
    """The array of `shape` with `values` at the places that `sparsity` says, and zeros elsewhere."""
    if sparsity.blockMap is not None and len(sparsity.blockMap):
        raise ValueError("sparse weights in blocks are not supported")
    whole = np.zeros(np.asarray(shape, int), values.dtype)
    places = np.zeros((1, 0), int)  # (entries so far, dimensions so far)
    for dimension in sparsity.dimMetadata:
        if dimension.arraySegments is None:
            counts = np.full(len(places), dimension.denseSize)
            here = np.tile(np.arange(dimension.denseSize), len(places))
        else:
            counts = np.diff(np.asarray(dimension.arraySegments.values, int))
            here = np.asarray(dimension.arrayIndices.values, int)
        places = np.column_stack([np.repeat(places, counts, axis=0), here])
    in_order = np.argsort(sparsity.traversalOrder)
    whole[tuple(places[:, in_order].T)] = values[: len(places)]
    return whole
