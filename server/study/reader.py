"""Reads study.yaml. Each error names the file and the line. Pure, except for the files that it looks for."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import msgspec

from calibration.profiles.disk import disk_problem
from server.errors import ServerError
from server.protocol.parsing import explained
from server.study import yaml_lines
from server.study.definition import PICTURES, VIDEOS, Question, Stimulus, Study
from server.study.yaml_lines import Lined, YamlProblem

STUDY_FILE = "study.yaml"
MAX_BYTES = 256 * 1024
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]*)`")


class StudyError(ServerError):
    """A study can't be used. The text begins with the file and the line."""


@dataclass(frozen=True, slots=True)
class OpenedStudy:
    """files: the paths of the stimuli with files, by the stimulus' number."""

    study: Study
    files: dict[int, Path]


def read_study(folder: Path) -> OpenedStudy:
    """Reads a folder with study.yaml, or the file itself. Raises StudyError."""
    path = folder if folder.suffix in (".yaml", ".yml") else folder / STUDY_FILE
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except FileNotFoundError:
        what = f"the folder has no file {STUDY_FILE}" if path.parent.is_dir() else "there is no such folder"
        raise StudyError(f"{what}; web/study/example has one to begin with") from None
    except UnicodeDecodeError:
        raise StudyError(f"{path.name}: the text is not UTF-8; save it as UTF-8") from None
    except OSError as problem:
        raise StudyError(f"{path.name}: cannot be read: {disk_problem(problem)}") from problem
    if len(data) > MAX_BYTES:
        raise StudyError(f"{path.name}: it may have {MAX_BYTES} bytes, this one has {len(data)}")
    try:
        lined = yaml_lines.parse(text)
        study = _typed(lined)
        files = _files(path.parent, study, lined)
    except YamlProblem as problem:
        raise StudyError(f"{path.name}:{problem.line}: {problem}") from problem
    return OpenedStudy(study, files)


def _typed(lined: Lined) -> Study:
    """Raises YamlProblem."""
    if not isinstance(lined.value, dict):
        raise YamlProblem(1, "a study has members such as name, title and stimuli")
    values = {name: value for name, value in lined.value.items() if value is not None}
    try:
        return msgspec.convert(values, Study)
    except msgspec.ValidationError as problem:
        unknown = _UNKNOWN.search(str(problem))
        path, text = explained(values, Study, problem)
        if unknown is not None:
            path = (*path, unknown["name"])
            text = _not_known(path)
        raise YamlProblem(lined.line_of(path), text) from problem


def _not_known(path: yaml_lines.Path) -> str:
    name = str(path[-1])
    kind = Question if "question" in path[:-1] or "questions" in path[:-1] else Stimulus if len(path) > 1 else Study
    known = [field.encode_name for field in msgspec.structs.fields(kind)]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    return f"a {kind.__name__.lower()} has no member {name}; {hint}"


def _files(folder: Path, study: Study, lined: Lined) -> dict[int, Path]:
    """The files of the stimuli. Raises YamlProblem for a missing file, and for two stimuli of one name."""
    root = (folder / study.files).resolve()
    if not root.is_dir():
        raise YamlProblem(lined.line_of(("files",)), f"there is no folder {study.files}")
    found: dict[int, Path] = {}
    names: dict[str, int] = {}
    for number, stimulus in enumerate(study.stimuli):
        place = ("stimuli", number)
        name = study.name_of(number)
        if name in names:
            line = lined.line_of(("stimuli", names[name]))
            raise YamlProblem(
                lined.line_of((*place, "name")), f"two stimuli have the name {name!r}: this one and that in line {line}"
            )
        names[name] = number
        if stimulus.is_file:
            found[number] = _file(root, study.files, stimulus, lined.line_of((*place, stimulus.kind)))
    return found


def _file(root: Path, folder: str, stimulus: Stimulus, line: int) -> Path:
    name, kind = stimulus.content, stimulus.kind
    suffixes = PICTURES if kind == "picture" else VIDEOS
    if PurePosixPath(name).suffix.lower() not in suffixes:
        raise YamlProblem(line, f"{kind} {name!r} must end with one of {', '.join(sorted(suffixes))}")
    try:
        path = (root / name).resolve()
        inside, exists = path.is_relative_to(root), path.is_file()
    except (OSError, ValueError):
        inside, exists = True, False
    if not inside:
        raise YamlProblem(line, f"{kind} {name!r} is outside of the study's folder; `files` can name another folder")
    if not exists:
        near = difflib.get_close_matches(name, [file.name for file in root.iterdir()], n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        where = "the study's folder" if folder == "." else folder
        raise YamlProblem(line, f"there is no {kind} {name!r} in {where}{hint}")
    return path
