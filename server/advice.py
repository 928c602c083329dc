"""Advice that fits how the server was started."""

from __future__ import annotations

import os


def with_option(option: str) -> str:
    """How to start the server with this option. `make serve` takes options in ARGS; make sets MAKELEVEL."""
    return f'make serve ARGS="{option}"' if "MAKELEVEL" in os.environ else option
