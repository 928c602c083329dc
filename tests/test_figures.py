"""Figures stand in one document; the READMEs quote them."""

from __future__ import annotations

import re

import pytest

from tests.support.paths import ROOT

CALIBRATION = (ROOT / "calibration" / "README.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
RESULTS = (ROOT / "calibration" / "bench" / "RESULTS.md").read_text(encoding="utf-8")
SPEED = (ROOT / "server" / "bench" / "README.md").read_text(encoding="utf-8")


def measured(section: str, calibrator: str) -> tuple[float, float]:
    """Of centre and in degrees, the median error in the table whose heading has `section`."""
    (heading,) = (line for line in RESULTS.splitlines() if line.startswith("### ") and section in line)
    table = RESULTS[RESULTS.index(f"{heading}\n") :].split("\n### ")[0]
    (row,) = (line for line in table.splitlines() if line.startswith(f"| {calibrator} |"))
    _, _, of_centre, degrees, *_ = row.split("|")
    return float(of_centre.split()[0]), float(degrees)


@pytest.mark.parametrize(
    ("row", "section", "calibrator"),
    [
        ("| always the screen's centre | natural | - |", "(natural13), all targets, 12 people", "centre"),
        ("| network, affine fit | natural | 13 |", "(natural13), all targets, 12 people", "affine"),
        ("| **Sightline** | natural | 9 |", "(natural13), 9 targets, 12 people", "**mixture**"),
        ("| **Sightline** | natural | 13 |", "(natural13), all targets, 12 people", "**mixture**"),
        ("| **Sightline** | moved by 4 to 6 cm after the calibration | 13 |", "(moved13), all targets", "**mixture**"),
    ],
)
def test_the_readme_quotes_the_accuracy_of_the_results(row: str, section: str, calibrator: str) -> None:
    _, degrees = measured(section, calibrator)
    assert f"{row} {degrees:.1f}° |" in README


@pytest.mark.parametrize(
    ("head", "targets", "section"),
    [
        ("natural", 5, "(natural13), 5 targets"),
        ("natural", 9, "(natural13), 9 targets"),
        ("natural", 13, "(natural13), all targets"),
        ("moved 4 to 6 cm and turned 6 to 8° after the calibration", 13, "(moved13), all targets"),
        ("natural", 25, "(natural25), all targets"),
    ],
)
def test_the_calibrations_readme_quotes_the_results(head: str, targets: int, section: str) -> None:
    (row,) = (line for line in CALIBRATION.splitlines() if line.startswith(f"| {head} | {targets} |"))
    quoted = [float(cell.strip(" °")) for cell in row.split("|")[4:-1]]
    of_centre, degrees = measured(section, "**mixture**")
    assert quoted[0] == pytest.approx(degrees, abs=0.0501)  # both are rounded
    others = [measured(section, name)[0] for name in ("ridge_iris", "raw_ridge")]
    assert quoted[1:] == pytest.approx([of_centre, *others], abs=0.0051)


@pytest.mark.parametrize(
    ("sentence", "printed"),
    [
        (
            r"\(52 people.*? ([\d.]+) to ([\d.]+) % of the frames .*? ([\d.]+) to ([\d.]+) times the announced one",
            r"All 52 people with a natural head together .*? have ([\d.]+) to ([\d.]+) and ([\d.]+) to ([\d.]+) %",
        ),
        (
            r"twice the noise, ([\d.]+) to ([\d.]+) %, and ([\d.]+) to ([\d.]+) times",
            r"with twice the noise ([\d.]+) to ([\d.]+) and ([\d.]+) to ([\d.]+) %",
        ),
        (
            r"\(18 people\).*? ([\d.]+) to ([\d.]+) times the announced one.*? ([\d.]+) to ([\d.]+) % of the frames",
            r"All 18 people after a movement have ([\d.]+) to ([\d.]+) and ([\d.]+) to ([\d.]+) %",
        ),
    ],
)
def test_the_calibrations_readme_quotes_the_announced_errors_of_the_results(sentence: str, printed: str) -> None:
    quoted, measured = re.search(sentence, " ".join(CALIBRATION.split())), re.search(printed, " ".join(RESULTS.split()))
    assert quoted is not None
    assert measured is not None
    assert set(quoted.groups()) == set(measured.groups())


@pytest.mark.parametrize(
    "sentence",
    [
        r"(\d+) to (\d+) % less error.*?, (\d+) to (\d+) % after a movement",
        r"The moving (?:dot|target) gives (\d+) to (\d+) %",
    ],
)
def test_the_calibrations_readme_quotes_the_sentences_of_the_results(sentence: str) -> None:
    quoted, printed = (re.search(sentence, " ".join(text.split())) for text in (CALIBRATION, RESULTS))
    assert quoted is not None
    assert printed is not None
    assert quoted.groups() == printed.groups()


def test_the_readme_quotes_the_speed_of_the_servers_benchmark() -> None:
    quoted = re.search(r"(\d+) cameras at (\d+) frames/s, (\d+) ms from frame to gaze", README)
    assert quoted is not None
    cameras, rate, latency_ms = quoted.groups()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in SPEED.splitlines() if line.startswith("| ")]
    head = next(row for row in rows if "gaze/s each" in row and "p50" in row)
    row = next(row for row in rows if row[:2] == ["region, 640x480", cameras])
    assert float(row[head.index("gaze/s each")]) >= 0.98 * float(rate)
    assert row[head.index("p50")] == latency_ms
