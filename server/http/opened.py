"""The time lines of recordings, kept in memory: analyses open the same recordings again and again.

A recording is opened again when its files have changed. Time lines are used from one thread at a time
(`Context.analysing`); summaries have a lock of their own, so that the list does not wait for an analysis.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from models.datasets.session_layout import SAMPLES_FILE, SESSION_FILE
from server.analysis.quality import accuracy_of
from server.analysis.stimuli import stimulus_names
from server.analysis.timeline import Timeline, timeline
from server.analysis.timeline_json import accuracy_json
from server.recordings.opened import open_recording
from server.recordings.summary import scan

MAX_SAMPLES = 2_000_000
"""In all time lines that are kept. Each sample takes 70 bytes, so 140 MB: 18 hours at 30 frames a second."""

State = tuple[tuple[int, int], ...]


class OpenedRecordings:
    """The newest time lines, and a summary of each recording."""

    def __init__(self) -> None:
        self._lines: OrderedDict[Path, tuple[State, Timeline]] = OrderedDict()
        self._summaries: dict[Path, tuple[State, dict[str, Any]]] = {}
        self._summing = Lock()

    def timeline(self, folder: Path) -> Timeline:
        """Raises RecordingError if there is nothing of that name."""
        state = _state(folder)
        known = self._lines.get(folder)
        if known is None or known[0] != state:
            known = (state, timeline(open_recording(folder)))
        self._lines[folder] = known
        self._lines.move_to_end(folder)
        while len(self._lines) > 1 and sum(len(line.samples) for _, line in self._lines.values()) > MAX_SAMPLES:
            self._lines.popitem(last=False)
        return known[1]

    def summary(self, folder: Path) -> dict[str, Any]:
        """What the list shows of a recording's messages; nulls when they can't be read."""
        with self._summing:
            state = _state(folder)
            known = self._summaries.get(folder)
            if known is None or known[0] != state:
                known = self._summaries[folder] = (state, _summary(folder))
            return known[1]

    def forget(self, folder: Path) -> None:
        """Drops a recording that was deleted."""
        with self._summing:
            self._summaries.pop(folder, None)
        self._lines.pop(folder, None)


def _state(folder: Path) -> State:
    """Size and time of change of the files that are read."""
    found = []
    for name in (SAMPLES_FILE, SESSION_FILE):
        try:
            stat = (folder / name).stat()
            found.append((stat.st_size, stat.st_mtime_ns))
        except OSError:
            found.append((-1, -1))
    return tuple(found)


def _summary(folder: Path) -> dict[str, Any]:
    try:
        found = scan(folder)
    except OSError:
        return {"accuracy": None, "lost": None, "stimuli": [], "marks": 0}
    collected = found.collected
    accuracy = accuracy_of(collected.calibrations, collected.validations, np.array(found.radii_px))
    return {
        "accuracy": accuracy_json(accuracy),
        "lost": round(1.0 - found.n_valid / found.n_samples, 4) if found.n_samples else None,
        "stimuli": stimulus_names(collected.stimuli, collected.marks),
        "marks": len(collected.marks),
    }
