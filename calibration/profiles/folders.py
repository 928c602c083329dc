"""Folders that only this user may enter, because they hold data about a person; replacing files, and tidying up."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from calibration.profiles.exported import SCREEN_PATTERN
from calibration.profiles.names import NAME_FILE


def make_private_folder(folder: Path) -> None:
    """Creates the folder and its missing parents. Those that exist stay as they are."""
    for path in (*reversed(folder.parents), folder):
        if not path.is_dir():
            path.mkdir(mode=0o700, exist_ok=True)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside `path`. It replaces `path` at the end, and is removed on an error."""
    handle, name = tempfile.mkstemp(prefix=".tmp-", dir=path.parent)
    os.close(handle)
    try:
        yield Path(name)
        with open(name, "rb+") as written:
            os.fsync(written.fileno())  # a loss of power must not leave an empty file in its place
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)


def tidy(folder: Path) -> None:
    """Makes a user's folder private. Removes temporary files, and arrays without a JSON: no process is in it now."""
    with contextlib.suppress(OSError):  # the folder may belong to another user
        folder.chmod(0o700)  # older versions let other users enter
        for path in folder.glob(".tmp-*"):
            path.unlink()
        for path in folder.glob("*.npz"):
            screen_key, _, _ = path.name.partition(".")
            if SCREEN_PATTERN.fullmatch(screen_key) and not (folder / f"{screen_key}.json").exists():
                path.unlink()
        remove_if_empty(folder)


def remove_if_empty(folder: Path) -> None:
    if all(path.name == NAME_FILE for path in folder.iterdir()):
        (folder / NAME_FILE).unlink(missing_ok=True)
        folder.rmdir()
