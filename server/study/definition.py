"""What a study may say: the types of study.yaml with their limits. web/study/README.md explains each member."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from server.protocol.types import MAX_NAME_CHARS

MAX_TEXT_CHARS = 10_000
MAX_STIMULI = 500
NAMED_KEYS = ("space", "enter", "any")

Kind = Literal["picture", "text", "video", "page"]
Order = Literal["fixed", "random", "latin"]
Seconds = Annotated[float, Meta(ge=0.1, le=3600.0)]
Pause = Annotated[float, Meta(ge=0.0, le=60.0)]
Text = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT_CHARS)]
Line = Annotated[str, Meta(min_length=1, max_length=500)]
Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME_CHARS)]

PICTURES = frozenset({".svg", ".png", ".jpg", ".jpeg", ".webp"})
VIDEOS = frozenset({".mp4", ".webm"})
DEFAULT_S = 5.0
_HOST = re.compile(r"[a-z0-9.-]+")


class _Member(Struct, frozen=True, forbid_unknown_fields=True):
    def __post_init__(self) -> None:
        name = getattr(self, "name", None)
        if name is not None and not name.isprintable():
            raise ValueError(f"name must be a text of 1 to {MAX_NAME_CHARS} printable characters")


class Question(_Member, frozen=True):
    """keys: by the key that the person presses, the answer that is saved."""

    ask: Line
    keys: Annotated[dict[str, Annotated[str, Meta(min_length=1, max_length=40)]], Meta(min_length=1, max_length=10)]
    name: Name | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for key in self.keys:
            check_key(key, "keys", ("space", "enter"))


class Stimulus(_Member, frozen=True):
    """Exactly one of the kinds. It ends after `duration_s`, or with the key `until`, whatever comes first."""

    picture: Line | None = None
    text: Text | None = None
    video: Line | None = None
    page: Line | None = None
    name: Name | None = None
    duration_s: Seconds | None = None
    until: str | None = None
    question: Question | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        given = [kind for kind in ("picture", "text", "video", "page") if getattr(self, kind) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none of them"
            raise ValueError(f"a stimulus needs one of picture, text, video, page; found {found}")
        if self.until is not None:
            check_key(self.until, "until", NAMED_KEYS)
        if self.page is not None and (
            urlsplit(self.page).scheme not in ("http", "https") or not page_origin(self.page)
        ):
            raise ValueError(f"page must be an address that begins with http:// or https://, got {self.page[:80]!r}")

    @property
    def kind(self) -> Kind:
        if self.picture is not None:
            return "picture"
        if self.text is not None:
            return "text"
        return "video" if self.video is not None else "page"

    @property
    def content(self) -> str:
        """The file's name, the text, or the address."""
        return next(value for value in (self.picture, self.text, self.video, self.page) if value is not None)

    @property
    def is_file(self) -> bool:
        return self.kind in ("picture", "video")


class Study(_Member, frozen=True):
    """files: the folder of pictures and videos, relative to study.yaml."""

    name: Name
    title: Line
    stimuli: Annotated[tuple[Stimulus, ...], Meta(min_length=1, max_length=MAX_STIMULI)]
    files: Line = "."
    consent: Text | None = None
    instructions: Text | None = None
    thanks: Text | None = None
    order: Order = "fixed"
    duration_s: Seconds = DEFAULT_S
    fixation_s: Pause = 0.8
    calibration: Literal[5, 9, 13, 16] = 9
    validation: bool = True
    check_every: Annotated[int, Meta(ge=1, le=MAX_STIMULI)] | None = None
    questions: tuple[Question, ...] = ()

    def name_of(self, number: int) -> str:
        """That of a stimulus; unless given, that of its file, or its kind and number."""
        stimulus = self.stimuli[number]
        if stimulus.name is not None:
            return stimulus.name
        if stimulus.is_file:
            return PurePosixPath(stimulus.content).stem[:MAX_NAME_CHARS]
        return f"{stimulus.kind} {number + 1}"

    def origins(self) -> frozenset[str]:
        """The sites whose pages it shows."""
        return frozenset(page_origin(stimulus.page) for stimulus in self.stimuli if stimulus.page is not None)


def check_key(key: str, member: str, named: tuple[str, ...]) -> None:
    """Raises ValueError unless it is one printable character or one of these names."""
    if key not in named and not (len(key) == 1 and key.isprintable() and key != " "):
        raise ValueError(f"{member} must be one character, or {' or '.join(named)}, got {key[:40]!r}")


def page_origin(address: str) -> str:
    """Scheme and host of a web page; empty if it is none, or has characters that a host can't have."""
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    host = parts.hostname or ""
    return f"{parts.scheme}://{host}{port}" if parts.scheme in ("http", "https") and _HOST.fullmatch(host) else ""
