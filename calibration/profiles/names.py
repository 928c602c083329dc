"""The names of people, and the folders of their profiles.

1. Names are compared in Unicode's form NFC: "é" is one character, however it was typed.
2. A name has letters of any script with their marks, digits, and between them blanks and the signs that names have:
   apostrophes, hyphens, dots, and the joiners of Persian and Indian scripts. It may end with a dot ("Jr.").
   `web/core/names.js` has the same rule.
3. A folder has the name itself if all file systems keep such a name apart from others. Else it has an encoded name,
   "ascii~hash", and its file NAME_FILE has the name: some systems change accents, ignore case, or limit the bytes.
   Folders of older versions have other names, too.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path

MAX_NAME_CHARS = 64
NAME_FILE = "user.txt"

_APOSTROPHES = "'\u2018\u2019\u055a\u05f3\u05f4"  # ' ‘ ’ ՚ ׳ ״
_BETWEEN = " -\u00b7\u05be\u0f0b\u2010\u2011\u30fb"  # with · ־ ་ ‐ ‑ ・
_JOINERS = "\u200c\u200d"
# Over the kinds of the characters, see `_kind`. A joiner is invisible, so it stands only where scripts need it.
_SHAPE = re.compile(r"a?[lw](?:[lwmabd_]|(?<=[lm])j(?=[lm]))*(?<=[lwma_])d?")
_PORTABLE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]*[A-Za-z0-9_])?")
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)  # of Windows


def normalised(text: str) -> str:
    """The form in which names are stored and compared."""
    return unicodedata.normalize("NFC", text)


def is_user_name(text: str) -> bool:
    """Whether the name is allowed for profiles and recordings."""
    name = normalised(text)
    return len(name) <= MAX_NAME_CHARS and _SHAPE.fullmatch("".join(map(_kind, name))) is not None


def _kind(character: str) -> str:
    """w: letter or digit; l: one beyond Latin; m: mark; a: apostrophe; d: dot; b: another sign between;
    j: joiner; x: not allowed."""
    category = unicodedata.category(character)
    if category[0] in "LN":
        return "l" if character >= "\u0300" else "w"
    if category[0] == "M":
        return "m"
    if character == "_":
        return "_"
    signs = (("a", _APOSTROPHES), ("d", "."), ("b", _BETWEEN), ("j", _JOINERS))
    return next((kind for kind, characters in signs if character in characters), "x")


def folder_of(profiles: Path, user: str) -> Path:
    """The folder of this user's profiles, which may not exist yet. user: an allowed name."""
    name = normalised(user)
    present = {normalised(path.name): path for path in profiles.iterdir()} if profiles.is_dir() else {}
    encoded = _encoded(name)
    if name in present:
        return present[name]
    another = name.casefold() in (one.casefold() for one in present)
    if encoded in present or another or not _PORTABLE.fullmatch(name) or _DEVICES.fullmatch(name):
        return profiles / encoded
    return profiles / name


def is_encoded(folder: Path) -> bool:
    return "~" in folder.name


def user_of(folder: Path) -> str | None:
    """The user whose profiles the folder has; None for a folder that is not of profiles."""
    if not is_encoded(folder):
        name = normalised(folder.name)
        return name if is_user_name(name) else None
    try:
        with (folder / NAME_FILE).open("rb") as file:
            name = normalised(file.read(4 * MAX_NAME_CHARS).decode("utf-8"))
    except (OSError, ValueError):
        return None
    return name if is_user_name(name) and _encoded(name) == folder.name else None


def _encoded(name: str) -> str:
    readable = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    readable = re.sub(r"[^a-z0-9]+", "-", readable).strip("-")[:24]
    return f"{readable or 'user'}~{hashlib.sha256(name.encode()).hexdigest()[:16]}"
