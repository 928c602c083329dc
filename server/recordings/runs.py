"""The participants of a study that have a recording, from the recordings themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from models.datasets.session_layout import SESSION_FILE
from models.datasets.text import read_text
from server.recordings.store import ID_PATTERN, MAX_SESSION_BYTES


@dataclass(frozen=True, slots=True)
class StudyRecording:
    """complete: whether the participant has seen the study to its end."""

    recording: str
    participant: int
    row: int
    complete: bool


class _Run(msgspec.Struct):
    participant: int
    row: int
    complete: bool = False


class _Session(msgspec.Struct):
    study: str
    run: _Run


def study_recordings(folder: Path, study: str) -> list[StudyRecording]:
    """All recordings of this study. A recording that can't be read counts as none."""
    return list(_of_study(folder, study))


def _of_study(folder: Path, study: str) -> Iterator[StudyRecording]:
    for path in sorted(folder.glob(f"r_*/{SESSION_FILE}")):
        try:
            if not ID_PATTERN.fullmatch(path.parent.name) or path.stat().st_size > MAX_SESSION_BYTES:
                continue
            session = msgspec.json.decode(read_text(path), type=_Session)
        except (OSError, ValueError, RecursionError):  # no recording of a study, or a damaged one
            continue
        if session.study == study:
            run = session.run
            yield StudyRecording(path.parent.name, run.participant, run.row, run.complete)
