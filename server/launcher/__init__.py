"""The installed package `sightline_gaze` and its command `sightline`.

The server, the calibration and the models import each other by plain names (`server`, `models`, `calibration`). Those
names are too common for a shared site-packages folder. So their folders are inside this package, in `app/`, and `main`
puts `app/` first on the path of its own process. Ours and another program's module named `models` do not collide.
`sightline_gaze.client` needs no `app/`: it imports only `websockets` and its own modules.

pyproject.toml maps the folders to parts of the wheel.
"""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
APP = _HERE / "app" if (_HERE / "app").is_dir() else _HERE.parents[1]  # the checkout, when installed with pip -e


def main() -> int:
    """The command `sightline`. Returns its exit status."""
    sys.path.insert(0, str(APP))
    from server.cli import main as run

    return run(prog="sightline")
