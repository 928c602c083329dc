"""Makes the JSON Schema of gaze.v1 from the types of its messages.

    python -m server.protocol.schema     writes server/gaze.v1.schema.json; a test compares the file with the types

The schema's root is any message that the server sends; `#/$defs/ClientMessage` is any message that it accepts. Readers
should ignore types, states and members that they do not know. The schema refuses them, so that tests find mistakes.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from server.protocol.gaze import VALID_STATUSES
from server.protocol.replies import SERVER_MESSAGES
from server.protocol.requests import BODIES
from server.protocol.subscriber_view import ALWAYS
from server.protocol.types import Answer, FollowedAnswer, Request

FILE = Path(__file__).resolve().parent.parent / "gaze.v1.schema.json"
MAX_LINE_CHARS = 110
_REFERENCE = "#/$defs/{name}"


def schema() -> dict[str, Any]:
    messages, definitions = msgspec.json.schema_components([*SERVER_MESSAGES, *BODIES], ref_template=_REFERENCE)
    server, client = messages[: len(SERVER_MESSAGES)], messages[len(SERVER_MESSAGES) :]
    for message in (*SERVER_MESSAGES, *BODIES):  # members that are added to those of the type
        properties = definitions[message.__name__]["properties"]
        if issubclass(message, Request | Answer):
            properties["request_id"] = {"type": ["string", "integer"]}
        if issubclass(message, FollowedAnswer):
            properties["session"] = {"type": "string", "pattern": "^s_[0-9a-f]+$"}
    definitions["Subscribe"]["properties"]["topics"]["default"].sort()  # sets have no order
    definitions["DriftUndo"]["required"] = ["type", "undo"]
    # A subscriber may have chosen its fields, so only some are always there.
    definitions["Gaze"] |= {"required": sorted(ALWAYS), **_point_follows_status()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:sightline:gaze.v1",
        "title": "gaze.v1: every message that a Sightline server sends",
        "description": "PROTOCOL.md explains them. ClientMessage in $defs is any message that the server takes.",
        "$ref": "#/$defs/ServerMessage",
        "$defs": {"ServerMessage": {"anyOf": server}, "ClientMessage": {"anyOf": client}, **definitions},
    }


def _point_follows_status() -> dict[str, Any]:
    """The rule over several members: a point and its figures are present if and only if the status is valid."""
    valid = sorted(VALID_STATUSES)
    number, null = {"type": "number"}, {"type": "null"}
    places = ("x", "y", "x_px", "y_px")
    return {
        "if": {"properties": {"valid": {"const": True}}},
        "then": {
            "properties": {
                "status": {"enum": valid},
                **dict.fromkeys(places, number),
                "raw": {"$ref": "#/$defs/Position"},
            }
        },
        "else": {
            "properties": {
                "status": {"not": {"enum": valid}},
                **dict.fromkeys((*places, "raw", "fixation"), null),
                "on_screen": False,
                "error_px": False,
                "confidence": {"const": 0},
            }
        },
    }


@cache
def schema_text() -> str:
    return _laid_out(schema()) + "\n"


def _laid_out(value: Any, indent: str = "") -> str:
    """JSON with short values in one line, so that people can read it and compare versions."""
    flat = json.dumps(value)
    if len(indent) + len(flat) <= MAX_LINE_CHARS or not isinstance(value, dict | list):
        return flat
    inner = indent + "  "
    if isinstance(value, dict):
        rows = [f"{inner}{json.dumps(key)}: {_laid_out(member, inner)}" for key, member in value.items()]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    return "[\n" + ",\n".join(inner + _laid_out(item, inner) for item in value) + f"\n{indent}]"


if __name__ == "__main__":
    FILE.write_text(schema_text(), encoding="utf-8")
