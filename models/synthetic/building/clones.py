"""Finds files of clones by name. An error names the missing file and the repository that has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_LFS = b"version https://git-lfs"
_SHOWN = 8  # missing files that one message names


class BuildError(Exception):
    """A clone lacks a file, or a file is broken. The text names both."""


@dataclass(frozen=True, slots=True)
class Clone:
    """what: its name in messages, with its address; folders: the roots in which its files may lie."""

    what: str
    folders: tuple[Path, ...]

    def file(self, name: str) -> Path:
        """The first of the paths that exists. Raises BuildError."""
        for folder in self.folders:
            path = folder / name
            if path.is_file():
                return _whole(path)
        raise BuildError(f"{self.what} lacks {name}{self._looked()}")

    def require(self, names: Sequence[str]) -> None:
        """Raise BuildError with all missing files at once, before minutes are spent on the others."""
        missing = [name for name in names if not any((folder / name).is_file() for folder in self.folders)]
        if missing:
            shown = ", ".join(missing[:_SHOWN]) + (
                f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
            )
            raise BuildError(f"{self.what} lacks {shown}{self._looked()}")
        for name in names:
            self.file(name)

    def _looked(self) -> str:
        return f" (looked in {', '.join(str(folder) for folder in self.folders)})"


def ict_clone(root: Path) -> Clone:
    return Clone("the clone of https://github.com/ICT-VGL/ICT-FaceKit", (_existing(root) / "FaceXModel",))


def makehuman_clones(roots: Sequence[Path]) -> Clone:
    """Two clones: the program (base mesh, targets) and its assets. Or one clone of the program that has the assets.

    The program's script for fetching assets copies their `base/` over the program's `makehuman/data/`.
    """
    folders = [_existing(root) / inner for root in roots for inner in ("base", "makehuman/data", "data")]
    what = "the clones of https://github.com/makehumancommunity/makehuman and .../makehuman-assets"
    return Clone(what, tuple(folder for folder in folders if folder.is_dir()) or tuple(roots))


def _existing(root: Path) -> Path:
    if not root.is_dir():
        raise BuildError(f"{root}: no such folder")
    return root


def _whole(path: Path) -> Path:
    with path.open("rb") as file:
        if file.read(len(_LFS)) == _LFS:
            raise BuildError(f"{path} is only a Git LFS pointer: run `git lfs pull` in that clone")
    return path
