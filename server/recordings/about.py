"""What a user writes about a recording: its label, a note, tags. Kept beside the recording, which is never rewritten.

FOLDER/about.json    {"label":"Ada, morning","note":"","tags":["pilot"]}
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, UnsetType

from calibration.profiles.folders import replacing
from models.datasets.session_layout import ABOUT_FILE
from server.protocol.types import MAX_NAME_CHARS

MAX_NOTE_CHARS, MAX_TAGS, MAX_TAG_CHARS = 2000, 20, 32
MAX_ABOUT_BYTES = 64 * 1024

Label = Annotated[str, Meta(min_length=0, max_length=MAX_NAME_CHARS)]
Note = Annotated[str, Meta(min_length=0, max_length=MAX_NOTE_CHARS)]
Tag = Annotated[str, Meta(min_length=1, max_length=MAX_TAG_CHARS)]
Tags = Annotated[tuple[Tag, ...], Meta(max_length=MAX_TAGS)]


class About(Struct, frozen=True):
    label: Label = ""
    note: Note = ""
    tags: Tags = ()


class AboutChange(Struct, frozen=True, forbid_unknown_fields=True):
    """The members to change. Raises ValueError for a label or a tag that has no printable text."""

    label: Label | UnsetType = msgspec.UNSET
    note: Note | UnsetType = msgspec.UNSET
    tags: Tags | UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        for text in (self.label or "", *(self.tags or ())):
            if not text.isprintable():
                raise ValueError("label and tags must be printable texts")

    def applied_to(self, about: About) -> About:
        members = {name: getattr(self, name) for name in self.__struct_fields__}
        return msgspec.structs.replace(about, **{k: v for k, v in members.items() if v is not msgspec.UNSET})


def read_about(folder: Path) -> About:
    """Empty when there is none, or when it is damaged."""
    path = folder / ABOUT_FILE
    with contextlib.suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError):
        if path.stat().st_size <= MAX_ABOUT_BYTES:
            return msgspec.json.decode(path.read_bytes(), type=About)
    return About()


def write_about(folder: Path, about: About) -> None:
    """Raises OSError."""
    with replacing(folder / ABOUT_FILE) as file:
        file.write_bytes(msgspec.json.encode(about))
