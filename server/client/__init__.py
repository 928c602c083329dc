"""Gaze for Python programs: `from server.client import gaze_stream`."""

from server.client.sample import Fixation, Sample
from server.client.stream import StreamLost, StreamRefused, gaze_stream, message_stream, stream_address

__all__ = ["Fixation", "Sample", "StreamLost", "StreamRefused", "gaze_stream", "message_stream", "stream_address"]
