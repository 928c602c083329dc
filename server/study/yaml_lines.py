"""YAML as plain values, with the line of each value. Pure.

Only what a study needs is understood: mappings with texts as keys, lists, texts, numbers, true and false. `yes`, `no`,
`on` and `off` are texts, as in YAML 1.2. A key that is given twice, and anchors, are errors, because PyYAML would use
the last value, and copy what an anchor names.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

Path = tuple[str | int, ...]
_SCALARS = yaml.constructor.SafeConstructor()


class YamlProblem(ValueError):  # noqa: N818
    """line: counted from 1."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


@dataclass(frozen=True, slots=True)
class Lined:
    """lines: by path; the line of a member is that of its name."""

    value: Any
    lines: Mapping[Path, int]

    def line_of(self, path: Path) -> int:
        """That of the nearest value around it, if it does not exist."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def parse(text: str) -> Lined:
    """Raises YamlProblem."""
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise YamlProblem(event.start_mark.line + 1, "anchors (&) and aliases (*) are not understood")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        raise YamlProblem(mark.line + 1 if mark else 1, f"this is not YAML: {problem.problem}") from problem
    except yaml.YAMLError as problem:
        raise YamlProblem(1, "this is not YAML: it has characters that no text has") from problem
    except RecursionError:
        raise YamlProblem(1, "it is nested too deeply") from None
    lines: dict[Path, int] = {}
    return Lined(None if root is None else _value(root, (), lines), lines)


def _value(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, number), lines) for number, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return _scalar(node)
    members: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise YamlProblem(line, "a name must be a text")
        name = key.value
        if name in members:
            raise YamlProblem(line, f"{name} is given twice")
        lines[path + (name,)] = line
        members[name] = _value(value, (*path, name), lines)
    return members


def _scalar(node: yaml.Node) -> Any:
    text: str = node.value
    match node.tag.rpartition(":")[2]:
        case "null":
            return None
        case "bool" if text.lower() in ("true", "false"):
            return text.lower() == "true"
        case "int":
            return _SCALARS.construct_yaml_int(node)
        case "float":
            number = _SCALARS.construct_yaml_float(node)
            if not math.isfinite(number):
                raise YamlProblem(node.start_mark.line + 1, f"{text} is not a number here")
            return number
    return text
