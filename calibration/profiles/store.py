"""Calibrations on disk, one for each user, screen and camera. Nothing is pickled.

The arrays hold numbers that are learned from the features of many frames. Among them is the average of the eye patches:
a grey picture of each eye, 20 x 10 points, that can be drawn. So only this user may read the files.

    FOLDER/<user>/<screen>.json             version, screen, report, choices, and the name of the arrays' file
    FOLDER/<user>/<screen>.<id>.npz         centres, coefficients and head poses (`calibration.profiles.format`)

`calibration.profiles.names` says which folder is a user's.

A save writes the arrays under a new name, then replaces the JSON atomically, then removes arrays that no JSON names. A
crash at any point leaves the old profile or the new one, and files that the next use of the folder removes. The folder
is locked meanwhile, because several servers may use it. An unreadable file is reported and not changed, because a newer
version may have written it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from calibration.calibration import Calibration
from calibration.errors import ProfileError, ProfileNameError, ProfileNotFound
from calibration.profiles.cameras import without_serial
from calibration.profiles.exported import SCREEN_PATTERN, unzip, zipped
from calibration.profiles.files import BROKEN, broken, no_profile, read_arrays, read_document, unreadable
from calibration.profiles.folders import make_private_folder, remove_if_empty, replacing, tidy
from calibration.profiles.format import check_numbers, from_document, migrated, sessions_of, to_document
from calibration.profiles.lock import locked
from calibration.profiles.names import NAME_FILE, folder_of, is_encoded, is_user_name, normalised, user_of
from calibration.quality.summary import summary_of
from calibration.samples.past import PastSession, newest


@dataclass(frozen=True, slots=True)
class ProfileInfo:
    """A line in the list of profiles. `problem` is the reason why a profile is not loadable, None if it is."""

    user: str
    screen_key: str
    saved_ms: float  # modification time of the file, unix ms
    calibration_id: str | None
    median_error_px: float | None
    problem: str | None = None
    error_px: float | None = None  # of `calibration.quality.summary`
    n_sessions: int = 0  # that a new calibration can learn from


def profile_key(screen_key: str, camera: str | None) -> str:
    """The name of a screen's profile for this camera. Features of another camera differ."""
    return _key(screen_key, without_serial(camera or ""))


def older_profile_key(screen_key: str, camera: str | None) -> str:
    """The name that older versions gave it. It has the camera's serial number, if the camera's name has one."""
    return _key(screen_key, camera or "")


