"""PROTOCOL.md is complete: its examples parse, and it has all messages, statuses, error codes and limits."""

from __future__ import annotations

import dataclasses
import json
import re
import typing
from typing import Any

import pytest
from msgspec import structs

from calibration.screen import ScreenPoint
from server import settings
from server.events.annotator import GazeAnnotator
from server.gaze import bystanders
from server.gaze.filters import GAP_MS, OneEuroParameters
from server.gaze.sample import Estimate, GazeSample, face_outline
from server.protocol.areas import Area
from server.protocol.gaze import VALID_STATUSES, Gaze, Status
from server.protocol.geometry import Rect
from server.protocol.parsing import client_message_types, parse_text
from server.session import frames
from tests.support.gaze_messages import as_read
from tests.support.paths import ROOT
from tests.support.protocol_document import TEXT, examples
from tests.support.server import NOW_MS, SCREEN, analysis, frame
from tests.support.session import GEOMETRY


@pytest.mark.parametrize("message", examples("client"), ids=lambda message: message["type"])
def test_the_server_takes_each_client_example(message: dict[str, Any]) -> None:
    parse_text(json.dumps(message))


def test_every_client_message_has_an_example() -> None:
    assert {message["type"] for message in examples("client")} == client_message_types()


@pytest.mark.parametrize(
    "message", [m for m in examples("server") if m.get("type") == "gaze"], ids=lambda m: m["status"]
)
def test_a_gaze_example_has_the_fields_of_a_real_message(message: dict[str, Any]) -> None:
    valid = message["status"] in VALID_STATUSES
    found = analysis(status="no_face" if message["status"] == "no_face" else "ok")
    sample = GazeSample(
        session_id="s_1",
        seq=1,
        frame=frame(),
        status=message["status"],
        latency_ms=1.0,
        analysis=found,
        track_id=1,
        estimate=Estimate(ScreenPoint(0.5, 0.5), ScreenPoint(0.5, 0.5), 1.0, 1.0, SCREEN) if valid else None,
        calibration_id="c_1" if "calibration" in message else None,
    )
    real = annotated(sample, areas="aoi" in message)
    if "face" in message:
        real = structs.replace(real, face=face_outline(found, frame()))
    assert shape(message) == shape(as_read(real))


def annotated(sample: GazeSample, *, areas: bool) -> Gaze:
    """After a third of a second of it."""
    observer = GazeAnnotator("s_1")
    if areas:
        observer.set_areas("page", (Area("#price", Rect(0.0, 0.0, 1000.0, 500.0), dwell_ms=900.0),))
    for i in range(10):
        seen = observer.annotate(dataclasses.replace(sample, frame=frame(i, NOW_MS + 33.0 * i)), GEOMETRY.layout)
    return seen.added_to(sample.message())


def shape(value: Any) -> Any:
    """Keys and types without the values. The length of a list counts."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def test_every_status_stands_in_the_table_with_its_validity() -> None:
    for status in typing.get_args(Status):
        valid = "yes" if status in VALID_STATUSES else "no"
        assert f"| `{status}` | {valid} |" in TEXT


def test_every_error_code_of_the_source_is_explained_and_no_other() -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "server").rglob("*.py"))
    raised = re.findall(r"(?:ProtocolError|RequestRefused|HttpRefusal)\(\s*(?:[\w.]+,\s*)?\"(\w+)\"", source)
    replied = re.findall(r"ErrorReply\(\"(\w+)\"", source)
    table = TEXT[TEXT.index("| code |") : TEXT.index("Close codes:")]
    first_column = " ".join(row.split("|")[1] for row in table.splitlines() if "|" in row)
    explained = set(re.findall(r"`(\w+)`", first_column))
    assert explained == {*raised, *replied}


def test_no_message_is_made_outside_its_type() -> None:
    for path in (ROOT / "server").rglob("*.py"):
        if path.parent.name not in ("bench", "protocol"):  # a bench is a client
            assert not re.search(r"\"type\": (?!_at)", path.read_text()), path


def test_the_limits_are_those_of_the_code() -> None:
    (hello,) = [m for m in examples("server") if m.get("type") == "hello" and "limits" in m]
    assert hello["limits"] == {
        "max_frame_bytes": settings.MAX_FRAME_BYTES,
        "max_pixels": settings.MAX_FRAME_PIXELS,
        "max_text_bytes": settings.MAX_TEXT_BYTES,
        "max_unanswered": settings.MAX_UNANSWERED,
    }
    assert hello["overview"] == {"every_ms": bystanders.CALM_MS, "side_px": settings.OVERVIEW_SIDE_PX}
    assert f"counts down to {bystanders.STAYS:g} of the width" in TEXT
    assert f"when the last overview is {bystanders.STALE_MS / 1000:g} s old" in TEXT
    assert f"more than {frames.LATE_MS / 1000:g} s older" in TEXT
    assert f"sides up to {settings.MAX_HEATMAP_SIDE_PX}" in TEXT
    assert f"takes nothing for {settings.STALLED_S:g} s" in " ".join(TEXT.split())
    assert f"{settings.MAX_FRAME_PIXELS:,} pixels, or {settings.MAX_FRAME_SIDE_PX} on a side" in TEXT
    assert f"ping every {settings.HEARTBEAT_S:g} s" in TEXT
    assert f"| {settings.MAX_SUBSCRIBERS} programs are listening" in TEXT
    assert f"at most {settings.MAX_SUBSCRIBER_EVENTS} of them" in TEXT


def test_the_filters_parameters_are_those_of_the_code() -> None:
    p = OneEuroParameters()
    assert f"min cutoff {p.min_cutoff_hz:g} Hz, beta {p.beta:g} Hz per screen/s" in TEXT
    assert f"derivative cutoff {p.derivative_cutoff_hz:g} Hz" in TEXT
    assert f"after {GAP_MS:g} ms without" in TEXT
