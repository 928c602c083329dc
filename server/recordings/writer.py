"""Writes a recording, in the format that `server.recordings.reader` reads.

    FOLDER/session.json     the screen, the camera, and under "recording": times, consent, counts
    FOLDER/samples.ndjson   each gaze message with its target; also marks, calibrations and validations
                            (`server.recordings.notes`)
    FOLDER/frames.csv       with frames only: the target of each picture, and the part of the camera's frame it shows
    FOLDER/frames/          with frames only: the pictures

All methods run in one thread, in order. Nothing that was written is lost when the process is killed:

1. Each line goes to the operating system at once, without a buffer of ours.
2. A picture is written before its row, so that each row has its picture.
3. `session.json` is written at the start and again at the end, so a recording that a crash interrupts can be read.
4. `close` also waits until the disk has everything (fsync), so that a loss of power after it loses nothing.

Only this user may read the files, because they can hold pictures of a face.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from calibration.profiles.folders import make_private_folder, replacing
from models.datasets.session_layout import (
    COLUMNS,
    FRAMES_FILE,
    FRAMES_FOLDER,
    REGION_COLUMNS,
    SAMPLES_FILE,
    SESSION_FILE,
    VERSION,
)
from server.protocol.replies import encode, to_wire
from server.recordings.records import RecordFrame, StartRecording


@dataclass(slots=True)
class Counts:
    samples: int = 0
    frames: int = 0


class RecordingWriter:
    """Writes one recording. The methods raise OSError when writing fails."""

    def __init__(self, folder: Path, start: StartRecording) -> None:
        self.folder = folder
        self.counts = Counts()
        self._start = start
        self._samples: BinaryIO | None = None
        self._table: BinaryIO | None = None

    def open(self) -> None:
        make_private_folder(self.folder.parent)
        self.folder.mkdir(mode=0o700)
        self._describe(ended_ms=None)
        self._samples = _create(self.folder / SAMPLES_FILE)
        if self._start.frames:
            (self.folder / FRAMES_FOLDER).mkdir(mode=0o700)
            self._table = _create(self.folder / FRAMES_FILE)
            _write(self._table, _row([*COLUMNS, *REGION_COLUMNS]))

    def write(self, command: RecordFrame) -> None:
        if self._samples is None:
            return  # the recording ended while this frame was analysed, or a write before it failed
        with self._until_it_fails():
            self._write_frame(self._samples, command)

    def note(self, line: Mapping[str, Any]) -> None:
        """Writes a line that is no gaze message."""
        if self._samples is None:
            return
        with self._until_it_fails():
            _write(self._samples, _line(line))

    @contextlib.contextmanager
    def _until_it_fails(self) -> Iterator[None]:
        """Nothing is written after a failure: the recording ends there, without a gap inside it."""
        try:
            yield
        except OSError:
            self._close_files()
            raise

    def _write_frame(self, samples: BinaryIO, command: RecordFrame) -> None:
        target = command.target
        place = None if target is None else {"id": target.target_id, "x": target.x, "y": target.y}
        line = {**to_wire(command.gaze), "target": place, "phase": target.phase if target else ""}
        _write(samples, _line(line))
        self.counts.samples += 1
        if self._table is None or not command.picture:
            return
        frame, screen = command.frame, self._start.screen
        name = _picture_name(self.counts.frames)
        self._keep(self.folder / FRAMES_FOLDER / name, frame.jpeg)
        target_cells = ["", "", "", ""]
        if target is not None:
            x_px, y_px = target.x * screen.width_px, target.y * screen.height_px
            target_cells = [f"{x_px:.2f}", f"{y_px:.2f}", str(target.target_id), target.phase]
        region = (frame.roi.x, frame.roi.y, frame.roi.width, frame.roi.height)
        full = (frame.full_width_px, frame.full_height_px)
        cells = [f"{FRAMES_FOLDER}/{name}", f"{frame.captured_ms:.2f}", *target_cells, *region, *full]
        _write(self._table, _row(cells))
        self.counts.frames += 1

    def _keep(self, path: Path, jpeg: bytes) -> None:
        try:
            with _create(path) as file:
                _write(file, jpeg)
        except OSError:
            path.unlink(missing_ok=True)
            raise

    def close(self, ended_ms: float, *, complete: bool = False) -> None:
        self._close_files()
        self._describe(ended_ms, complete=complete)
        for path in (*self.folder.rglob("*"), self.folder):
            _sync(path)

    def _close_files(self) -> None:
        files, self._samples, self._table = (self._samples, self._table), None, None
        for file in files:
            if file is not None:
                file.close()

    def _describe(self, ended_ms: float | None, *, complete: bool = False) -> None:
        start, screen = self._start, self._start.screen
        recording: Mapping[str, Any] = {
            "id": start.recording_id,
            "started_ms": start.started_ms,
            "ended_ms": ended_ms,
            "frames": start.frames,
            # Frames are recorded only after the person agreed on the page, at this time.
            "consent_ms": start.started_ms if start.frames else None,
            "n_samples": self.counts.samples,
            "n_frames": self.counts.frames,
        }
        document: dict[str, Any] = {
            "version": VERSION,
            "person": start.person or "",
            "screen": {
                "width_px": screen.width_px,
                "height_px": screen.height_px,
                "width_mm": screen.width_mm,
                "height_mm": screen.height_mm,
                "distance_mm": screen.distance_mm,
            },
            "camera": {"hfov_deg": start.hfov_deg, "name": start.camera},
            "recording": recording,
        }
        if (study := start.study) is not None:
            document["study"] = study.name
            document["run"] = {"participant": study.participant, "row": study.row, "complete": complete}
        text = json.dumps(document, indent=1, allow_nan=False) + "\n"
        # In one step, so that a list made at the same time never reads half a file.
        with replacing(self.folder / SESSION_FILE) as file:
            file.write_text(text, encoding="utf-8")


def _create(path: Path) -> BinaryIO:
    """A new file without a buffer, which only this user may read."""
    return open(path, "wb", buffering=0, opener=lambda name, flags: os.open(name, flags, 0o600))


def _write(file: BinaryIO, data: bytes) -> None:
    """Appends all bytes or none. A full disk may take a part, which is removed."""
    start, rest = file.tell(), memoryview(data)
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError:
        file.truncate(start)
        raise


def _line(message: Mapping[str, Any]) -> bytes:
    return encode(message).encode() + b"\n"


def _row(cells: Sequence[object]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()


def _picture_name(number: int) -> str:
    return f"{number:06}.jpg"


def _sync(path: Path) -> None:
    """Waits until the disk has the file, or the folder's entries."""
    if os.name == "nt" and path.is_dir():
        return  # Windows has no descriptors of folders
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)  # Windows syncs only what it may write
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
