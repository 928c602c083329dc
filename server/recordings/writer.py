"""Writes a recording, in the format that `server.recordings.reader` reads.

    FOLDER/session.json     the screen, the camera, and under "recording": times, consent, counts
    FOLDER/samples.ndjson   each gaze message with its target; also marks, calibrations and validations
                            (`server.recordings.notes`)
    FOLDER/frames.csv       with frames only: the target of each picture, and the part of the camera's frame it shows
    FOLDER/frames/          with frames only: the pictures

All methods run in the background thread, in order. `session.json` is written at the start and again at the end, so a
recording that a crash interrupts can still be read.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

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
        self._samples: TextIO | None = None
        self._table: TextIO | None = None
        self._rows: Any = None

    def open(self) -> None:
        self.folder.mkdir(parents=True)
        self._samples = (self.folder / SAMPLES_FILE).open("w", encoding="utf-8")
        if self._start.frames:
            (self.folder / FRAMES_FOLDER).mkdir()
            self._table = (self.folder / FRAMES_FILE).open("w", encoding="utf-8", newline="")
            self._rows = csv.writer(self._table, lineterminator="\n")
            self._rows.writerow([*COLUMNS, *REGION_COLUMNS])
        self._describe(ended_ms=None)

    def write(self, command: RecordFrame) -> None:
        if self._samples is None:
            return  # the recording ended while this frame was analysed
        target = command.target
        place = None if target is None else {"id": target.target_id, "x": target.x, "y": target.y}
        line = {**to_wire(command.gaze), "target": place, "phase": target.phase if target else ""}
        self._samples.write(encode(line) + "\n")
        self.counts.samples += 1
        if self._rows is None or not command.picture:
            return
        frame, screen = command.frame, self._start.screen
        name = f"{self.counts.frames:06}.jpg"
        (self.folder / FRAMES_FOLDER / name).write_bytes(frame.jpeg)
        target_cells = ["", "", "", ""]
        if target is not None:
            x_px, y_px = target.x * screen.width_px, target.y * screen.height_px
            target_cells = [f"{x_px:.2f}", f"{y_px:.2f}", str(target.target_id), target.phase]
        region = (frame.roi.x, frame.roi.y, frame.roi.width, frame.roi.height)
        full = (frame.full_width_px, frame.full_height_px)
        self._rows.writerow([f"{FRAMES_FOLDER}/{name}", f"{frame.captured_ms:.2f}", *target_cells, *region, *full])
        self.counts.frames += 1

    def note(self, line: Mapping[str, Any]) -> None:
        """Writes a line that is no gaze message."""
        if self._samples is not None:
            self._samples.write(encode(line) + "\n")

    def close(self, ended_ms: float) -> None:
        for file in (self._samples, self._table):
            if file is not None:
                file.close()
        self._samples = self._table = self._rows = None
        self._describe(ended_ms)

    def _describe(self, ended_ms: float | None) -> None:
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
        document = {
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
        text = json.dumps(document, indent=1, allow_nan=False) + "\n"
        # Replaced in one step, so that a list made at the same time never reads half a file.
        partial = self.folder / f"{SESSION_FILE}.partial"
        partial.write_text(text, encoding="utf-8")
        partial.replace(self.folder / SESSION_FILE)
