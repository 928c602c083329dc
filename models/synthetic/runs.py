"""The settings of a folder of renders. A stopped run continues only with the same settings.

OUT/.run.json is written first. An older folder of samples is recognised by its labels.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = ".run.json"  # hidden, so that `server evaluate sessions/*` finds session folders only

_EARLIER = {"glasses": "simple", "looks": "usual"}  # settings that older runs did not write down


class RunError(Exception):
    """The folder holds another run. The text names the settings that differ."""


def claim(out: Path, settings: Mapping[str, Any]) -> None:
    """Assign the folder to this run, or check that it belongs to this run. Raises RunError."""
    path = out / FILE
    there = json.loads(path.read_text(encoding="utf-8")) if path.exists() else _by_labels(out)
    if there:
        there = _EARLIER | there
    differ = [
        f"{name} is {there[name]!r} there, {value!r} here"
        for name, value in settings.items()
        if name in there and there[name] != value
    ]
    if differ:
        raise RunError(f"{out} holds another run: {'; '.join(differ)}. Choose another folder with --out")
    if not path.exists():
        out.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(FILE + ".partial")
        partial.write_text(json.dumps(dict(settings), indent=1) + "\n", encoding="utf-8")
        partial.rename(path)


def _by_labels(out: Path) -> dict[str, Any]:
    first = min(out.glob("labels_*.json"), default=None)
    if first is None:
        return {}
    labels = json.loads(first.read_text(encoding="utf-8"))
    return {"command": "samples", "seed": labels[0]["seed"][0]} if labels else {}
