"""A session driven by plain calls: requests and analysed frames in, actions out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from server.inference.results import AnalyzedFrame, CountedFaces
from server.protocol import requests as ask
from server.protocol.messages import FrameMessage
from server.session.actions import (
    Action,
    Reply,
)
from server.session.session import Session
from tests.support.server import NOW_MS, OWN_FACE, SCREEN, analysis, frame

GEOMETRY = ask.Geometry(ask.ScreenSize(SCREEN.width_px, SCREEN.height_px), hfov_deg=72.0)


def request(session: Session, body: ask.Body, request_id: str | None = None) -> list[Action]:
    return session.receive(ask.ClientRequest(body, request_id), NOW_MS)


def replies(actions: list[Action]) -> list[Any]:
    return [action.payload for action in actions if isinstance(action, Reply)]


def error_code(actions: list[Action]) -> str:
    (payload,) = replies(actions)
    assert payload["type"] == "error"
    assert payload["message"]
    return str(payload["code"])


def analyze_frame(session: Session, seq: int, captured_ms: float, **found: Any) -> list[Action]:
    return session.frame_analyzed(AnalyzedFrame(frame(seq, captured_ms), analysis(**found)), captured_ms + 40.0)


def overview(seq: int, captured_ms: float = NOW_MS) -> FrameMessage:
    return replace(frame(seq, captured_ms), overview=True)


BYSTANDER = (0.8, 0.3, 0.3, 0.4)


def count_a_bystander(session: Session, captured_ms: float) -> None:
    """Somebody has sat down beside the person."""
    for i in range(2):
        session.faces_counted(CountedFaces(overview(1, captured_ms + i), (OWN_FACE, BYSTANDER)))
