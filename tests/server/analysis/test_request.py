from __future__ import annotations

from typing import Any

import pytest

from server.analysis.request import request_from
from server.errors import ProtocolError


def area(name: str = "a", shape: str = "rectangle", points: Any = ((0.1, 0.1), (0.2, 0.2))) -> dict[str, Any]:
    return {"name": name, "shape": shape, "points": points}


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"areas": [area(), area()]}, r"areas\[1\].name: 'a' is the name of two areas"),
        ({"areas": [area("elsewhere")]}, "stands for no area"),
        ({"areas": [area(points=[[1.2, 0.1], [1.4, 0.2]])]}, r"areas\[0\].*'a' lies outside of the stimulus"),
        ({"areas": [area(points=[[0.1, 0.1], [0.1, 0.3]])]}, "the area is empty"),
        ({"areas": [area(points=[[0.1, 0.1]])]}, r"areas\[0\].points must be a list of 2 to 200"),
        ({"areas": [area(points=[[0.1, 0.1]] * 3)]}, "must be 2 opposite corners, got 3"),
        ({"areas": [area(shape="polygon")]}, "must be 3 or more corners, got 2"),
        ({"areas": [area(shape="star")]}, r"areas\[0\].shape must be one of ellipse, polygon, rectangle"),
        ({"areas": [area(points=[[0.1, "left"], [0.2, 0.2]])]}, r"areas\[0\].points\[0\]\[1\] must be a number"),
        ({"areas": [area(points=[[0.1, 99.0], [0.2, 0.2]])]}, "must be a number from -10 to 10, got 99"),
        ({"areas": [{"shape": "rectangle", "points": [[0, 0], [1, 1]]}]}, r"areas\[0\].name must be a text"),
        ({"areas": [area(name="")]}, r"areas\[0\].name must be a text of 1 to 64"),
        ({"areas": [area(name="a\nb")]}, "printable"),
        ({"areas": {}}, "areas must be a list of at most 64 objects"),
        ({"span_ms": [500, 100]}, "span_ms must begin before it ends"),
        ({"span_ms": [-5, 100]}, r"span_ms\[0\] must be a number from 0"),
        ({"areas": [area() | {"span_ms": [500, 500]}]}, r"areas\[0\].*span_ms of 'a' must begin before it ends"),
        ({"areas": [area() | {"span_ms": [-5, 100]}]}, r"areas\[0\].span_ms\[0\] must be a number from 0"),
        ({"areas": [area() | {"span_ms": [None, 100]}]}, r"areas\[0\].span_ms\[0\] must be a number from 0"),
        ({"areas": [area() | {"span_ms": [0, "end"]}]}, r"areas\[0\].span_ms\[1\] must be a number from 0"),
        ({"areas": [area() | {"span_ms": [100]}]}, r"areas\[0\].span_ms must be a list of 2"),
        ({"heat": {"radius": 9}}, "heat.radius must be a number from 0.002 to 0.5"),
        ({"stimulus": 7}, "stimulus must be a text"),
    ],
)
def test_a_wrong_request_is_refused_with_the_member(request_: dict[str, Any], says: str) -> None:
    with pytest.raises(ProtocolError, match=says):
        request_from(request_)


def test_an_area_that_lies_partly_outside_is_allowed() -> None:
    found = request_from({"areas": [area(points=[[-0.1, 0.1], [0.2, 1.2]])]})
    assert found.areas[0].form.box == (-0.1, 0.1, 0.2, 1.2)
