"""`sightline analyse`: what it writes, and what it refuses."""

from __future__ import annotations

import csv
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from server import cli
from server.recordings.pictures import keep_picture
from server.report.png import png_of
from server.report.svg import document, element, image, text
from tests.support.hand_made import Known, accuracy_line, stimulus_line, write_recording

KNOWN: list[Known] = [(200.0, 500.0, 0.2, 0.5), (700.0, 1000.0, 0.8, 0.5), (1400.0, 1900.0, 0.2, 0.5)]
LEFT = {"name": "left", "shape": "rectangle", "points": [[0.0, 0.0], [0.4, 1.0]]}
TRICKY = 'a<b> & "c"/../d'
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"/>'


def recording(folder: Path, person: str = "Ada") -> Path:
    lines = (stimulus_line("start", "cat", 0.0), stimulus_line("start", TRICKY, 1200.0), accuracy_line(20.0))
    write_recording(folder, KNOWN, *lines, person=person)
    keep_picture(folder, "cat", SVG, "image/svg+xml")
    return folder


def analyse(*arguments: object) -> int:
    return cli.main(["analyse", *map(str, arguments)])


def areas_file(home: Path, content: Any) -> Path:
    path = home / "areas.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_a_report_has_figures_tables_and_needs_no_other_file(tmp_path: Path) -> None:
    people = [recording(tmp_path / "a", "Ada"), recording(tmp_path / "b", "Ben <script>")]
    areas = areas_file(tmp_path, {"stimuli": {"cat": {"areas": [LEFT]}}})
    assert analyse(*people, "--areas", areas, "--out", tmp_path / "out") == 0
    text = (tmp_path / "out/report.html").read_text(encoding="utf-8")
    assert "<script" not in text
    addresses = Addresses(text)
    assert addresses.found
    inside = ("#", "data:image/svg+xml;base64,", "data:application/json;base64,")
    assert all(address.startswith(inside) for address in addresses.found)
    assert json.loads((tmp_path / "out/areas.json").read_text()) == {"areas": [], "stimuli": {"cat": {"areas": [LEFT]}}}
    figures = sorted(path.name for path in (tmp_path / "out/figures").glob("*.svg"))
    kinds = ("area-bars", "areas", "focus-map", "gaze-plot", "heat-map", "scan-path")
    assert figures == [
        *(f"a-b-c-d-{kind}.svg" for kind in kinds if not kind.startswith("area")),
        *(f"cat-{kind}.svg" for kind in kinds),
    ]
    for figure in (tmp_path / "out/figures").glob("*.svg"):
        words = " ".join(ET.fromstring(figure.read_text(encoding="utf-8")).itertext())
        assert "2 people; shown for" in words
        assert "accuracy 20 px" in words
        drawn = cv2.imread(str(figure.with_suffix(".png")))
        assert drawn.shape[1] >= 1000, figure.name
    with (tmp_path / "out/metrics.csv").open(newline="") as rows:
        ada = next(row for row in csv.DictReader(rows) if row["recording"] == "a" and row["stimulus"] == "cat")
    assert (ada["area"], ada["fixation_count"], ada["time_to_first_fixation_ms"]) == ("left", "1", "200.0")
    with (tmp_path / "out/quality.csv").open(newline="") as rows:
        assert [row["accuracy_px"] for row in csv.DictReader(rows)] == ["20.0", "20.0"]


