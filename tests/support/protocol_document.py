"""The examples of PROTOCOL.md."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.support.paths import ROOT

TEXT = (ROOT / "PROTOCOL.md").read_text(encoding="utf-8")


def examples(kind: str) -> list[dict[str, Any]]:
    return [json.loads(block) for block in re.findall(rf"```json {kind}\n(.*?)```", TEXT, flags=re.DOTALL)]
