"""Parses a client's text into a request, or refuses it with the name of the member and the expected value. Pure.

1. JSON becomes plain values. A null member counts as left out.
2. `type` selects the request's type, and msgspec checks the values against it.
3. msgspec reports a wrong value by its path ("$.areas[3].x_px"). The type at that path gives the expected value, and
   the message gives the value that was sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from server.errors import CloseCode, ProtocolError
from server.protocol.requests import BODIES, Body, ClientRequest, DriftUndo
from server.protocol.subscription import Subscribe
from server.settings import MAX_TEXT_BYTES

MAX_DEPTH = 32  # the deepest message has 3; unknown members may have more
_TYPES: dict[str, type[Body]] = {str(body.__struct_config__.tag): body for body in reversed(BODIES)}
_PATH = re.compile(r"^(?P<problem>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_MISSING = object()
T = TypeVar("T")


def client_message_types() -> frozenset[str]:
    return frozenset(_TYPES)


def parse_text(text: str) -> ClientRequest:
    """Parses one JSON message of a client. Raises ProtocolError."""
    # A text has at least as many bytes as characters, so a very long text is refused without encoding it.
    if len(text) > MAX_TEXT_BYTES or len(text.encode(errors="replace")) > MAX_TEXT_BYTES:
        raise ProtocolError("text_too_big", f"a text message may have {MAX_TEXT_BYTES} bytes", CloseCode.TOO_BIG)
    try:
        message = json.loads(text, parse_float=_number)
    except (ValueError, RecursionError):
        raise ProtocolError("bad_json", "a text message must be a JSON object; frames go as binary") from None
    if _is_deeper(message, MAX_DEPTH):
        raise ProtocolError("bad_json", f"a text message may be nested {MAX_DEPTH} deep")
    if not isinstance(message, dict):
        raise ProtocolError("bad_json", f"a text message must be a JSON object, got {_shown(message)}")
    request_id = message.get("request_id")
    if isinstance(request_id, bool) or not isinstance(request_id, str | int | None) or not _is_text(request_id):
        raise ProtocolError("bad_message", "request_id must be a string or a whole number")
    try:
        return ClientRequest(_body(message), request_id)
    except ProtocolError as problem:
        problem.request_id = request_id
        raise


def parse_query(query: Mapping[str, str]) -> Subscribe:
    """`?topics=gaze,fixation&fields=error_px&rate=10&space=viewport&viewport=0,85,1920,951`. Raises ProtocolError."""
    values: dict[str, Any] = {}
    for key in ("topics", "fields"):
        if key in query:
            values[key] = [item for item in query[key].split(",") if item]
    if "rate" in query:
        values["rate"] = _number_or_text(query["rate"])
    if "space" in query:
        values["space"] = query["space"]
    if "viewport" in query:
        numbers = [_number_or_text(text) for text in query["viewport"].split(",")]
        values["viewport"] = dict(zip(("x", "y", "width", "height"), numbers, strict=False))
    return converted("subscribe", values, Subscribe)


def _is_deeper(value: object, depth: int) -> bool:
    """Whether lists and objects are nested deeper. Without recursion, because the depth comes from outside."""
    level = [value]
    for _ in range(depth + 1):
        level = [
            member
            for outer in level
            if isinstance(outer, list | dict)
            for member in (outer if isinstance(outer, list) else outer.values())
        ]
        if not level:
            return False
    return True


def _body(message: dict[str, Any]) -> Body:
    kind = message.get("type")
    expected = _TYPES.get(kind) if isinstance(kind, str) else None
    if expected is None:
        known = ", ".join(sorted(_TYPES))
        raise ProtocolError("unknown_message", f"unknown message type {_shown(kind)}; known are: {known}")
    if kind == "drift" and message.get("undo") is True:
        expected = DriftUndo
    return converted(str(kind), {key: value for key, value in message.items() if value is not None}, expected)


def converted(kind: str, values: dict[str, Any], expected: type[T]) -> T:
    try:
        return msgspec.convert(values, expected)
    except msgspec.ValidationError as problem:
        raise ProtocolError("bad_message", _refusal(kind, values, expected, problem)) from None
    except UnicodeEncodeError:  # raised when msgspec compares a text with the allowed values
        raise ProtocolError("bad_message", f"{kind}: a text has half of a surrogate pair") from None


def _refusal(kind: str, values: Any, expected: type[Any], problem: msgspec.ValidationError) -> str:
    return f"{kind}: {explained(values, expected, problem)[1]}"


def explained(values: Any, expected: type[Any], problem: msgspec.ValidationError) -> tuple[tuple[str | int, ...], str]:
    """The path of the wrong value, and what it must be. values: what was converted to `expected`."""
    match = _PATH.match(str(problem))
    assert match is not None
    text, path = match["problem"], match["path"] or ""
    steps = [name or int(number) for name, number in _STEP.findall(path)]
    if isinstance(problem.__cause__, ValueError):  # a rule of ours, from __post_init__
        return tuple(steps), f"{f'{path[1:]}: ' if path else ''}{text}"
    if "unknown field" in text:
        return tuple(steps), text
    missing = re.search(r"required field `(\w+)`", text)
    if missing:
        path, steps = f"{path}.{missing[1]}", [*steps, missing[1]]
    value: Any = values
    for step in steps:
        value = value.get(step, _MISSING) if isinstance(value, dict) else value[step]
    got = "but is missing" if value is _MISSING else f"got {_shown(value)}"
    return tuple(steps), f"{path.lstrip('.')} must be {_expectation(_type_at(expected, steps))}, {got}"


def _type_at(expected: type[Any], steps: list[str | int]) -> inspect.Type:
    node: inspect.Type = inspect.type_info(expected)
    for step in steps:
        node = _without_none(node)
        if isinstance(node, inspect.StructType):
            node = next(field.type for field in node.fields if field.encode_name == step)
        elif isinstance(node, inspect.TupleType):
            node = node.item_types[int(step)]
        elif isinstance(node, inspect.CollectionType):
            node = node.item_type
    return _without_none(node)


def _without_none(node: inspect.Type) -> inspect.Type:
    if not isinstance(node, inspect.UnionType):
        return node
    return next(one for one in node.types if not isinstance(one, inspect.NoneType))


def _expectation(node: inspect.Type) -> str:
    match node:
        case inspect.FloatType(ge=low, le=high) | inspect.IntType(ge=low, le=high):
            kind = "a whole number" if isinstance(node, inspect.IntType) else "a number"
            limits = [f"from {low:g}" if low is not None else "", f"to {high:g}" if high is not None else ""]
            return " ".join([kind, *filter(None, limits)])
        case inspect.StrType(min_length=low, max_length=high):
            return f"a text of {low} to {high} printable characters"
        case inspect.LiteralType(values=values):
            return "one of " + ", ".join(sorted((str(value) for value in values), key=lambda v: (len(v), v)))
        case inspect.BoolType():
            return "true or false"
        case inspect.TupleType(item_types=items):
            return f"a list of {len(items)} numbers"
        case inspect.CollectionType(item_type=item):
            return f"a list of {_count(node)}{_several(item)}"
        case inspect.NoneType():
            return "left out"
    return "an object"


def _count(node: inspect.CollectionType) -> str:
    if node.max_length is None:
        return ""
    return f"{node.min_length} to {node.max_length} " if node.min_length else f"at most {node.max_length} "


def _several(item: inspect.Type) -> str:
    match item:
        case inspect.TupleType(item_types=items):
            return f"lists of {len(items)} numbers"
        case inspect.LiteralType(values=values):
            return "some of " + ", ".join(sorted(str(value) for value in values))
    return "objects"


def _shown(value: Any) -> str:
    """The value in a refusal, shortened."""
    if isinstance(value, list | dict):  # it may be long, or nested too deeply to convert
        return "a list" if isinstance(value, list) else "an object"
    text = json.dumps(value)
    return text if len(text) <= 40 else text[:40] + "..."


def _number(text: str) -> float | int:
    """A JSON number. Whole numbers become int, because JSON makes no difference between 4 and 4.0."""
    value = float(text)
    return int(value) if value.is_integer() else value


def _number_or_text(text: str) -> float | str:
    """The number, or else the unchanged text, so that the refusal can show it."""
    try:
        return float(text)
    except ValueError:
        return text


def _is_text(value: str | int | None) -> bool:
    """Whether it can be sent back. JSON can escape half of a surrogate pair, which UTF-8 can't encode."""
    return not isinstance(value, str) or not any("\ud800" <= character <= "\udfff" for character in value)