class Addresses(HTMLParser):
    """All that the document refers to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("src", "href")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"areas":\n[}', "areas.json:2: this is not JSON"),
        ([], "must be an object"),
        ({}, 'must have "areas" or "stimuli"'),
        ({"aeras": []}, "found 'aeras'"),
        ({"areas": [LEFT, LEFT]}, "areas.json: areas[1].name: 'left' is the name of two areas"),
        ({"stimuli": []}, "stimuli must be an object"),
        ({"stimuli": {"cat": []}}, "stimuli['cat'] must be an object"),
        ({"stimuli": {"cat": {"areas": [LEFT | {"shape": "star"}]}}}, "stimuli['cat'].areas[0].shape must be one of"),
        ({"areas": [LEFT | {"span_ms": [9, 5]}]}, "areas.json: areas[0]: span_ms of 'left' must begin before it ends"),
        (
            {"stimuli": {"cat": {"areas": [LEFT | {"span_ms": [1500, None]}]}}},
            "'left' counts from 1500 ms after the onset, but 'cat' was shown for 1200 ms at most",
        ),
        ({"stimuli": {"cta": {"areas": [LEFT]}}}, "no recording shows 'cta'; they show cat"),
    ],
)
def test_a_wrong_file_of_areas_is_refused_with_the_place(
    tmp_path: Path, content: Any, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    areas = areas_file(tmp_path, content)
    assert analyse(recording(tmp_path / "a"), "--areas", areas, "--out", tmp_path / "out") == 1
    assert says in capsys.readouterr().err


def test_what_can_be_analysed_is_written_beside_the_problems(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = (recording(tmp_path / "a"), tmp_path / "nothing", "--stimulus", "cat", "--stimulus", "dog")
    assert analyse(*arguments, "--out", tmp_path / "out") == 1
    error = capsys.readouterr().err
    assert "nothing: there is no such recording" in error
    assert "there is no stimulus 'dog'" in error
    assert (tmp_path / "out/figures/cat-heat-map.svg").is_file()


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [("--span", "5-1", "FROM-TO in ms"), ("--span", "all", "FROM-TO in ms"), ("--radius", "7", "0.002 to 0.5")],
)
def test_a_wrong_option_is_refused(
    tmp_path: Path, option: str, value: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        analyse(tmp_path, option, value, "--out", tmp_path / "out")
    assert says in capsys.readouterr().err


def test_a_recording_without_stimuli_is_analysed_on_the_whole_screen(tmp_path: Path) -> None:
    folder = write_recording(tmp_path / "a", KNOWN)
    areas = areas_file(tmp_path, {"areas": [LEFT]})
    assert analyse(folder, "--areas", areas, "--span", "0-600", "--out", tmp_path / "out") == 0
    with (tmp_path / "out/fixations.csv").open(newline="") as rows:
        assert [(row["area"], row["duration_ms"]) for row in csv.DictReader(rows)] == [("left", "300.0")]
    text = (tmp_path / "out/figures/whole-screen-scan-path.svg").read_text()
    assert "0 s to 600 ms from the onset" in text


def test_two_recordings_of_one_name_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [write_recording(tmp_path / where / "r", KNOWN) for where in ("a", "b")]
    assert analyse(*paths, "--out", tmp_path / "out") == 1
    assert "two recordings are named r" in capsys.readouterr().err


def test_a_png_shows_pictures_shapes_and_letters() -> None:
    red = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1" fill="#f00"/></svg>'
    drawn = [
        image(red, "image/svg+xml", 0.0, 0.0, 40.0, 40.0),
        element("circle", cx=80.0, cy=20.0, r=10.0, fill="#0000ff"),
        text("W", 120.0, 30.0, font_size=30),
    ]
    found = cv2.imdecode(np.frombuffer(png_of(document(160.0, 40.0, drawn, "a")), np.uint8), cv2.IMREAD_COLOR)
    assert found.shape == (80, 320, 3)
    assert [found[40, x].tolist() for x in (40, 160, 220)] == [[0, 0, 255], [255, 0, 0], [255, 255, 255]]
    assert found[:, 240:].min() < 50, "letters are drawn with the font that comes with it"


def test_a_picture_that_cannot_be_read_leaves_the_rest_of_a_png() -> None:
    drawn = image(b"\x89PNG\r\n\x1a\n" + b"0" * 20, "image/png", 0.0, 0.0, 10.0, 10.0)
    assert png_of(document(20.0, 20.0, [drawn], "a")).startswith(b"\x89PNG")


def test_export_writes_the_same_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = [str(recording(tmp_path / "a")), str(recording(tmp_path / "b", "Ben")), str(tmp_path / "nothing")]
    areas = str(areas_file(tmp_path, {"stimuli": {"cat": {"areas": [LEFT]}}}))
    assert analyse(*people, "--areas", areas, "--out", tmp_path / "out") == 1
    capsys.readouterr()
    export = ["export", *people, "--format", "report", "--areas", areas, "--out", str(tmp_path / "exported")]
    assert cli.main(export) == 1
    said = capsys.readouterr()
    assert said.out == f"{tmp_path / 'exported/Report.html'}\n"
    assert "nothing: there is no such recording" in said.err
    without_time = [
        re.sub(r"on \d{4}-\d\d-\d\d \d\d:\d\d UTC", "", path.read_text(encoding="utf-8"))
        for path in (tmp_path / "out/report.html", tmp_path / "exported/Report.html")
    ]
    assert without_time[0] == without_time[1]
    areas_file(tmp_path, "{")
    assert cli.main(export) == 1
    assert "this is not JSON" in capsys.readouterr().err


def test_a_report_of_nothing_is_not_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["export", str(tmp_path / "no"), "--format", "report", "--out", str(tmp_path / "out")]) == 1
    assert "there is no such recording" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
