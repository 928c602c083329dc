"""Reads the two files of a profile. They may come from another machine, so their sizes and contents are checked.

The texts of the problems say what the person can do.
"""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration.errors import ProfileError, ProfileNotFound
from calibration.profiles.disk import disk_problem
from calibration.profiles.exported import MAX_PACKED_BYTES
from calibration.profiles.format import VERSION
from calibration.profiles.names import user_of

MAX_JSON_BYTES = 1 << 20  # a profile with 100 targets has 30 KiB
# Errors of reading a file that `ProfileStore.save` did not write. MemoryError: a header may claim any size.
BROKEN = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
    IndexError,
    EOFError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    zlib.error,
    zipfile.BadZipFile,
)


def read_document(path: Path) -> dict[str, Any]:
    """The JSON document, of any networks. Raises ProfileNotFound; ProfileError for a broken or newer one."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_JSON_BYTES + 1)
        document = json.loads(content.decode("utf-8")) if len(content) <= MAX_JSON_BYTES else None
        json.dumps(document, ensure_ascii=False).encode()  # half a surrogate pair can't be sent
    except FileNotFoundError as error:
        raise ProfileNotFound(no_profile(user_of(path.parent) or path.parent.name, path.stem)) from error
    except OSError as error:
        raise ProfileError(unreadable(path, error)) from error
    except (ValueError, RecursionError) as error:
        raise ProfileError(broken(path, str(error))) from error
    version = document.get("version") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ProfileError(broken(path, "it is not a saved calibration"))
    if version > VERSION:
        raise ProfileError(
            f"{path} was written by a newer Sightline (format {version}, this one reads {VERSION}): "
            "update Sightline, or calibrate again under another user name"
        )
    return document


def read_arrays(folder: Path, name: object, screen_key: str, start: str = "") -> dict[str, npt.NDArray[np.float64]]:
    """The arrays of a profile whose names begin so. Raises ValueError if the name leaves the folder, or if arrays are
    not finite or too large: arrays are packed, and a hostile file may unpack to a thousand times its size."""
    if not isinstance(name, str) or not re.fullmatch(rf"{screen_key}\.c_[0-9a-f]{{1,64}}\.npz", name):
        raise ValueError(f"{name!r} is not a name of an arrays file")
    with zipfile.ZipFile(folder / name) as archive:
        if sum(info.file_size for info in archive.infolist()) > MAX_PACKED_BYTES:
            raise ValueError(f"{name} holds more than {MAX_PACKED_BYTES} bytes")
    with np.load(folder / name, allow_pickle=False) as stored:
        arrays = {key: np.asarray(stored[key], np.float64) for key in stored.files if key.startswith(start)}
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise ValueError(f"{name} holds numbers that are not finite")
    return arrays


def broken(path: Path, reason: str) -> str:
    return f"{path} is broken ({reason}): calibrate again to replace it, or delete it"


def unreadable(path: Path, error: OSError) -> str:
    if error.errno is None:
        return broken(path, disk_problem(error))
    return f"{path} can't be read, because {disk_problem(error)}: calibrate again to replace it, or delete it"


def no_profile(user: str, screen_key: str) -> str:
    return f"there is no saved calibration of {user!r} for a screen of {screen_key}: calibrate first"
