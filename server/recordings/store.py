"""The folder of recordings: creates, lists, packs and deletes them."""

from __future__ import annotations

import contextlib
import re
import shutil
import threading
import zipfile
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import msgspec

from models.datasets.session_layout import AREAS_FILE, FRAMES_FOLDER, SAMPLES_FILE, SESSION_FILE
from models.datasets.text import read_text
from server.errors import ServerError
from server.protocol.types import MAX_TIME_MS
from server.recordings.about import About, AboutChange, read_about, write_about
from server.recordings.pictures import keep_picture, read_picture
from server.recordings.records import StartRecording
from server.recordings.writer import RecordingWriter

MAX_SESSION_BYTES = 1 << 20  # a session.json has about 1 KiB
ID_PATTERN = re.compile(r"r_\d{8}_\d{6}_[0-9a-f]{6}", re.ASCII)


class NoRecording(ServerError):  # noqa: N818  absence, answered with 404
    """There is no recording with this id."""


@dataclass(frozen=True, slots=True)
class RecordingInfo:
    """One recording. Duration and counts are None if it was interrupted."""

    recording: str
    person: str
    started_ms: float | None
    duration_s: float | None
    frames: bool
    n_samples: int | None
    n_frames: int | None
    size_bytes: int
    study: str | None = None
    run: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class RecordingStore:
    """The recordings of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # about.json and the index of pictures are read, changed and written, and requests come in several threads.
        self._changes = threading.Lock()

    def writer(self, start: StartRecording) -> RecordingWriter:
        return RecordingWriter(self._folder / start.recording_id, start)

    def make_private(self) -> None:
        """Lets no other user enter the recordings of older versions."""
        for folder in self._folder.glob("r_*"):
            if ID_PATTERN.fullmatch(folder.name) and not folder.is_symlink():
                with contextlib.suppress(OSError):  # of another user
                    folder.chmod(0o700)

    def list(self) -> list[RecordingInfo]:
        """All recordings, the newest first. Other folders are ignored."""
        folders = sorted((path for path in self._folder.glob("r_*") if ID_PATTERN.fullmatch(path.name)), reverse=True)
        return [info for folder in folders if (info := _info(folder)) is not None]

    def folder(self, recording_id: str) -> Path:
        """Raises NoRecording."""
        return self._find(recording_id)

    def info(self, recording_id: str) -> RecordingInfo:
        """One entry of the list. Raises NoRecording."""
        info = _info(self._find(recording_id))
        if info is None:
            raise NoRecording(f"there is no recording {recording_id!r}")
        return info

    def about(self, recording_id: str) -> About:
        return read_about(self._find(recording_id))

    def change(self, recording_id: str, change: AboutChange) -> About:
        """Changes what the user wrote about it. Raises NoRecording and OSError."""
        folder = self._find(recording_id)
        with self._changes:
            about = change.applied_to(read_about(folder))
            write_about(folder, about)
        return about

    def keep_picture(self, recording_id: str, stimulus: str, content: bytes, content_type: str) -> None:
        """Keeps the picture of a stimulus. Raises NoRecording, PictureError and OSError."""
        folder = self._find(recording_id)
        with self._changes:
            keep_picture(folder, stimulus, content, content_type)

    def picture(self, recording_id: str, stimulus: str) -> tuple[bytes, str] | None:
        """The bytes and the content type of a stimulus's picture. Raises NoRecording and OSError."""
        return read_picture(self._find(recording_id), stimulus)

    def pack(self, recording_id: str, into: BinaryIO, *, areas: str = "") -> None:
        """Writes a zip of the session's folder. JPEGs are stored uncompressed, because they don't shrink.

        areas: the text of areas.json, which is then in the zip, too; in place of one that the folder has.
        Raises NoRecording, and OSError when a file can't be read or the zip can't be written.
        """
        folder = self._find(recording_id)
        try:
            with zipfile.ZipFile(into, "w") as archive:
                if areas:
                    archive.writestr(f"{recording_id}/{AREAS_FILE}", areas, zipfile.ZIP_DEFLATED)
                for path in sorted(folder.rglob("*")):
                    if path.is_file() and not path.is_symlink() and not (areas and path == folder / AREAS_FILE):
                        kind = zipfile.ZIP_STORED if path.suffix == ".jpg" else zipfile.ZIP_DEFLATED
                        archive.write(path, Path(recording_id) / path.relative_to(folder), compress_type=kind)
        except FileNotFoundError as problem:
            raise NoRecording(f"the recording {recording_id!r} was deleted meanwhile") from problem

    def delete(self, recording_id: str) -> None:
        shutil.rmtree(self._find(recording_id))

    def _find(self, recording_id: str) -> Path:
        folder = self._folder / recording_id
        if not ID_PATTERN.fullmatch(recording_id) or not folder.is_dir() or folder.is_symlink():
            raise NoRecording(f"there is no recording {recording_id[:80]!r}")
        return folder


Time = Annotated[float, msgspec.Meta(ge=0.0, le=MAX_TIME_MS)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10**9)]


class _About(msgspec.Struct):
    """The member "recording" of session.json."""

    started_ms: Time
    frames: bool
    ended_ms: Time | None = None
    n_samples: Count | None = None
    n_frames: Count | None = None


class _Session(msgspec.Struct):
    """The members of session.json that the list shows."""

    recording: _About
    person: str | None = None
    study: str | None = None
    run: dict[str, Any] | None = None


def _info(folder: Path) -> RecordingInfo | None:
    """None for a folder that the server did not write. A damaged or missing session.json is listed as interrupted."""
    path = folder / SESSION_FILE
    try:
        if not path.is_file() and not (folder / SAMPLES_FILE).is_file():
            return None
        size_bytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    except OSError:  # it is deleted meanwhile
        return None
    interrupted = _Session(_About(_start_of(folder.name), frames=(folder / FRAMES_FOLDER).is_dir()))
    try:
        if path.stat().st_size > MAX_SESSION_BYTES:
            raise ValueError("too long")
        session = msgspec.json.decode(read_text(path), type=_Session)
    except (OSError, ValueError, RecursionError):  # ValueError: also of msgspec and of the encoding
        session = interrupted
    about = session.recording
    finished = about.ended_ms is not None
    return RecordingInfo(
        recording=folder.name,
        person=session.person or "",
        started_ms=about.started_ms,
        duration_s=None if about.ended_ms is None else max(0.0, round((about.ended_ms - about.started_ms) / 1000.0, 1)),
        frames=about.frames,
        n_samples=about.n_samples if finished else None,
        n_frames=about.n_frames if finished else None,
        size_bytes=size_bytes,
        study=session.study,
        run=session.run,
    )


def _start_of(recording_id: str) -> float:
    """The time in a recording's id, unix ms."""
    try:
        moment = datetime.strptime(recording_id[: len("r_20261124_160000")], "r_%Y%m%d_%H%M%S")
    except ValueError:  # the id has digits that are no date
        return 0.0
    return moment.replace(tzinfo=timezone.utc).timestamp() * 1000.0
