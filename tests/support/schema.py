"""Messages against gaze.v1.schema.json."""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft202012Validator

from tests.support.paths import ROOT

SCHEMA = json.loads((ROOT / "server" / "gaze.v1.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)
BY_TYPE = {
    definition["properties"]["type"].get("const"): Draft202012Validator({**definition, "$defs": SCHEMA["$defs"]})
    for definition in SCHEMA["$defs"].values()
    if "type" in definition["properties"]
}


def check_message(message: dict[str, Any]) -> None:
    """The definition of its type first: its complaint is readable, that of oneOf is not."""
    if message["type"] in BY_TYPE:
        BY_TYPE[message["type"]].validate(message)
    VALIDATOR.validate(message)
