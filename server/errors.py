"""All exceptions of the server, as a tree. Expected absence (no face, not calibrated) is a value, not an exception.

ServerError
 |- ProtocolError      a message breaks the wire format; the connection is closed with `close_code`
 |- RequestRefused     a valid request can't be done now; answered with an `error` message, the connection stays open
 |- HttpRefusal        an HTTP request (or the handshake of a socket) is answered with this status
 |- FrameUndecodable   a JPEG with a valid header can't be decoded; becomes a gaze sample with status "error"
 |- StartupError       the server can't start; the text says what to do
 |- SourceFailed       a video as the camera can't go on; the text says why
 |- RecordingError     a session folder can't be read; the text begins with file and line (server/recordings/reader.py)
 |- StudyError         a study.yaml can't be used; the text begins with file and line (server/study/reader.py)
 '- EvaluationError    a session has too little to fit or to measure (server/evaluation/accuracy.py)
"""

from __future__ import annotations

from enum import IntEnum


class CloseCode(IntEnum):
    """The WebSocket close codes that the server uses (RFC 6455, section 7.4.1)."""

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
    """Bytes or text that PROTOCOL.md does not allow. code: for programs; the text is for people.

    request_id: of the wrong message, None when it has none or could not be read.
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
    """A valid request that can't be done in the current state."""

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


class SourceFailed(ServerError):  # noqa: N818
    """A video as the camera can't go on. The message says why."""


class StartupError(ServerError):
    """The server can't start. The message says what to do."""
