"""Reads and checks session folders with frames. `models.datasets.session_layout` describes the folder.

A row without a phase needs no target. Rows are in the order of capture. Unknown columns and members are ignored. Each
fault is a `RecordingError` with the file and the line.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from calibration.profiles.disk import disk_problem
from calibration.screen import ScreenGeometry
from models.datasets.session_layout import (
    COLUMNS,
    FRAMES_FILE,
    FRAMES_FOLDER,
    PHASES,
    REGION_COLUMNS,
    SESSION_FILE,
    VERSION,
    Phase,
)
from models.datasets.text import read_text, table
from models.face.camera import Region
from server.errors import ServerError

NO_UNICODE = "cannot be read: the text is neither UTF-8 nor UTF-16; save it as UTF-8"
MAX_NUMBER = 1e9  # larger than any screen or distance; a larger number is a mistake


class RecordingError(ServerError):
    """A session folder can't be used. The text begins with the file and, if there is one, the line."""


@dataclass(frozen=True, slots=True)
class RecordedFrame:
    """One row of frames.csv. target: in screen units. target and target_id are None when the row has no target."""

    path: Path
    captured_ms: float
    target: tuple[float, float] | None
    target_id: int | None
    phase: Phase
    region: Region | None = None  # the part of the camera's frame that the image shows; None: the whole frame
    full_px: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """A session folder. screen.distance_mm: None if the recording has none."""

    folder: Path
    person: str
    screen: ScreenGeometry
    hfov_deg: float | None
    frames: tuple[RecordedFrame, ...]
    camera: str | None = None  # its name

    @property
    def name(self) -> str:
        return self.folder.resolve().name

    def in_phase(self, phase: Phase) -> tuple[RecordedFrame, ...]:
        return tuple(frame for frame in self.frames if frame.phase == phase)


def read_recording(folder: Path) -> Recording:
    """Reads a session folder; images must exist but are not opened. Raises RecordingError unless it is complete."""
    if not folder.is_dir():
        raise RecordingError(f"{folder}: no such folder")
    recording = read_pictures(folder)
    for phase in ("calibrate", "test"):
        if all(frame.phase != phase for frame in recording.frames):
            path = folder / FRAMES_FILE
            raise RecordingError(f"{path}: no frame has the phase {phase!r}, so there is nothing to {phase}")
    return recording


def read_pictures(folder: Path) -> Recording:
    """`read_recording` of a session folder whose pictures need no targets. Raises RecordingError."""
    members = SessionMembers(folder / SESSION_FILE)
    screen = members.screen()
    return Recording(
        folder=folder,
        person=members.text("person"),
        screen=screen,
        hfov_deg=members.number("camera", "hfov_deg", low=10.0, high=170.0),
        camera=members.text("camera", "name") or None,
        frames=_read_frames(folder, screen),
    )


