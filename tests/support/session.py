"""A session driven by plain calls: requests and analysed frames in, actions out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from server.inference.results import AnalyzedFrame, CountedFaces
from server.protocol import requests
from server.protocol.frames import FrameMessage
from server.protocol.types import RequestId, ServerMessage
from server.session.actions import Action, Publish, Reply, Sender, ToPage
from server.session.session import Session
from tests.support.gaze_messages import as_read
from tests.support.server import NOW_MS, OWN_FACE, SCREEN, analysis, frame

GEOMETRY = requests.Geometry(requests.ScreenSize(SCREEN.width_px, SCREEN.height_px), hfov_deg=72.0)


class Program:
    """A sender beside the camera's page."""

    async def send(self, message: ServerMessage, request_id: RequestId | None = None) -> None:
        raise AssertionError("a session calls no sender")


def request(
    session: Session, body: requests.SessionRequest, request_id: str | None = None, sender: Sender | None = None
) -> list[Action]:
    """The actions without those for subscribers."""
    return unpublished(session.receive(body, sender, NOW_MS, request_id))


def unpublished(actions: list[Action]) -> list[Action]:
    return [action for action in actions if not isinstance(action, Publish)]


def published(actions: list[Action]) -> list[tuple[str, Any]]:
    """Topics and payloads."""
    messages = [as_read(action.message) for action in actions if isinstance(action, Publish)]
    return [(message["type"], message) for message in messages]


def gaze(actions: list[Action]) -> Any:
    """The gaze message that the page gets for a frame."""
    (message,) = [as_read(action.message) for action in actions if isinstance(action, ToPage)]
    return message


def replies(actions: list[Action]) -> list[Any]:
    return [as_read(action.message, action.request_id) for action in actions if isinstance(action, Reply)]


def error_code(actions: list[Action]) -> str:
    (payload,) = replies(actions)
    assert payload["type"] == "error"
    assert payload["message"]
    return str(payload["code"])


def analyze_frame(session: Session, seq: int, captured_ms: float, **found: Any) -> list[Action]:
    """The actions without those for subscribers."""
    result = AnalyzedFrame(frame(seq, captured_ms), analysis(**found))
    return unpublished(session.frame_analyzed(result, captured_ms + 40.0))


def overview(seq: int, captured_ms: float = NOW_MS) -> FrameMessage:
    return replace(frame(seq, captured_ms), overview=True)


BYSTANDER = (0.8, 0.3, 0.3, 0.4)


def count_a_bystander(session: Session, captured_ms: float) -> None:
    """Counts overviews with a bystander, until one is present."""
    for i in range(2):
        session.faces_counted(CountedFaces(overview(1, captured_ms + i), (OWN_FACE, BYSTANDER)))
