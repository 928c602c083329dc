"""Gaze for Python programs: `from sightline_gaze.client import gaze_stream`.

In the checkout, this package is `server.client`. It needs only `websockets`, and all its imports are relative, so the
installed client works without the server's packages.
"""

from .control import Control, ControlRefused, control
from .runtime import find_token
from .sample import Fixation, Sample
from .stream import StreamLost, StreamRefused, gaze_stream, message_stream, stream_address

__all__ = [
    "Control",
    "ControlRefused",
    "Fixation",
    "Sample",
    "StreamLost",
    "StreamRefused",
    "control",
    "find_token",
    "gaze_stream",
    "message_stream",
    "stream_address",
]
