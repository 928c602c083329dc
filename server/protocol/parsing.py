"""A client's text to a request, or a refusal in plain English that names the member and says what is wanted. Pure.

1. JSON becomes plain values; null is the same as left out.
2. `type` chooses the request's type, and msgspec checks the values against it.
3. What msgspec refuses, it names by a path ("$.areas[3].x_px"). Along that path the type says what is wanted and the
   message says what came.
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

_TYPES: dict[str, type[Body]] = {str(body.__struct_config__.tag): body for body in reversed(BODIES)}
_PATH = re.compile(r"^(?P<said>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_MISSING = object()
T = TypeVar("T")


def client_message_types() -> frozenset[str]:
    return frozenset(_TYPES)


def parse_text(text: str) -> ClientRequest:
    """One JSON message of a client. Raises ProtocolError."""
    # Characters bound bytes from below; an exact count of a long text would cost what the limit is there to save.
    if len(text) > MAX_TEXT_BYTES or len(text.encode(errors="replace")) > MAX_TEXT_BYTES:
        raise ProtocolError("text_too_big", f"a text message may have {MAX_TEXT_BYTES} bytes", CloseCode.TOO_BIG)
    try:
        message = json.loads(text, parse_float=_number)
    except (ValueError, RecursionError):
        raise ProtocolError("bad_json", "a text message must be a JSON object; frames go as binary") from None
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
    return _converted("subscribe", values, Subscribe)


def _body(message: dict[str, Any]) -> Body:
    kind = message.get("type")
    wanted = _TYPES.get(kind) if isinstance(kind, str) else None
    if wanted is None:
        known = ", ".join(sorted(_TYPES))
        raise ProtocolError("unknown_message", f"unknown message type {_shown(kind)}; known are: {known}")
    if kind == "drift" and message.get("undo") is True:
        wanted = DriftUndo
    return _converted(str(kind), {key: value for key, value in message.items() if value is not None}, wanted)


def _converted(kind: str, values: dict[str, Any], wanted: type[T]) -> T:
    try:
        return msgspec.convert(values, wanted)
    except msgspec.ValidationError as problem:
        raise ProtocolError("bad_message", _refusal(kind, values, wanted, problem)) from None
    except UnicodeEncodeError:  # where a text is compared with those that are allowed
        raise ProtocolError("bad_message", f"{kind}: a text has half of a surrogate pair") from None


def _refusal(kind: str, values: Any, wanted: type[Any], problem: msgspec.ValidationError) -> str:
    match = _PATH.match(str(problem))
    assert match is not None
    said, path = match["said"], match["path"] or ""
    if isinstance(problem.__cause__, ValueError):  # a rule of ours, from __post_init__
        return f"{kind}: {f'{path[1:]}: ' if path else ''}{said}"
    missing = re.search(r"required field `(\w+)`", said)
    if missing:
        path += f".{missing[1]}"
    steps = [name or int(number) for name, number in _STEP.findall(path)]
    value: Any = values
    for step in steps:
        value = value.get(step, _MISSING) if isinstance(value, dict) else value[step]
    got = "but is missing" if value is _MISSING else f"got {_shown(value)}"
    return f"{kind}: {path.lstrip('.')} must be {_wanted(_type_at(wanted, steps))}, {got}"


def _type_at(wanted: type[Any], steps: list[str | int]) -> inspect.Type:
    found: inspect.Type = inspect.type_info(wanted)
    for step in steps:
        found = _without_none(found)
        if isinstance(found, inspect.StructType):
            found = next(member.type for member in found.fields if member.encode_name == step)
        elif isinstance(found, inspect.TupleType):
            found = found.item_types[int(step)]
        elif isinstance(found, inspect.CollectionType):
            found = found.item_type
    return _without_none(found)


def _without_none(found: inspect.Type) -> inspect.Type:
    if not isinstance(found, inspect.UnionType):
        return found
    return next(one for one in found.types if not isinstance(one, inspect.NoneType))


def _wanted(found: inspect.Type) -> str:
    match found:
        case inspect.FloatType(ge=low, le=high) | inspect.IntType(ge=low, le=high):
            kind = "a whole number" if isinstance(found, inspect.IntType) else "a number"
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
            return f"a list of {_count(found)}{_several(item)}"
        case inspect.NoneType():
            return "left out"
    return "an object"


def _count(found: inspect.CollectionType) -> str:
    if found.max_length is None:
        return ""
    return f"{found.min_length} to {found.max_length} " if found.min_length else f"at most {found.max_length} "


def _several(item: inspect.Type) -> str:
    match item:
        case inspect.TupleType(item_types=items):
            return f"lists of {len(items)} numbers"
        case inspect.LiteralType(values=values):
            return "some of " + ", ".join(sorted(str(value) for value in values))
    return "objects"


def _shown(value: Any) -> str:
    """For a refusal, cut short."""
    if isinstance(value, list | dict):  # it may be long, and nested deeper than Python can show
        return "a list" if isinstance(value, list) else "an object"
    text = json.dumps(value)
    return text if len(text) <= 40 else text[:40] + "..."


def _number(text: str) -> float | int:
    """JSON does not tell whole numbers from others: 4.0 is one."""
    value = float(text)
    return int(value) if value.is_integer() else value


def _number_or_text(text: str) -> float | str:
    """The number, or the text as it is, so that the refusal can show it."""
    try:
        return float(text)
    except ValueError:
        return text


def _is_text(value: str | int | None) -> bool:
    """JSON can escape half of a surrogate pair, which then fits into no answer."""
    return not isinstance(value, str) or not any("\ud800" <= character <= "\udfff" for character in value)
