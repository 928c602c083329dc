"""Calibrations on disk, one for each user, screen and camera: numbers only, no images, nothing pickled.

    FOLDER/<user>/<screen>.json             version, screen, report, choices, and the name of the arrays' file
    FOLDER/<user>/<screen>.<id>.npz         centres, coefficients and head poses (`calibration.profiles.format`)

A save writes the arrays under a new name, then replaces the JSON atomically, then removes arrays that no JSON names. A
crash at any point leaves the old profile or the new one. An unreadable file is reported and not changed, because a
newer version may have written it.
"""

from __future__ import annotations

import io
import json
import os
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration.calibration import Calibration
from calibration.errors import ProfileError, ProfileNameError, ProfileNotFound
from calibration.profiles.format import VERSION, from_document, migrated, to_document

# Letters of any script and digits, with . _ - and blanks inside. No separators, "..", hidden files or drive letters.
_USER_NAME = re.compile(r"[^\W_](?:[\w .-]{0,62}\w)?")
# The screen, and the camera if it has a name: "1920x1080_hd-webcam-1234-5678".
SCREEN_PATTERN = re.compile(r"[1-9]\d{0,4}x[1-9]\d{0,4}(?:_[a-z0-9][a-z0-9-]{0,39})?", re.ASCII)
MAX_PACKED_BYTES = 8 << 20  # an unpacked profile; its arrays have about 100 KiB
MAX_JSON_BYTES = 1 << 20  # a profile with 100 targets has 30 KiB
# Errors of reading a file that `save` did not write. MemoryError: a header may claim any size.
_BROKEN = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
    IndexError,
    OSError,
    EOFError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    zlib.error,
    zipfile.BadZipFile,
)


def is_user_name(text: str) -> bool:
    """Whether the name is allowed for profiles and recordings."""
    return _USER_NAME.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class ProfileInfo:
    """A line in the list of profiles. `problem` is the reason why a profile is not loadable, None if it is."""

    user: str
    screen_key: str
    saved_ms: float  # modification time of the file, unix ms
    calibration_id: str | None
    median_error_px: float | None
    problem: str | None = None


def profile_key(screen_key: str, camera: str | None) -> str:
    """The name of a screen's profile for this camera. Features of another camera differ."""
    slug = re.sub(r"[^a-z0-9]+", "-", (camera or "").lower())[:40].strip("-")
    return f"{screen_key}_{slug}" if slug else screen_key


