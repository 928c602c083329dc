from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest

from server.bench.compare import Turn, parse_checkout, row
from server.bench.rounds import APP, Checkout


def test_a_checkout_is_a_folder_with_a_server_and_may_have_a_python_of_its_own(tmp_path: Path) -> None:
    assert parse_checkout(str(APP)) == Checkout(APP, sys.executable)
    assert parse_checkout(f"{APP}=/opt/bin/python") == Checkout(APP, "/opt/bin/python")
    with pytest.raises(argparse.ArgumentTypeError, match="is no checkout"):
        parse_checkout(str(tmp_path))


def test_a_row_shows_each_turn() -> None:
    turns = [Turn(10.04, 0.3, 30.0, (8.0, 9.0, 11.0), 280.0), Turn(12.0, 0.36, 29.9, (7.0, 8.0, 30.0), 281.0)]
    cells = [cell.strip() for cell in row("before", "whole, 640x480", 1, turns).strip("|").split("|")]
    assert cells[:3] == ["before", "whole, 640x480", "1"]
    assert cells[3:] == ["10.0, 12.0", "30, 36 %", "30.0, 29.9", "9, 8", "11, 30", "280, 281"]
