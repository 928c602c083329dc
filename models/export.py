"""Export a trained network to a file for CPUs.

    python -m models.export --config fusion_224 --runs var/runs --out models/weights/accurate

writes `accurate.safetensors` (for PyTorch, half precision) and `accurate.onnx` (for `models.runtime`, from the same
half-precision weights; about twice as fast as PyTorch on one thread). Both give the same results: the command
prints the largest difference of their outputs on random inputs. It refuses a difference of more than 1e-4 and leaves
the files unchanged.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn

from models.checkpoints import load_checkpoint
from models.networks.flat import Flat
from models.networks.registry import build, spec
from models.predictor import OUTPUTS
from models.runtime import load_network

INPUTS = ("face", "eyes", "head")
TOLERANCE = 1e-4
_FEWEST_HALVED = 1024  # numbers; smaller tensors keep their precision


class ExportError(Exception):
    """The outputs of the exported network differ from those of the original."""


def example(face_px: int, batch: int, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Random inputs for a batch, as `Flat` takes them."""
    rng = torch.Generator().manual_seed(seed)
    face = torch.randint(256, (batch, face_px, face_px, 3), dtype=torch.uint8, generator=rng)
    eyes = torch.randint(256, (batch, 2, 32, 64), dtype=torch.uint8, generator=rng)
    return face, eyes, torch.randn(batch, 3, generator=rng) * 0.2


def export_onnx(net: nn.Module, face_px: int, path: Path) -> float:
    """Write `net` for batches of any size, and return the largest difference between its outputs and PyTorch's.

    Raises ExportError if the difference exceeds 1e-4, and leaves `path` unchanged.
    """
    flat = Flat(net).eval()
    batch = torch.export.Dim("batch")
    with torch.no_grad():
        program = torch.onnx.export(
            flat,
            example(face_px, batch=2),  # from a batch of one, the exporter makes an axis of fixed size
            dynamic_shapes=({0: batch}, {0: batch}, {0: batch}),
            dynamo=True,
            opset_version=18,
            input_names=list(INPUTS),
            output_names=list(OUTPUTS),
            verbose=False,
        )
    assert program is not None  # dynamo=True returns one
    partial = path.with_suffix(".partial")
    onnx.save(without_traces(halved(program.model_proto)), partial)
    difference = largest_difference(flat, partial, face_px)
    if not difference < TOLERANCE:
        partial.unlink()
        raise ExportError(f"{path}: outputs differ from PyTorch's by {difference:.2g}, more than {TOLERANCE:g}")
    partial.rename(path)
    return difference


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model with large weights in half precision where that loses nothing. They are cast back at loading.

    The exporter folds batch norm into convolutions. Those products need single precision: when rounded, they changed
    outputs by up to 2e-4.
    """
    graph = model.graph
    casts, kept = [], []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < _FEWEST_HALVED or (values.astype(np.float16) != values).any():
            kept.append(tensor)
            continue
        name = f"{tensor.name}.half"
        kept.append(numpy_helper.from_array(values.astype(np.float16), name))
        casts.append(helper.make_node("Cast", [name], [tensor.name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.initializer[:], graph.node[:], graph.value_info[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)
    return model


def without_traces(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model without the exporter's notes, which name source files of the machine on which it ran."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.initializer, *graph.input, *graph.output, *graph.value_info):
        del part.metadata_props[:]
        part.doc_string = ""
    return model


def largest_difference(flat: nn.Module, path: Path, face_px: int) -> float:
    """The largest over random batches and all outputs, relative to the output's largest value where that exceeds 1."""
    network = load_network(path)
    worst = 0.0
    for batch in range(1, 4):
        inputs = example(face_px, batch, seed=batch)
        with torch.inference_mode():
            expected = flat(*inputs)
        given = {name: x.numpy() for name, x in zip(INPUTS, inputs, strict=True)}
        found = network.run({name: given[name] for name in network.inputs})  # not exported: inputs without a use
        for name, tensor in zip(OUTPUTS, expected, strict=True):
            wanted = tensor.numpy()
            worst = max(worst, float(np.abs(found[name] - wanted).max()) / max(1.0, float(np.abs(wanted).max())))
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--config", required=True, help="a network with aligned eyes: fusion_224, fusion_112, eyes_aligned"
    )
    parser.add_argument("--runs", type=Path, default=Path("var/runs"), help="folder with the weights of models.train")
    parser.add_argument("--out", type=Path, required=True, help="path without suffix, such as models/weights/accurate")
    args = parser.parse_args()
    weights = args.runs / f"{args.config}.safetensors"
    net = load_checkpoint(weights, build(args.config))
    difference = export_onnx(net, spec(args.config).face_px, args.out.with_suffix(".onnx"))
    shutil.copyfile(weights, args.out.with_suffix(".safetensors"))
    print(f"{args.out}.safetensors, {args.out}.onnx: largest difference {difference:.1e}")


if __name__ == "__main__":
    main()
