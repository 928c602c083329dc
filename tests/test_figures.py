"""Figures stand in one document; README.md quotes them."""

from __future__ import annotations

import re

import pytest

from tests.support.paths import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
RESULTS = (ROOT / "calibration" / "bench" / "RESULTS.md").read_text(encoding="utf-8")
SPEED = (ROOT / "server" / "bench" / "README.md").read_text(encoding="utf-8")


def degrees(section: str, calibrator: str) -> float:
    """The median error in the table below this heading of RESULTS.md."""
    table = RESULTS[RESULTS.index(f"### {section}\n") :].split("\n### ")[0]
    (row,) = (line for line in table.splitlines() if line.startswith(f"| {calibrator} |"))
    return float(row.split("|")[3])


@pytest.mark.parametrize(
    ("row", "section", "calibrator"),
    [
        ("| always the screen's centre | natural | - |", "(natural13), all targets, 24 people", "centre"),
        ("| network, affine fit | natural | 13 |", "(natural13), all targets, 24 people", "affine"),
        ("| **Sightline** | natural | 9 |", "(natural13), 9 targets, 24 people", "**ridge**"),
        ("| **Sightline** | natural | 13 |", "(natural13), all targets, 24 people", "**ridge**"),
        ("| **Sightline** | moved by 4 to 6 cm after the calibration | 13 |", "(moved13), all targets", "**ridge**"),
    ],
)
def test_the_readme_quotes_the_accuracy_of_the_results(row: str, section: str, calibrator: str) -> None:
    (heading,) = (line[4:] for line in RESULTS.splitlines() if line.startswith("### ") and section in line)
    assert f"{row} {degrees(heading, calibrator):.1f}° |" in README


def test_the_readme_quotes_the_speed_of_the_servers_benchmark() -> None:
    quoted = re.search(r"(\d+) frames/s, (\d+) ms from frame to gaze", README)
    assert quoted is not None
    assert f"| `python -m server.bench` | 29.7 of {quoted[1]} | {quoted[2]} ms |" in SPEED
