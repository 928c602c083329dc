"""Every exception of the server, as a tree. Expected absence (no face, not calibrated) is never one of them.

ServerError
 |- ProtocolError      the other side broke the wire format; the connection is closed with `close_code`
 |- RequestRefused     well-formed, but can't be done now; answered with an `error` message, the connection lives
 |- HttpRefusal        an HTTP request (or the handshake of a socket) is answered with this status
 |- FrameUndecodable   a JPEG with a good header and a bad picture; becomes a gaze sample with status "error"
 |- StartupError       the server can't start; the text says what to do
 |- RecordingError     a session folder can't be read; the text begins with file and line (server/recordings/reader.py)
 '- EvaluationError    a session has too little to fit or to measure (server/evaluation/accuracy.py)
"""

from __future__ import annotations

from enum import IntEnum


class CloseCode(IntEnum):
    """The WebSocket close codes in use (RFC 6455, section 7.4.1)."""

    OK = 1000
    GOING_AWAY = 1001
    MALFORMED = 1007
    POLICY = 1008
    TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    TRY_AGAIN_LATER = 1013


class ServerError(Exception):
    """Base of all errors raised on purpose by this package."""


class ProtocolError(ServerError):
    """The bytes or the text are not what PROTOCOL.md says. `code` is for programs, the text for people.

    `request_id` is that of the message that was wrong, as far as it could be read.
    """

    def __init__(
        self,
        code: str,
        message: str,
        close_code: CloseCode = CloseCode.MALFORMED,
        *,
        request_id: str | int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.close_code = close_code
        self.request_id = request_id


class RequestRefused(ServerError):  # noqa: N818  a refusal, not a defect
    """The request is understood and can't be done in this state."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class HttpRefusal(ServerError):  # noqa: N818
    """An HTTP answer with this status and a JSON `error` message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class FrameUndecodable(ServerError):  # noqa: N818
    """The JPEG can't be turned into a picture."""


class StartupError(ServerError):
    """The server can't start; the message says what to do about it."""
