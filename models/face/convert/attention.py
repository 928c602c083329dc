"""The custom operations of MediaPipe's attention mesh in standard ONNX operations, and its 478 points.

The network finds 468 points of the face, then looks again at the lips, at each eye and at each iris, in squares of its
feature map that lie around these points. MediaPipe's sources define the three operations (version 2 of each):
- Landmarks2TransformMatrix: the angle between two landmarks, the box of some landmarks in that rotation, and
  matrix = shift(centre) rotate scale(box * scale / output size) shift(-output size / 2).
- TransformTensorBilinear: the pixels of a square, each at matrix (x + 0.5, y + 0.5) - 0.5 of the feature map, bilinear,
  zeros outside.
- TransformLandmarks: x and y through the matrix.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from onnx import helper

from models.face.convert.graphs import Writer

_MAP_PX = 48  # side of the feature map
_N_MESH = 468
# The refined points, in the order of the points that they replace or append: the landmarks' transform and the name of
# the transform matrix, whose operation lists the replaced points. The network's left is the image's left.
_EYES = (
    ("transform_landmarks_v2_1", "landmarks_to_transform_matrix_v2_1"),
    ("transform_landmarks_v2_3", "landmarks_to_transform_matrix_v2_2"),
)
_LIPS = ("transform_landmarks_v2", "landmarks_to_transform_matrix_v2")
_IRISES = ("transform_landmarks_v2_2", "transform_landmarks_v2_4")  # 468 to 472 and 473 to 477


def replace_custom_operations(graph: Any, *, lips: bool = False) -> None:
    """Replace them, and append `landmarks`: (N, 478, 2) x and y in pixels of the 192 x 192 picture.

    lips: take the refined points of the lips too. Without them, that part of the network is not computed.
    """
    nodes = list(graph.node)
    del graph.node[:]
    replaced_points: dict[str, list[int]] = {}
    for node in nodes:
        attributes = {given.name: helper.get_attribute_value(given) for given in node.attribute}
        writer = Writer(graph, node.name)
        if node.op_type == "TFL_Landmarks2TransformMatrix":
            replaced_points[node.name] = list(dict.fromkeys(attributes["subset_idxs"]))
            _transform_matrix(writer, node.input[0], node.output[0], attributes, replaced_points[node.name])
        elif node.op_type == "TFL_TransformTensorBilinear":
            size = (attributes["output_width"], attributes["output_height"])
            _crop(writer, node.input[0], node.input[1], node.output[0], *size)
        elif node.op_type == "TFL_TransformLandmarks":
            _transform(writer, node.input[0], node.input[1], node.output[0])
        else:
            graph.node.append(node)
    _points(Writer(graph, "points"), replaced_points, lips)


def _transform_matrix(
    write: Writer, points: str, output: str, attributes: Mapping[str, Any], subset: list[int]
) -> None:
    """points: (N, 468, 3) -> output: (N, 4, 4). c and s are cosine and sine of the angle, (N, 1, 1) each."""
    width, height = attributes["output_width"], attributes["output_height"]

    def x_and_y(indices: list[int]) -> tuple[str, str]:
        chosen = write.node("Gather", points, write.constant(indices, np.int64), axis=1)
        return write.columns(chosen, 0, 1, 2), write.columns(chosen, 1, 2, 2)

    def times(a: str, b: str) -> str:
        return write.node("Mul", a, b)

    (left_x, left_y), (right_x, right_y) = (x_and_y([attributes[f"{side}_rotation_idx"]]) for side in ("left", "right"))
    dx, dy = write.node("Sub", right_x, left_x), write.node("Sub", right_y, left_y)
    length = write.node("Sqrt", write.node("Add", times(dx, dx), times(dy, dy)))
    c, s = write.node("Div", dx, length), write.node("Div", dy, length)
    x, y = x_and_y(subset)
    turned = (
        write.node("Add", times(x, c), times(y, s)),
        write.node("Sub", times(y, c), times(x, s)),
    )
    high = [write.node("ReduceMax", values, axes=[1], keepdims=1) for values in turned]
    low = [write.node("ReduceMin", values, axes=[1], keepdims=1) for values in turned]
    half = write.constant(0.5)
    mid_x, mid_y = (times(write.node("Add", *bounds), half) for bounds in zip(high, low, strict=True))
    centre_x = write.node("Sub", times(mid_x, c), times(mid_y, s))
    centre_y = write.node("Add", times(mid_x, s), times(mid_y, c))
    box_width, box_height = (write.node("Sub", *bounds) for bounds in zip(high, low, strict=True))
    scale_x = times(box_width, write.constant(attributes["scale_x"] / width))
    scale_y = times(box_height, write.constant(attributes["scale_y"] / height))
    half_width, half_height = write.constant(width / 2), write.constant(height / 2)

    def row(along_x: str, along_y: str, centre: str) -> tuple[str, str, str]:
        shift = write.node("Sub", write.node("Sub", centre, times(along_x, half_width)), times(along_y, half_height))
        return along_x, along_y, shift

    zero = times(c, write.constant(0.0))
    one = write.node("Add", zero, write.constant(1.0))
    m00, m01, m03 = row(times(c, scale_x), write.node("Neg", times(s, scale_y)), centre_x)
    m10, m11, m13 = row(times(s, scale_x), times(c, scale_y), centre_y)
    rows = [(m00, m01, zero, m03), (m10, m11, zero, m13), (zero, zero, one, zero), (zero, zero, zero, one)]
    write.node("Concat", *(write.node("Concat", *values, axis=2) for values in rows), output=output, axis=1)


def _crop(write: Writer, features: str, matrix: str, output: str, width: int, height: int) -> None:
    """features: (N, 48, 48, C), matrix: (N, 4, 4) -> output: (N, height, width, C)."""
    y, x = np.mgrid[:height, :width] + 0.5
    pixels = np.stack([x.ravel(), y.ravel(), np.zeros(x.size), np.ones(x.size)])  # (4, height * width)
    places = write.columns(write.node("MatMul", matrix, write.constant(pixels)), 0, 2, 1)  # (N, 2, height * width)
    # GridSample with align_corners counts from -1 at the centre of the first pixel to 1 at that of the last.
    last = _MAP_PX - 1
    scaled = write.node("Mul", write.node("Transpose", places, perm=[0, 2, 1]), write.constant(2 / last))
    shifted = write.node("Sub", scaled, write.constant(1 + 1 / last))
    grid = write.node("Reshape", shifted, write.constant([0, height, width, 2], np.int64))
    channels_first = write.node("Transpose", features, perm=[0, 3, 1, 2])
    sampled = write.node("GridSample", channels_first, grid, align_corners=1, mode="bilinear", padding_mode="zeros")
    write.node("Transpose", sampled, output=output, perm=[0, 2, 3, 1])


def _transform(write: Writer, points: str, matrix: str, output: str) -> None:
    """points: (N, P, 2), matrix: (N, 4, 4) -> output: (N, P, 2)."""
    rows = write.columns(matrix, 0, 2, 1)
    linear = write.node("Transpose", write.columns(rows, 0, 2, 2), perm=[0, 2, 1])
    shift = write.node("Transpose", write.columns(rows, 3, 4, 2), perm=[0, 2, 1])
    write.node("Add", write.node("MatMul", points, linear), shift, output=output)


def _points(write: Writer, replaced: Mapping[str, list[int]], lips: bool) -> None:
    """All points in one list, and for each of the 478 landmarks the number of its point in that list."""
    mesh = write.node("Reshape", "output_mesh", write.constant([0, _N_MESH, 3], np.int64))
    parts = [write.columns(mesh, 0, 2, 2)]  # (N, 468, 2)
    chosen = list(range(_N_MESH))
    count = _N_MESH
    for points, matrix in (*_EYES, *([_LIPS] if lips else [])):
        parts.append(points)
        for landmark in replaced[matrix]:
            chosen[landmark], count = count, count + 1
    parts += _IRISES
    chosen += range(count, count + 10)
    every = write.node("Concat", *parts, axis=1)
    write.node("Gather", every, write.constant(chosen, np.int64), output="landmarks", axis=1)
