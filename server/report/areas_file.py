"""The areas of interest of stimuli as a file, which the lab, `sightline analyse` and `sightline export` share.

    {"areas": [...],                              on the whole screen
     "stimuli": {"cat": {"areas": [...]}}}        on stimuli

An area is a `server.analysis.request.AreaOfInterest`:

    {"name": "face", "shape": "ellipse", "points": [[0.1, 0.2], [0.4, 0.6]],
     "span_ms": [500, 2000]}                      may be left out; it counts from and until then, after the onset;
                                                  [500, null]: until the end

Each refusal begins with the file, and names the line or the member.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from calibration.profiles.disk import disk_problem
from models.datasets.text import read_text
from server.analysis.analysis import Analysis
from server.analysis.request import MAX_AREAS, AreaOfInterest, check_names
from server.errors import ProtocolError, ServerError
from server.protocol.parsing import converted
from server.protocol.types import Checked, Name


class AreasError(ServerError):
    """A file of areas can't be used."""


class _Areas(Checked, frozen=True):
    areas: Annotated[tuple[AreaOfInterest, ...], Meta(max_length=MAX_AREAS)] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        check_names(self.areas)


class StimulusAreas(_Areas, frozen=True, kw_only=True):
    """All areas of one stimulus; None: of the whole screen."""

    stimulus: Name | None


@dataclass(frozen=True, slots=True)
class AreasFile:
    """whole_screen: the areas without a stimulus. path: the file; None without one."""

    whole_screen: tuple[AreaOfInterest, ...]
    stimuli: Mapping[str, tuple[AreaOfInterest, ...]]
    path: Path | None = None

    def of(self, stimulus: str | None) -> tuple[AreaOfInterest, ...]:
        return self.whole_screen if stimulus is None else self.stimuli.get(stimulus, ())

    def unknown(self, shown: Iterable[str | None]) -> list[str]:
        """Which of its stimuli are not among those that were shown, for people."""
        names = [name for name in dict.fromkeys(shown) if name is not None]
        they = f"they show {', '.join(names) or 'no stimuli'}"
        return [f"{self.path}: no recording shows {name!r}; {they}" for name in self.stimuli if name not in names]

    @property
    def empty(self) -> bool:
        return not self.whole_screen and not any(self.stimuli.values())

    def only(self, stimuli: Collection[str]) -> AreasFile:
        """The areas of these stimuli and of the whole screen."""
        return AreasFile(self.whole_screen, {name: of for name, of in self.stimuli.items() if name in stimuli})

    def text(self) -> str:
        """The content of the file."""
        stimuli = {name: {"areas": area_members(of)} for name, of in self.stimuli.items()}
        return json.dumps({"areas": area_members(self.whole_screen), "stimuli": stimuli}, ensure_ascii=False) + "\n"


NO_AREAS = AreasFile((), {})


def area_members(areas: Sequence[AreaOfInterest]) -> list[dict[str, Any]]:
    """As in the file."""
    return [
        {"name": area.name, "shape": area.shape, "points": area.points}
        | ({} if area.span_ms is None else {"span_ms": area.span_ms})
        for area in areas
    ]


def areas_of(analyses: Iterable[Analysis]) -> AreasFile:
    """The areas that were drawn on what was analysed."""
    by_stimulus = {found.request.stimulus: found.request.areas for found in analyses if found.request.areas}
    whole_screen = by_stimulus.pop(None, ())
    return AreasFile(whole_screen, {name: areas for name, areas in by_stimulus.items() if name is not None})


def read_areas(path: Path) -> AreasFile:
    """Raises AreasError."""
    try:
        values = json.loads(read_text(path))
    except json.JSONDecodeError as problem:
        raise AreasError(f"{path}:{problem.lineno}: this is not JSON: {problem.msg}") from problem
    except (UnicodeDecodeError, RecursionError) as problem:
        raise AreasError(f"{path}: this is not JSON: {problem}") from problem
    except OSError as problem:
        raise AreasError(f"{path}: cannot be read: {disk_problem(problem)}") from problem
    if not isinstance(values, dict):
        raise AreasError(f'{path}: must be an object with "areas" or "stimuli"')
    unknown = [name for name in values if name not in ("areas", "stimuli")]
    if unknown or not values:
        found = f"found {unknown[0]!r}" if unknown else "found nothing"
        raise AreasError(f'{path}: must have "areas" or "stimuli"; {found}')
    stimuli = values.get("stimuli", {})
    if not isinstance(stimuli, dict):
        raise AreasError(f"{path}: stimuli must be an object with the areas of each stimulus")
    return AreasFile(
        _areas(path, "", {"areas": values.get("areas", [])}),
        {name: _areas(path, f"stimuli[{name!r}].", of) for name, of in stimuli.items()},
        path,
    )


def _areas(path: Path, place: str, values: Any) -> tuple[AreaOfInterest, ...]:
    if not isinstance(values, dict):
        raise AreasError(f'{path}: {place.rstrip(".")} must be an object with "areas"')
    try:
        return converted(str(path), values, _Areas).areas
    except ProtocolError as problem:
        raise AreasError(str(problem).replace(f"{path}: ", f"{path}: {place}", 1)) from problem
