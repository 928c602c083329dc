"""Messages against gaze.v1.schema.json."""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft202012Validator

from tests.support.paths import ROOT

SCHEMA = json.loads((ROOT / "server" / "gaze.v1.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)
CLIENT_VALIDATOR = Draft202012Validator({**SCHEMA, "$ref": "#/$defs/ClientMessage"})


def check_message(message: dict[str, Any]) -> None:
    """Checks with the definition of its type and state first, because its error text is readable."""
    if not VALIDATOR.is_valid(message):
        for name, definition in SCHEMA["$defs"].items():
            if _is_of(message, definition.get("properties", {})):
                Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{name}"}).validate(message)
    VALIDATOR.validate(message)


def _is_of(message: dict[str, Any], properties: dict[str, Any]) -> bool:
    return all(message.get(key) in properties[key]["enum"] for key in ("type", "state") if key in properties) and (
        "type" in properties and ("state" in properties) == ("state" in message)
    )
