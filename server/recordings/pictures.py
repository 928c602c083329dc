"""The pictures of a recording's stimuli, beside the recording.

FOLDER/stimuli/index.json     {"cat":"0a1b2c3d4e5f6071.png"}
FOLDER/stimuli/*              the pictures; their names are hashes, because a stimulus may have any name
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec

from calibration.profiles.folders import make_private_folder, replacing
from models.datasets.session_layout import STIMULI_FOLDER

MAX_PICTURE_BYTES = 8 * 1024 * 1024
MAX_PICTURES = 200  # of one recording
INDEX_FILE = "index.json"
_PNG, _JPEG, _RIFF = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF"
ENDINGS: Mapping[str, str] = MappingProxyType(
    {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/svg+xml": ".svg"}
)


class PictureError(ValueError):
    """The bytes are no picture of the type that was named, or there are too many. The text is for people."""


def keep_picture(folder: Path, stimulus: str, content: bytes, content_type: str) -> None:
    """Keeps the picture of a stimulus, instead of an earlier one. Raises PictureError and OSError."""
    ending = ENDINGS.get(content_type)
    if ending is None:
        raise PictureError(f"a picture must be one of {', '.join(ENDINGS)}, got {content_type[:40]!r}")
    if not _is_picture(content, ending):
        raise PictureError(f"these bytes are no {content_type} picture")
    if len(content) > MAX_PICTURE_BYTES:
        raise PictureError(f"a picture may have {MAX_PICTURE_BYTES} bytes")
    index = dict(picture_files(folder))
    if stimulus not in index and len(index) >= MAX_PICTURES:
        raise PictureError(f"a recording may have {MAX_PICTURES} pictures")
    pictures = folder / STIMULI_FOLDER
    make_private_folder(pictures)
    earlier = index.get(stimulus)
    index[stimulus] = hashlib.sha256(stimulus.encode()).hexdigest()[:16] + ending
    for name, written in ((index[stimulus], content), (INDEX_FILE, msgspec.json.encode(index))):
        with replacing(pictures / name) as file:
            file.write_bytes(written)
    if earlier is not None and earlier != index[stimulus]:
        (pictures / earlier).unlink(missing_ok=True)


def picture_files(folder: Path) -> Mapping[str, str]:
    """The file names of the pictures by stimulus; empty when the index is missing or damaged."""
    with contextlib.suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError):
        index = msgspec.json.decode((folder / STIMULI_FOLDER / INDEX_FILE).read_bytes(), type=dict[str, str])
        return {stimulus: name for stimulus, name in index.items() if Path(name).name == name}
    return {}


def read_picture(folder: Path, stimulus: str) -> tuple[bytes, str] | None:
    """The bytes and their content type; None if the stimulus has no picture. Raises OSError."""
    name = picture_files(folder).get(stimulus)
    types = {ending: content_type for content_type, ending in ENDINGS.items()}
    if name is None or Path(name).suffix not in types:
        return None
    path = folder / STIMULI_FOLDER / name
    return (path.read_bytes(), types[path.suffix]) if path.is_file() and not path.is_symlink() else None


def first_picture(folders: Iterable[Path], stimulus: str) -> tuple[bytes, str] | None:
    """The picture of a stimulus in the first recording that has one. Raises OSError."""
    return next((found for folder in folders if (found := read_picture(folder, stimulus)) is not None), None)


def _is_picture(content: bytes, ending: str) -> bool:
    match ending:
        case ".png":
            return content.startswith(_PNG)
        case ".jpg":
            return content.startswith(_JPEG)
        case ".webp":
            return content.startswith(_RIFF) and content[8:12] == b"WEBP"
    return b"<svg" in content[:4096]