def _key(screen_key: str, camera: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", camera.lower())[:40].strip("-")
    return f"{screen_key}_{slug}" if slug else screen_key


def check_names(user: str, screen_key: str) -> None:
    """Raises ProfileNameError for a name that no profile may have."""
    if not is_user_name(user):
        raise ProfileNameError(
            f"{user[:80]!r} cannot be a user name: use 1 to 64 letters, digits, blanks, dots, dashes, apostrophes "
            "or underscores, beginning with a letter or digit and not ending with a blank, dot or dash"
        )
    if not SCREEN_PATTERN.fullmatch(screen_key):
        raise ProfileNameError(f"{screen_key[:80]!r} is not a screen size like '1920x1080'")


class ProfileStore:
    """Profiles in one folder. `features_id` names the networks of the features. Profiles of other networks are
    refused. `remedies` says, by the `features_id` of other networks, how to use their profiles."""

    def __init__(
        self, folder: Path | str, *, features_id: str = "", remedies: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._folder = Path(folder)
        self._features_id = features_id
        self._remedies = remedies

    def check(self) -> None:
        """A folder always answers; `calibration.profiles.disk.unwritable` says whether it can be written."""

    def save(self, user: str, screen_key: str, calibration: Calibration) -> None:
        """Save a profile. It replaces an earlier one of this user and screen."""
        make_private_folder(self._folder)
        with self._locked():
            self._save(user, screen_key, calibration)

    def _save(self, user: str, screen_key: str, calibration: Calibration) -> None:
        path = self._json_path(user, screen_key)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        if is_encoded(path.parent):
            with replacing(path.parent / NAME_FILE) as temporary:
                temporary.write_text(normalised(user), encoding="utf-8")
        document, of_model = to_document(self._with_earlier(path, calibration))
        arrays: dict[str, Any] = {**of_model}
        arrays_name = f"{screen_key}.{calibration.calibration_id}.npz"
        document |= {"features_id": self._features_id, "arrays": arrays_name}
        with replacing(path.parent / arrays_name) as temporary, temporary.open("wb") as file:
            np.savez(file, **arrays)
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(document, indent=1, allow_nan=False), encoding="utf-8")
        for old in path.parent.glob(f"{screen_key}.*.npz"):
            if old.name != arrays_name:
                old.unlink(missing_ok=True)

    def _with_earlier(self, path: Path, calibration: Calibration) -> Calibration:
        """The calibration with the sessions of the profile that it replaces, also those of other networks."""
        earlier: tuple[PastSession, ...] = ()
        with contextlib.suppress(ProfileError, *BROKEN):
            earlier = self._sessions(path)
        mine = [
            replace(session, camera=session.camera or path.stem.partition("_")[2], features_id=self._features_id)
            if not session.features_id
            else session
            for session in calibration.sessions
        ]
        return replace(calibration, sessions=newest([*earlier, *mine]))

    def sessions(self, user: str, screen_key: str) -> tuple[PastSession, ...]:
        """The sessions of a profile that were made with the active networks, oldest first; none without a profile that
        can be read."""
        with self._locked(), contextlib.suppress(ProfileError, *BROKEN):
            found = self._sessions(self._json_path(user, screen_key))
            return tuple(session for session in found if session.features_id == self._features_id)
        return ()

    def _sessions(self, path: Path) -> tuple[PastSession, ...]:
        document = migrated(read_document(path))
        check_numbers(document)
        return sessions_of(document, read_arrays(path.parent, document["arrays"], path.stem, "session"))

    def load(self, user: str, screen_key: str, older_key: str | None = None) -> Calibration:
        """Load a profile. Raises ProfileNotFound; ProfileError for broken or newer files or for other networks.

        older_key: used when there is no profile of the first key.
        """
        with self._locked():
            if older_key is not None and not self._json_path(user, screen_key).is_file():
                screen_key = older_key if self._json_path(user, older_key).is_file() else screen_key
            return self._load(user, screen_key)

    def _load(self, user: str, screen_key: str) -> Calibration:
        path = self._json_path(user, screen_key)
        if not path.is_file() and "_" in screen_key:
            # Older profiles have no camera in their name.
            screen_key = screen_key.partition("_")[0]
            path = self._json_path(user, screen_key)
        document = self._document(path)
        try:
            return from_document(migrated(document), read_arrays(path.parent, document["arrays"], screen_key))
        except FileNotFoundError as error:
            raise ProfileError(broken(path, "the file with its numbers is missing")) from error
        except OSError as error:
            raise ProfileError(unreadable(path, error)) from error
        except BROKEN as error:
            raise ProfileError(broken(path, f"{type(error).__name__}: {error}")) from error

    def list(self) -> list[ProfileInfo]:
        """All profiles by user and screen, including broken ones with their problem."""
        with self._locked():
            infos = [info for path in self._folder.glob("*/*.json") if (info := self._info(path)) is not None]
        return sorted(infos, key=lambda info: (info.user, info.screen_key))

    def _info(self, path: Path) -> ProfileInfo | None:
        """None when it is not the file of a profile, or not any more."""
        user, screen_key = user_of(path.parent), path.stem
        if user is None or not SCREEN_PATTERN.fullmatch(screen_key):
            return None
        try:
            saved_ms = path.stat().st_mtime * 1000.0
            calibration = self._load(user, screen_key)
        except (ProfileNotFound, OSError):
            return None
        except ProfileError as error:
            return ProfileInfo(user, screen_key, saved_ms, None, None, str(error))
        error_px = summary_of(calibration.report, calibration.screen).error_px
        median_px = calibration.report.median_error_px
        n_sessions = sum(session.features_id == self._features_id for session in calibration.sessions)
        return ProfileInfo(
            user, screen_key, saved_ms, calibration.calibration_id, median_px, error_px=error_px, n_sessions=n_sessions
        )

    def delete(self, user: str, screen_key: str) -> None:
        """Remove the profile, even a broken one. Raises ProfileNotFound if it does not exist."""
        with self._locked():
            path = self._json_path(user, screen_key)
            if not path.is_file():
                raise ProfileNotFound(no_profile(user, screen_key))
            path.unlink()
            for arrays in path.parent.glob(f"{screen_key}.*.npz"):
                arrays.unlink(missing_ok=True)
            remove_if_empty(path.parent)

    def pack(self, user: str, screen_key: str) -> bytes:
        """One profile as a zip, for export to another machine. Raises the errors of `load`."""
        with self._locked():
            self._load(user, screen_key)  # refuse a broken profile here, not on the other machine
            path = self._json_path(user, screen_key)
            arrays = path.parent / self._document(path)["arrays"]
            files = {path.name: path.read_bytes(), arrays.name: arrays.read_bytes()}
        return zipped(user, files)

    def unpack(self, data: bytes) -> tuple[str, str]:
        """Import the output of `pack`. It replaces a profile of this name. -> user and key.

        Raises ProfileError and stores nothing unless the zip holds one profile that is loadable here.
        """
        user, screen_key, calibration = unpacked(data, features_id=self._features_id, remedies=self._remedies)
        self.save(user, screen_key, calibration)
        return user, screen_key

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """No other process uses the folder meanwhile. Also removes what a save has left that was killed."""
        with locked(self._folder) as alone:
            if alone:
                for folder in self._folder.iterdir():
                    if folder.is_dir() and not folder.is_symlink() and user_of(folder) is not None:
                        tidy(folder)
            yield

    def _json_path(self, user: str, screen_key: str) -> Path:
        check_names(user, screen_key)
        return folder_of(self._folder, user) / f"{screen_key}.json"

    def _document(self, path: Path) -> dict[str, Any]:
        document = read_document(path)
        made_with = document.get("features_id", "")
        if made_with != self._features_id:
            remedy = self._remedies.get(made_with) if isinstance(made_with, str) else None
            advice = f"calibrate again, or {remedy}" if remedy else "calibrate again"
            raise ProfileError(f"{path} was made with other networks than the active ones: {advice}")
        return document


def unpacked(data: bytes, *, features_id: str, remedies: Mapping[str, str]) -> tuple[str, str, Calibration]:
    """The user, the key and the calibration of an exported profile. Raises ProfileError unless it is loadable here."""
    with tempfile.TemporaryDirectory() as folder:
        user, screen_key = unzip(data, Path(folder))
        try:
            store = ProfileStore(folder, features_id=features_id, remedies=remedies)
            calibration = store.load(user, screen_key)
        except ProfileError as error:  # the message must not name the temporary folder
            place = folder_of(Path(folder), user)
            message = str(error).replace(str(place / f"{screen_key}.json"), "the exported calibration")
            raise ProfileError(message.replace(f"{place}{os.sep}", "")) from error
    return user, screen_key, calibration