class SessionMembers:
    """session.json with checked access. Each refusal names the member by its path."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._root = json.loads(_text(path))
        except json.JSONDecodeError as error:
            raise RecordingError(f"{path}:{error.lineno}: this is not JSON: {error.msg}") from error
        except RecursionError as error:
            raise RecordingError(f"{path}: nested too deeply") from error
        if not isinstance(self._root, dict):
            raise self._refusal("the file", self._root, "an object with version, person, screen and camera")
        version = self._root.get("version")
        if type(version) is not int or version != VERSION:
            raise self._refusal("version", version, f"{VERSION}, the only supported version")

    def screen(self) -> ScreenGeometry:
        values = {
            name: self.number("screen", name)
            for name in ("width_px", "height_px", "width_mm", "height_mm", "distance_mm")
        }
        width, height = values.pop("width_px"), values.pop("height_px")
        if width is None or height is None:
            missing = "screen.width_px" if width is None else "screen.height_px"
            raise self._refusal(missing, None, "a positive number")
        return ScreenGeometry(width, height, **values)

    def text(self, *path: str) -> str:
        """A string member; empty when it is missing."""
        value: object = self._root
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if value is not None and not isinstance(value, str):
            raise self._refusal(".".join(path), value, "a text")
        return value or ""

    def number(self, group: str, name: str, low: float = 0.0, high: float = MAX_NUMBER) -> float | None:
        """A number between low and high, both excluded; None when it is null or missing."""
        members = self._root.get(group)
        if members is None:
            return None
        if not isinstance(members, dict):
            raise self._refusal(group, members, "an object")
        value = members.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not low < value < high:
            limits = "a positive number" if high == MAX_NUMBER else f"a number between {low:g} and {high:g}, or null"
            raise self._refusal(f"{group}.{name}", value, limits)
        return float(value)

    def _refusal(self, member: str, value: object, expected: str) -> RecordingError:
        try:
            found = "it is missing" if value is None else f"found {json.dumps(value)[:80]}"
        except RecursionError:  # reading takes a little less of the stack than writing
            found = "it is nested too deeply"
        return RecordingError(f"{self._path}: {member} must be {expected}; {found}")


def _read_frames(folder: Path, screen: ScreenGeometry) -> tuple[RecordedFrame, ...]:
    path = folder / FRAMES_FILE
    reader = table(_text(path))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise RecordingError(f"{path}:1: the header lacks {', '.join(missing)}; it needs {','.join(COLUMNS)}")
    frames: list[RecordedFrame] = []
    ids = _TargetIds()
    try:
        for row in reader:
            cells = {name: (row.get(name) or "").strip() for name in (*COLUMNS, *REGION_COLUMNS)}
            frames.append(_Row(f"{path}:{reader.line_num}", cells).frame(folder, screen, ids))
    except csv.Error as error:
        raise RecordingError(f"{path}:{reader.line_num}: {error}") from error
    return tuple(frames)


class _TargetIds:
    """Numbers for the ids of targets, which may be any text. Whole numbers stay; other texts get negative numbers."""

    def __init__(self) -> None:
        self._texts: dict[str, int] = {}

    def number(self, text: str) -> int:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if math.isfinite(value) and value == int(value) and abs(value) < MAX_NUMBER:
            return int(value)
        return self._texts.setdefault(text, -int(MAX_NUMBER) - len(self._texts))


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of frames.csv. place: "FILE:LINE", the start of each refusal."""

    place: str
    cells: Mapping[str, str]

    def frame(self, folder: Path, screen: ScreenGeometry, ids: _TargetIds) -> RecordedFrame:
        phase = self._phase()
        target: tuple[float, float] | None = None
        target_id: int | None = None
        if phase or self.cells["target_id"]:
            if not self.cells["target_id"]:
                raise RecordingError(f"{self.place}: target_id must be a number or a text; found ''")
            target_id = ids.number(self.cells["target_id"])
            target = (
                self._number("target_x_px") / screen.width_px,
                self._number("target_y_px") / screen.height_px,
            )
        region, full_px = self._region()
        return RecordedFrame(
            self._image(folder), self._number("captured_ms"), target, target_id, phase, region, full_px
        )

    def _region(self) -> tuple[Region | None, tuple[int, int] | None]:
        if not any(self.cells[name] for name in REGION_COLUMNS):
            return None, None
        x, y, width, height, full_width, full_height = (self._whole_number(name) for name in REGION_COLUMNS)
        if min(x, y) < 0 or min(width, height) < 1 or x + width > full_width or y + height > full_height:
            raise RecordingError(f"{self.place}: the region is not inside the full picture")
        return Region(x, y, width, height), (full_width, full_height)

    def _phase(self) -> Phase:
        phase = PHASES.get(self.cells["phase"])
        if phase is None:
            raise RecordingError(
                f"{self.place}: phase must be calibrate, test or empty; found {self.cells['phase'][:80]!r}"
            )
        return phase

    def _number(self, name: str) -> float:
        try:
            value = float(self.cells[name].replace(",", "."))  # with semicolons, the comma may be the decimal sign
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise RecordingError(f"{self.place}: {name} must be a number; found {self.cells[name][:80]!r}")
        return value

    def _whole_number(self, name: str) -> int:
        value = self._number(name)
        if value != int(value):
            raise RecordingError(f"{self.place}: {name} must be a whole number; found {self.cells[name][:80]!r}")
        return int(value)

    def _image(self, folder: Path) -> Path:
        """The image's path. A recording may come from another machine, so its names must stay inside its folder.

        Links are followed, because only users of this machine can make them, for example to share images.
        """
        name = self.cells["frame"]
        if not name or "\0" in name:
            raise RecordingError(f"{self.place}: frame must name an image; found {name[:80]!r}")
        if PurePath(name).is_absolute() or ".." in PurePath(name).parts:
            raise RecordingError(f"{self.place}: frame {name[:80]!r} is outside the session's folder")
        for candidate in (folder / name, folder / FRAMES_FOLDER / name):
            if candidate.is_file():
                return candidate
        raise RecordingError(f"{self.place}: there is no image {name[:80]!r} in {folder}")


def _text(path: Path) -> str:
    try:
        return read_text(path)
    except FileNotFoundError as error:
        raise RecordingError(f"{path}: the file is missing") from error
    except UnicodeDecodeError as error:
        raise RecordingError(f"{path}: {NO_UNICODE} ({error})") from error
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read: {disk_problem(error)}") from error
