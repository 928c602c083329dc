"""The examples of PROTOCOL.md."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from server.protocol.replies import SERVER_MESSAGES
from server.protocol.types import Answer, FollowedAnswer, ServerMessage
from tests.support.paths import ROOT

TEXT = (ROOT / "PROTOCOL.md").read_text(encoding="utf-8")


def examples(kind: str) -> list[dict[str, Any]]:
    return [json.loads(block) for block in re.findall(rf"```json {kind}\n(.*?)```", TEXT, flags=re.DOTALL)]


def typed(message: dict[str, Any]) -> tuple[ServerMessage, dict[str, Any]]:
    """The message as its type, and the fields that are sent beside its members."""
    for kind in SERVER_MESSAGES:
        beside = ("request_id",) * issubclass(kind, Answer) + ("session",) * issubclass(kind, FollowedAnswer)
        members = {key: value for key, value in message.items() if key not in beside}
        try:
            found = msgspec.convert(members, kind)
        except msgspec.ValidationError:
            continue
        return found, {key: value for key, value in message.items() if key in beside}
    raise AssertionError(f"no type takes {message}")
