"""Where labels stand in figures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from server.analysis.analysis import Subject, analyse
from server.analysis.request import request_from
from server.analysis.timeline import timeline
from server.recordings.opened import open_recording
from server.report.figures import area_map
from server.report.sheet import frame_of
from tests.support.hand_made import accuracy_line, write_recording


def test_the_words_of_an_area_in_a_corner_are_inside_the_stimulus(tmp_path: Path) -> None:
    def area(name: str, x: float, y: float) -> dict[str, Any]:
        corners = [[x, y], [x + 0.02, y + 0.02]]
        return {"name": name, "shape": "rectangle", "points": corners, "span_ms": [0, 900]}

    line = timeline(open_recording(write_recording(tmp_path / "r", [(0.0, 900.0, 0.5, 0.5)], accuracy_line(20.0))))
    corners = [area("upper left", 0.0, 0.0), area("lower right", 0.98, 0.98)]
    found = analyse([Subject(line)], request_from({"areas": corners}))
    frame = frame_of(found)
    labels = re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*text-anchor="middle"[^>]*>([^<]+)', area_map(found, None))
    assert [words for _, _, words in labels] == [
        *("upper…", "0 % looked", "dwell 0 s", "0 s to 900 ms"),
        *("lower…", "0 % looked", "dwell 0 s", "0 s to 900 ms"),
    ]
    for x, y, words in labels:
        half = 8.0 * len(words) / 2.0
        assert frame.x <= float(x) - half
        assert float(x) + half <= frame.x + frame.width
        assert frame.y + 14.0 <= float(y) <= frame.y + frame.height
