"""The stimuli of a recording for exports: when and where each was shown, and the files of their pictures."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from server.analysis.stimuli import Presentation, presentations
from server.export.bids_files import one_line
from server.export.labels import label_of
from server.recordings.gaze_log import GazeRecording
from server.recordings.pictures import ENDINGS, picture_files, read_picture

Pictures = Mapping[str, tuple[bytes, str]]
COLUMNS = ("stimulus", "kind", "start", "end", "from", "x_px", "y_px", "width_px", "height_px", "picture")


def shown(recording: GazeRecording) -> tuple[Presentation, ...]:
    """The showings of stimuli, in ms since the first sample. Marks are exported as marks."""
    found = presentations(
        recording.stimuli, recording.marks, recording.screen, recording.start_ms, recording.end_ms - recording.start_ms
    )
    return tuple(one for one in found if one.kind != "mark")


def pictures_of(path: Path) -> Pictures:
    """The pictures that a session folder holds. Raises OSError."""
    if not path.is_dir():
        return {}
    found = {name: read_picture(path, name) for name in picture_files(path)}
    return {name: picture for name, picture in found.items() if picture is not None}


def picture_name(stimulus: str, picture: tuple[bytes, str]) -> str:
    """A file name of a picture: always the same for the same stimulus and picture, and different for others."""
    content, content_type = picture
    stem = re.sub(r"\.(png|jpe?g|webp|svg)$", "", stimulus, flags=re.IGNORECASE)
    return f"{label_of(stem)}-{hashlib.sha256(content).hexdigest()[:8]}{ENDINGS[content_type]}"


def places_px(recording: GazeRecording, one: Presentation) -> Iterator[tuple[float, list[float]]]:
    """Each place of a stimulus: from when on (ms since the first sample), and x, y, width, height in px."""
    width_px, height_px = recording.screen.width_px, recording.screen.height_px
    for from_ms, x, y, width, height in one.places:
        yield from_ms, [round(s, 1) for s in (x * width_px, y * height_px, width * width_px, height * height_px)]


def name_at(stimuli: Sequence[Presentation], time_ms: float) -> str | None:
    """The name of the stimulus at a time since the first sample."""
    return next((one_line(one.name) for one in stimuli if one.start_ms <= time_ms < one.end_ms), None)


def stimulus_rows(recording: GazeRecording, pictures: Pictures) -> list[list[Any]]:
    """Rows of COLUMNS: one for each showing, and one for each move of it. Times are unix ms."""
    rows: list[list[Any]] = []
    for one in shown(recording):
        picture = picture_name(one.name, pictures[one.name]) if one.name in pictures else None
        about = [one.name, one.kind, recording.start_ms + one.start_ms, recording.start_ms + one.end_ms]
        rows += [[*about, recording.start_ms + at, *sides, picture] for at, sides in places_px(recording, one)]
    return rows


def write_pictures(folder: Path, pictures: Pictures) -> list[Path]:
    """Raises OSError."""
    written = []
    for name, picture in pictures.items():
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / picture_name(name, picture)
        path.write_bytes(picture[0])
        written.append(path)
    return written
