"""The server's messages about a connection and a session. PROTOCOL.md explains the members."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from server.protocol.gaze import Box
from server.protocol.subscriber_view import GazeField, Space
from server.protocol.subscription import Subscribe, Topic
from server.protocol.types import (
    Answer,
    Count,
    FilterName,
    Number,
    Part,
    Positive,
    RecordingId,
    ServerMessage,
    SessionId,
)


class Limits(Part, frozen=True):
    max_frame_bytes: Number
    max_pixels: Number
    max_text_bytes: Number
    max_unanswered: Number


class Overviews(Part, frozen=True):
    """The interval at which the camera's page sends overviews, and the length of their longer side."""

    every_ms: Positive
    side_px: Number


class Hello(ServerMessage, frozen=True, tag="hello"):
    """The first message of a socket. session: null while no camera is connected.

    token, limits and overview: only for the camera's page. overview: null when the server requests none.
    """

    v: Literal[1]
    version: str
    session: SessionId | None
    token: Annotated[str, Meta(min_length=20)] | UnsetType = UNSET
    limits: Limits | UnsetType = UNSET
    overview: Overviews | UnsetType | None = UNSET


class Subscribed(Answer, frozen=True, tag="subscribed"):
    """The current subscription."""

    topics: tuple[Topic, ...]
    fields: tuple[GazeField, ...] | None
    rate: float | None
    space: Space

    @classmethod
    def to(cls, subscribe: Subscribe) -> Subscribed:
        fields = subscribe.view.fields
        return cls(
            topics=tuple(sorted(subscribe.topics)),
            fields=None if fields is None else tuple(sorted(fields)),
            rate=subscribe.rate_hz,
            space=subscribe.space,
        )


class AreasSet(Answer, frozen=True, tag="aois"):
    count: Count


class TimeSynced(Answer, frozen=True, tag="time_sync"):
    client_ms: float
    server_ms: Positive


class ErrorReply(Answer, frozen=True, tag="error"):
    """code: for programs; message: for people."""

    code: Annotated[str, Meta(pattern="^[a-z_]+$")]
    message: str


class Accepted(Answer, frozen=True, tag="accepted"):
    pass


class Dropped(ServerMessage, frozen=True, tag="dropped"):
    frame: Count


class Pace(ServerMessage, frozen=True, tag="pace"):
    """How much the page should send at most, because the server can't do more. null: no limit.

    max_side_px: the longer side of the JPEG.
    """

    max_fps: Positive | None
    max_side_px: Number | None


class Stopping(ServerMessage, frozen=True, tag="stopping"):
    """The server stops: it ends the recording and closes the socket with 1001. Connect again after retry_ms."""

    retry_ms: Positive


class OverviewReply(ServerMessage, frozen=True, tag="overview"):
    """others: number of bystanders. follow: the box of the face to follow instead, in 0..1 of the full frame."""

    frame: Count
    faces: Count
    others: Count
    next_ms: Positive
    follow: Box | None


class ScreenName(Part, frozen=True):
    """key: the name of this screen in profiles."""

    width_px: float
    height_px: float
    key: str


class GeometryReply(Answer, frozen=True, tag="geometry"):
    screen: ScreenName


class RecordStarted(Answer, frozen=True, tag="record"):
    state: Literal["started"]
    recording: RecordingId
    frames: bool


class RecordEnded(Answer, frozen=True, tag="record"):
    """reason: null when the client stopped the recording."""

    state: Literal["stopped", "failed"]
    recording: RecordingId
    reason: str | None


class FilterReply(Answer, frozen=True, tag="filter"):
    state: Literal["reset"]


class FilterChosen(Answer, frozen=True, tag="filter"):
    """filter: null for the server's own."""

    state: Literal["set"]
    filter: FilterName | None


class HeatmapReply(Answer, frozen=True, tag="heatmap"):
    state: Literal["cleared"]


class Paused(Answer, frozen=True, tag="paused"):
    pass


class Resumed(Answer, frozen=True, tag="resumed"):
    pass