class ProfileStore:
    """Profiles in one folder. `features_id` names the networks of the features. Profiles of other networks are
    refused. `remedies` says, by the `features_id` of other networks, how to use their profiles."""

    def __init__(
        self, folder: Path | str, *, features_id: str = "", remedies: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._folder = Path(folder)
        self._features_id = features_id
        self._remedies = remedies

    def save(self, user: str, screen_key: str, calibration: Calibration) -> None:
        """Save a profile. It replaces an earlier one of this user and screen."""
        path = self._json_path(user, screen_key)
        path.parent.mkdir(parents=True, exist_ok=True)
        document, of_model = to_document(calibration)
        arrays: dict[str, Any] = {**of_model}
        arrays_name = f"{screen_key}.{calibration.calibration_id}.npz"
        document |= {"features_id": self._features_id, "arrays": arrays_name}
        with _replacing(path.parent / arrays_name) as temporary, temporary.open("wb") as file:
            np.savez(file, **arrays)
        with _replacing(path) as temporary:
            temporary.write_text(json.dumps(document, indent=1, allow_nan=False), encoding="utf-8")
        for old in path.parent.glob(f"{screen_key}.*.npz"):
            if old.name != arrays_name:
                old.unlink(missing_ok=True)

    def load(self, user: str, screen_key: str) -> Calibration:
        """Load a profile. Raises ProfileNotFound; ProfileError for broken or newer files or for other networks."""
        path = self._json_path(user, screen_key)
        if not path.is_file() and "_" in screen_key:
            # Older profiles have no camera in their name.
            screen_key = screen_key.partition("_")[0]
            path = self._json_path(user, screen_key)
        document = self._document(path)
        try:
            return from_document(migrated(document), _arrays(path.parent, document["arrays"], screen_key))
        except _BROKEN as error:
            raise ProfileError(_broken(path, f"{type(error).__name__}: {error}")) from error

    def list(self) -> list[ProfileInfo]:
        """All profiles by user and screen, including broken ones with their problem."""
        infos = []
        for path in sorted(self._folder.glob("*/*.json")):
            user, screen_key = path.parent.name, path.stem
            if not (is_user_name(user) and SCREEN_PATTERN.fullmatch(screen_key)):
                continue  # not a profile's file
            saved_ms = path.stat().st_mtime * 1000.0
            try:
                calibration = self.load(user, screen_key)
            except ProfileError as error:
                infos.append(ProfileInfo(user, screen_key, saved_ms, None, None, str(error)))
            else:
                median = calibration.report.median_error_px
                infos.append(ProfileInfo(user, screen_key, saved_ms, calibration.calibration_id, median))
        return infos

    def delete(self, user: str, screen_key: str) -> None:
        """Remove the profile, even a broken one. Raises ProfileNotFound if it does not exist."""
        path = self._json_path(user, screen_key)
        if not path.is_file():
            raise ProfileNotFound(_none(user, screen_key))
        path.unlink()
        for arrays in path.parent.glob(f"{screen_key}.*.npz"):
            arrays.unlink(missing_ok=True)
        if not any(path.parent.iterdir()):
            path.parent.rmdir()

    def pack(self, user: str, screen_key: str) -> bytes:
        """One profile as a zip, for export to another machine. Raises the errors of `load`."""
        self.load(user, screen_key)  # refuse a broken profile here, not on the other machine
        path = self._json_path(user, screen_key)
        arrays = path.parent / self._document(path)["arrays"]
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{user}/{path.name}", path.read_bytes())
            archive.writestr(f"{user}/{arrays.name}", arrays.read_bytes())
        return packed.getvalue()

    def unpack(self, data: bytes) -> tuple[str, str]:
        """Import the output of `pack`. It replaces a profile of this name. -> user and key.

        Raises ProfileError and stores nothing unless the zip holds one profile that is loadable here.
        """
        with tempfile.TemporaryDirectory() as folder:
            user, screen_key = _unzip(data, Path(folder))
            try:
                store = ProfileStore(folder, features_id=self._features_id, remedies=self._remedies)
                calibration = store.load(user, screen_key)
            except ProfileError as error:  # the message must not name the temporary folder
                message = str(error).replace(str(Path(folder) / user / f"{screen_key}.json"), "the exported profile")
                raise ProfileError(message.replace(f"{Path(folder) / user}{os.sep}", "")) from error
        self.save(user, screen_key, calibration)
        return user, screen_key

    def _json_path(self, user: str, screen_key: str) -> Path:
        if not is_user_name(user):
            raise ProfileNameError(
                f"{user[:80]!r} cannot be a user name: use 1 to 64 letters, digits, blanks, dots, dashes or "
                "underscores, beginning with a letter or digit and not ending with a blank, dot or dash"
            )
        if not SCREEN_PATTERN.fullmatch(screen_key):
            raise ProfileNameError(f"{screen_key[:80]!r} is not a screen size like '1920x1080'")
        return self._folder / user / f"{screen_key}.json"

    def _document(self, path: Path) -> dict[str, Any]:
        try:
            with path.open("rb") as file:
                content = file.read(MAX_JSON_BYTES + 1)
            document = json.loads(content.decode("utf-8")) if len(content) <= MAX_JSON_BYTES else None
        except FileNotFoundError as error:
            raise ProfileNotFound(_none(path.parent.name, path.stem)) from error
        except (OSError, ValueError, RecursionError) as error:
            raise ProfileError(_broken(path, str(error))) from error
        version = document.get("version") if isinstance(document, dict) else None
        if not isinstance(document, dict) or not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise ProfileError(_broken(path, "it is not a calibration profile"))
        if version > VERSION:
            raise ProfileError(
                f"{path} was written by a newer Sightline (profile version {version}, this one reads {VERSION}): "
                "update Sightline, or calibrate again under another user name"
            )
        made_with = document.get("features_id", "")
        if made_with != self._features_id:
            remedy = self._remedies.get(made_with) if isinstance(made_with, str) else None
            advice = f"calibrate again, or {remedy}" if remedy else "calibrate again"
            raise ProfileError(f"{path} was made with other networks than the active ones: {advice}")
        return document


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside `path`. It replaces `path` at the end, and is removed on an error."""
    handle, name = tempfile.mkstemp(prefix=".tmp-", dir=path.parent)
    os.close(handle)
    try:
        yield Path(name)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)


def _unzip(data: bytes, folder: Path) -> tuple[str, str]:
    """Write the two files of one profile to `folder`, after checking everything. -> user and key."""
    no_profile = "this file is not an exported profile"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if len(infos) != 2 or sum(info.file_size for info in infos) > MAX_PACKED_BYTES:
                raise ProfileError(no_profile)
            (user, name), (other, arrays) = (info.filename.rpartition("/")[::2] for info in infos)
            screen_key = name.removesuffix(".json")
            known = is_user_name(user) and SCREEN_PATTERN.fullmatch(screen_key) and user == other
            if not known or not re.fullmatch(rf"{screen_key}\.c_[0-9a-f]{{1,64}}\.npz", arrays):
                raise ProfileError(no_profile)
            (folder / user).mkdir()
            (folder / user / f"{screen_key}.json").write_bytes(archive.read(infos[0]))
            (folder / user / arrays).write_bytes(archive.read(infos[1]))
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        raise ProfileError(no_profile) from error
    return user, screen_key


def _arrays(folder: Path, name: object, screen_key: str) -> dict[str, npt.NDArray[np.float64]]:
    """The arrays of a profile. Raises ValueError if the name leaves the folder, or if arrays are not finite or too
    large: arrays are packed, and a hostile file may unpack to a thousand times its size."""
    if not isinstance(name, str) or not re.fullmatch(rf"{screen_key}\.c_[0-9a-f]{{1,64}}\.npz", name):
        raise ValueError(f"{name!r} is not a name of an arrays file")
    with zipfile.ZipFile(folder / name) as archive:
        if sum(info.file_size for info in archive.infolist()) > MAX_PACKED_BYTES:
            raise ValueError(f"{name} holds more than {MAX_PACKED_BYTES} bytes")
    with np.load(folder / name, allow_pickle=False) as stored:
        arrays = {key: np.asarray(stored[key], np.float64) for key in stored.files}
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise ValueError(f"{name} holds numbers that are not finite")
    return arrays


def _broken(path: Path, reason: str) -> str:
    return f"{path} is broken ({reason}): calibrate again to replace it, or delete the profile"


def _none(user: str, screen_key: str) -> str:
    return f"there is no profile of {user!r} for a screen of {screen_key}: calibrate first"
