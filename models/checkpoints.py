"""Weights on disk: safetensors with a provenance header. Nothing is unpickled or downloaded.

PyTorch is imported only when tensors are read or written: a server on a CPU does not need it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from safetensors import SafetensorError, safe_open

from models.runtime import restore_advice

if TYPE_CHECKING:
    from torch import nn

WEIGHTS_DIR = Path(__file__).parent / "weights"
_FORMAT = "sightline-1"

Module = TypeVar("Module", bound="nn.Module")


class CheckpointError(Exception):
    """A weights file is missing, broken or made for another network."""


def save_checkpoint(path: Path, module: nn.Module, provenance: dict[str, str]) -> None:
    """Write `module`'s weights in half precision, with their provenance in the header.

    provenance: free text by name, such as data, licence, commit, validation error.
    """
    from safetensors.torch import save_file

    tensors = {
        name: (tensor.half() if tensor.is_floating_point() else tensor).contiguous()
        for name, tensor in module.state_dict().items()
    }
    header = {"format": _FORMAT, "network": type(module).__name__, **provenance}
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    save_file(tensors, partial, metadata=header)
    partial.rename(path)


def load_checkpoint(path: Path, module: Module) -> Module:
    """Fill `module` in place and return it in `eval` mode. Raises CheckpointError with the reason."""
    if not path.is_file():
        raise CheckpointError(f"{path}: no such weights file; {restore_advice(path)}, or retrain")
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise CheckpointError(f"{path}: not a safetensors file ({error})") from error
    if header.get("format") != _FORMAT or header.get("network") != type(module).__name__:
        raise CheckpointError(
            f"{path}: holds {header.get('network', 'unknown')} ({header.get('format', 'no format')}), "
            f"wanted {type(module).__name__} ({_FORMAT})"
        )
    try:
        module.load_state_dict(tensors)
    except RuntimeError as error:
        raise CheckpointError(f"{path}: does not fit {type(module).__name__}: {error}") from error
    module.eval()
    return module


def read_provenance(path: Path) -> dict[str, str]:
    """The header of a weights file. Raises CheckpointError if the file is missing or broken."""
    if not path.is_file():
        raise CheckpointError(f"{path}: no such weights file; {restore_advice(path)}, or retrain")
    try:
        with safe_open(path, framework="numpy") as file:
            return dict(file.metadata() or {})
    except SafetensorError as error:
        raise CheckpointError(f"{path}: not a safetensors file ({error})") from error
