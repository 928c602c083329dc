"""What people install: the package `sightline_gaze` and its command `sightline`.

The server, the calibration and the models import each other by plain names (`server`, `models`, `calibration`). Those
names are too common for a shared site-packages folder. So their folders lie inside this package, in `app/`, and `main`
puts `app/` first on the path of its own process. Another program's module named `models` neither hides ours nor is
hidden by it. `sightline_gaze.client` needs none of that: it imports `websockets` and itself.

pyproject.toml says which folder becomes which part of the wheel.
"""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
APP = _HERE / "app" if (_HERE / "app").is_dir() else _HERE.parents[1]  # the checkout, where it is installed with -e


def main() -> int:
    """The command `sightline`. Returns its exit status."""
    sys.path.insert(0, str(APP))
    from server.cli import main as run

    return run(prog="sightline")
