"""Folders that only this user may enter, because they hold data about a person."""

from __future__ import annotations

from pathlib import Path


def make_private_folder(folder: Path) -> None:
    """Creates the folder and its missing parents. Those that exist stay as they are."""
    for path in (*reversed(folder.parents), folder):
        if not path.is_dir():
            path.mkdir(mode=0o700, exist_ok=True)
