"""The custom operations of MediaPipe's attention mesh in standard ONNX operations, and its 478 points.

The network finds 468 points of the face, then looks again at each eye and iris, in squares of its feature map that lie
around these points. MediaPipe's sources define the three operations (version 2 of each):
- Landmarks2TransformMatrix: the angle between two landmarks, the box of some landmarks in that rotation, and
  matrix = shift(centre) rotate scale(box * scale / output size) shift(-output size / 2).
- TransformTensorBilinear: the pixels of a square, each at matrix (x + 0.5, y + 0.5) - 0.5 of the feature map, bilinear,
  zeros outside.
- TransformLandmarks: x and y through the matrix.

Each operation costs some microseconds, however small it is. So both eyes are computed together, and so are an eye and
its iris after the layers that they share: a layer with two or four groups of channels in place of two or four layers.
The network also looks again at the lips. Nothing here uses these points, and without them it takes 10 % less time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import helper, numpy_helper

from models.face.convert.graphs import Writer

_PICTURE_PX, _MAP_PX = 192, 48  # sides of the picture and of the feature map
_N_MESH = 468
# By the names in the network, whose left is the image's left: the matrix and the square of the left and the right eye,
# and the transformed points of left eye, right eye, left iris (468 to 472) and right iris (473 to 477).
_MATRICES = ("landmarks_to_transform_matrix_v2_1", "landmarks_to_transform_matrix_v2_2")
_SQUARES = ("transform_tensor_bilinear_v2_1", "transform_tensor_bilinear_v2_2")
_POINTS = (
    "transform_landmarks_v2_1",
    "transform_landmarks_v2_3",
    "transform_landmarks_v2_2",
    "transform_landmarks_v2_4",
)
_ROOM = 72  # for the points of an eye, 71, or of an iris, 5: groups of 16 numbers are fast

Values = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Graph:
    """The nodes by the names of their outputs, and the constants by their names."""

    makers: Mapping[str, Any]
    constants: Mapping[str, npt.NDArray[Any]]

    @classmethod
    def of(cls, graph: Any) -> _Graph:
        makers = {output: node for node in graph.node for output in node.output}
        return cls(makers, {given.name: numpy_helper.to_array(given) for given in graph.initializer})

    def before(self, tensor: str, operation: str) -> Any:
        """The nearest node of this kind before a tensor, along first inputs."""
        node = self.makers[tensor]
        while node.op_type != operation:
            node = self.makers[node.input[0]]
        return node

    def after(self, tensor: str, operation: str) -> Any:
        """The only node of this kind that takes the tensor."""
        (node,) = (node for node in self.makers.values() if node.op_type == operation and tensor in node.input)
        return node

    def between(self, start: str, end: str) -> list[Any]:
        """The nodes that make `end` of `start`, each after those that it depends on."""
        ordered: dict[str, Any] = {}

        def visit(tensor: str) -> None:
            if tensor == start or tensor in self.constants or tensor in ordered:
                return
            for given in self.makers[tensor].input:
                visit(given)
            ordered[tensor] = self.makers[tensor]

        visit(end)
        return list(ordered.values())


def replace_custom_operations(graph: Any) -> None:
    """Append `landmarks`: (N, 478, 2) x and y in pixels of the 192 x 192 picture. Nothing before it is custom."""
    found = _Graph.of(graph)
    squares = [_attributes(found.makers[name]) for name in _MATRICES]
    subsets = [list(dict.fromkeys(square["subset_idxs"])) for square in squares]
    write = Writer(graph, "eyes")
    mesh = write.node("Reshape", "output_mesh", write.constant([0, 3 * _N_MESH], np.int64))
    pixel, middle, back = _squares(write, mesh, squares, subsets)
    crops = _crops(write, found.makers[_SQUARES[0]].input[0], squares[0], pixel, middle, back)
    places = _branches(write, found, crops)  # (N, 4 * 2 * _ROOM, 1, 1) in pixels of the square times 4
    by_eye = write.constant([0, 2, 2, _ROOM, 2], np.int64)  # eyes and irises, left and right, points, x and y
    ratio, half = _PICTURE_PX / _MAP_PX, [squares[0]["output_width"] / 2, squares[0]["output_height"] / 2]
    from_middle = write.node("Sub", write.node("Reshape", places, by_eye), write.constant(np.multiply(half, ratio)))
    pixel, middle, back = (
        write.node("Reshape", values, write.constant([0, 1, 2, -1, 2], np.int64)) for values in (pixel, middle, back)
    )
    turned = write.node("Add", write.node("Mul", from_middle, _times(write, pixel, 1 / ratio)), middle)
    points = write.node("Reshape", write.node("MatMul", turned, back), write.constant([0, 8 * _ROOM], np.int64))
    every = write.node("Concat", mesh, points, axis=1)
    chosen = write.node("Gather", every, write.constant(list(_chosen(subsets)), np.int64), axis=1)
    write.node("Reshape", chosen, write.constant([0, -1, 2], np.int64), output="landmarks")


def _squares(
    write: Writer, mesh: str, squares: Sequence[Mapping[str, Any]], subsets: Sequence[Sequence[int]]
) -> tuple[str, str, str]:
    """The squares of both eyes, in pixels of the picture.

    mesh: (N, 1404) -> sides of a square's pixel, (N, 2, 1, 2), and its middle, (N, 2, 1, 2), in the frame that is
    turned with the eye; R^T, (N, 2, 2, 2): rows of turned x and y times R^T are x and y.
    """

    def gathered(numbers: npt.ArrayLike, *shape: int) -> str:
        chosen = write.node("Gather", mesh, write.constant(np.ravel(numbers), np.int64), axis=1)
        return write.node("Reshape", chosen, write.constant([0, 2, *shape, 2], np.int64))

    def corner(side: str) -> str:  # ((x, y), (y, x)) of each eye
        ends = (3 * square[f"{side}_rotation_idx"] for square in squares)
        return gathered([[end, end + 1, end + 1, end] for end in ends], 2)

    step = write.node("Sub", corner("right"), corner("left"))
    unit = write.node("Div", step, write.node("ReduceL2", step, axes=[3], keepdims=1))  # ((c, s), (s, c))
    turn, back = (write.node("Mul", unit, write.constant(signs)) for signs in ([[1, -1], [1, 1]], [[1, 1], [-1, 1]]))
    points = gathered([[(3 * index, 3 * index + 1) for index in subset] for subset in subsets], len(subsets[0]))
    turned = write.node("MatMul", points, turn)  # (N, 2, 71, 2)
    high, low = (write.node(kind, turned, axes=[2], keepdims=1) for kind in ("ReduceMax", "ReduceMin"))
    square = squares[0]
    scale = [square[f"scale_{axis}"] / square[f"output_{size}"] for axis, size in (("x", "width"), ("y", "height"))]
    pixel = write.node("Mul", write.node("Sub", high, low), write.constant(scale))
    return pixel, _times(write, write.node("Add", high, low), 0.5), back


def _crops(write: Writer, features: str, square: Mapping[str, Any], pixel: str, middle: str, back: str) -> str:
    """features: (N, 48, 48, C) -> (N, 2 C, height, width): those of the left eye, then those of the right one."""
    width, height = square["output_width"], square["output_height"]
    y, x = np.mgrid[:height, :width]
    from_middle = np.stack([x.ravel() + 0.5 - width / 2, y.ravel() + 0.5 - height / 2], axis=1)
    turned = write.node("Add", write.node("Mul", write.constant(from_middle[None, None]), pixel), middle)
    places = write.node("MatMul", turned, back)  # (N, 2, height * width, 2) in pixels of the picture
    # GridSample with align_corners counts from -1 at the centre of the first pixel to 1 at that of the last.
    last = _MAP_PX - 1
    scaled = _times(write, places, 2 / last * _MAP_PX / _PICTURE_PX)
    grid = write.node("Sub", scaled, write.constant(1 + 1 / last))
    grid = write.node("Reshape", grid, write.constant([0, 2 * height, width, 2], np.int64))
    channels_first = write.node("Transpose", features, perm=[0, 3, 1, 2])
    sampled = write.node("GridSample", channels_first, grid, align_corners=1, mode="bilinear", padding_mode="zeros")
    of_eyes = write.node("Reshape", sampled, write.constant([0, 0, 2, height * width], np.int64))
    by_eye = write.node("Transpose", of_eyes, perm=[0, 2, 1, 3])
    return write.node("Reshape", by_eye, write.constant([0, -1, height, width], np.int64))


def _branches(write: Writer, found: _Graph, crops: str) -> str:
    """The layers of both eyes and irises. Their last ones have room for _ROOM points each."""
    last = [found.before(found.makers[points].input[0], "Conv") for points in _POINTS]
    starts = [found.after(square, "Transpose").output[0] for square in _SQUARES]
    forks = [_fork(found, start, *(conv.input[0] for conv in last[side::2])) for side, start in enumerate(starts)]
    shared = [found.between(start, fork) for start, fork in zip(starts, forks, strict=True)]
    eyes = _together(write, found, shared, starts, crops)
    eyes_and_irises = write.node("Concat", eyes, eyes, axis=1)
    own = [found.between(forks[number % 2], conv.input[0]) for number, conv in enumerate(last)]
    heads = _together(write, found, own, [*forks, *forks], eyes_and_irises)
    return _convolved(write, heads, last[0], [_numbers(found, conv, 2 * _ROOM) for conv in last])


def _fork(found: _Graph, start: str, *ends: str) -> str:
    """The last tensor that all ends are made of."""
    paths: list[list[str]] = [[node.output[0] for node in found.between(start, end)] for end in ends]
    return [tensor for tensor in paths[0] if all(tensor in path for path in paths)][-1]


def _together(
    write: Writer, found: _Graph, branches: Sequence[Sequence[Any]], starts: Sequence[str], tensor: str
) -> str:
    """Branches of the same layers as one, with their channels one after the other. tensor: their common input."""
    merged: dict[str, str] = dict.fromkeys(starts, tensor)
    for nodes in zip(*branches, strict=True):
        (kind,) = {node.op_type for node in nodes}
        given = [merged[name] for name in nodes[0].input if name in merged]
        constants = [[found.constants[name] for name in node.input if name not in merged] for node in nodes]
        if kind == "Conv":
            tensor = _convolved(write, given[0], nodes[0], constants)
        elif kind == "Pad":  # further channels of zeros: a convolution keeps them in their groups
            tensor = _convolved(write, given[0], None, [_padding(pads) for pads, *_ in constants])
        elif kind == "PRelu":
            slopes = np.concatenate([slope for (slope,) in constants], axis=1)
            tensor = write.node(kind, given[0], write.constant(slopes))
        else:
            tensor = write.node(kind, *given, **_attributes(nodes[0]))
        merged |= {node.output[0]: tensor for node in nodes}
    return tensor


def _convolved(write: Writer, tensor: str, like: Any, constants: Sequence[Sequence[Values]]) -> str:
    """A convolution whose groups have these weights and biases. like: a node with its other attributes."""
    attributes = {} if like is None else _attributes(like)
    attributes["group"] = attributes.get("group", 1) * len(constants)
    joined = (np.concatenate(values) for values in zip(*constants, strict=True))
    return write.node("Conv", tensor, *(write.constant(values) for values in joined), **attributes)


def _numbers(found: _Graph, conv: Any, count: int) -> list[Values]:
    """Weights and biases, with zeros up to `count` outputs."""
    values = (found.constants[name] for name in conv.input[1:])
    return [np.concatenate([one, np.zeros((count - len(one), *one.shape[1:]), one.dtype)]) for one in values]


def _padding(pads: npt.NDArray[np.int64]) -> list[Values]:
    """Weights (C + more, C, 1, 1) that append as many channels of zeros as there are."""
    count = int(pads[5])  # after the channels; there are as many of them
    return [np.eye(2 * count, count, dtype=np.float32)[..., None, None]]


def _chosen(subsets: Sequence[Sequence[int]]) -> Iterator[int]:
    """Of the numbers of the mesh, (468, 3), and of eyes and irises, (4, _ROOM, 2): x and y of each landmark."""
    places = {index: 3 * index for index in range(_N_MESH)}
    for number, landmarks in enumerate([*subsets, range(_N_MESH, _N_MESH + 5), range(_N_MESH + 5, _N_MESH + 10)]):
        for at, landmark in enumerate(landmarks):
            places[landmark] = 3 * _N_MESH + 2 * (number * _ROOM + at)
    for landmark in sorted(places):
        yield from (places[landmark], places[landmark] + 1)


def _times(write: Writer, values: str, factor: float) -> str:
    return write.node("Mul", values, write.constant(factor))


def _attributes(node: Any) -> dict[str, Any]:
    return {given.name: helper.get_attribute_value(given) for given in node.attribute}
