"""Gaze for Python programs: `from sightline_gaze.client import gaze_stream`.

In the checkout its name is `server.client`. All imports here are relative and it needs `websockets` only, so that the
installed client never meets the server's folders.
"""

from .sample import Fixation, Sample
from .stream import StreamLost, StreamRefused, gaze_stream, message_stream, stream_address

__all__ = ["Fixation", "Sample", "StreamLost", "StreamRefused", "gaze_stream", "message_stream", "stream_address"]
