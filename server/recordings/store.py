"""The folder of recordings: creates, lists, packs and deletes them."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from models.datasets.session_layout import SESSION_FILE
from models.datasets.text import read_text
from server.errors import ServerError
from server.recordings.records import StartRecording
from server.recordings.writer import RecordingWriter

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

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class RecordingStore:
    """The recordings of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def writer(self, start: StartRecording) -> RecordingWriter:
        return RecordingWriter(self._folder / start.recording_id, start)

    def list(self) -> list[RecordingInfo]:
        """All recordings, the newest first. Other folders are ignored."""
        folders = sorted((path for path in self._folder.glob("r_*") if ID_PATTERN.fullmatch(path.name)), reverse=True)
        return [info for folder in folders if (info := _info(folder)) is not None]

    def pack(self, recording_id: str, into: BinaryIO) -> None:
        """Writes a zip of the session's folder. JPEGs are stored uncompressed, because they don't shrink."""
        folder = self._find(recording_id)
        with zipfile.ZipFile(into, "w") as archive:
            for path in sorted(folder.rglob("*")):
                if path.is_file() and not path.is_symlink():
                    kind = zipfile.ZIP_STORED if path.suffix == ".jpg" else zipfile.ZIP_DEFLATED
                    archive.write(path, Path(recording_id) / path.relative_to(folder), compress_type=kind)

    def delete(self, recording_id: str) -> None:
        shutil.rmtree(self._find(recording_id))

    def _find(self, recording_id: str) -> Path:
        folder = self._folder / recording_id
        if not ID_PATTERN.fullmatch(recording_id) or not folder.is_dir() or folder.is_symlink():
            raise NoRecording(f"there is no recording {recording_id[:80]!r}")
        return folder


def _info(folder: Path) -> RecordingInfo | None:
    try:
        session = json.loads(read_text(folder / SESSION_FILE))
        about = session["recording"]
        started_ms, ended_ms = about["started_ms"], about["ended_ms"]
        finished = ended_ms is not None
        return RecordingInfo(
            recording=folder.name,
            person=str(session.get("person") or ""),
            started_ms=float(started_ms),
            duration_s=round((ended_ms - started_ms) / 1000.0, 1) if finished else None,
            frames=bool(about["frames"]),
            n_samples=int(about["n_samples"]) if finished else None,
            n_frames=int(about["n_frames"]) if finished else None,
            size_bytes=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
