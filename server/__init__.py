"""Turns webcam frames into gaze. README.md shows the packages, and how to add a message, filter, event or output.

The path of a frame: `http.camera_socket` (bytes) -> `protocol.frames.parse_frame` -> `session.Session.frame_received`
-> `inference.stream` (newest wins) -> `inference.worker` (decoding and analysis, in processes of their own)
-> `models.analyzer` -> `session.Session.frame_analyzed` (`gaze.estimator`, `events.annotator`)
-> `streaming.hub.GazeHub` (subscribers) and the page's socket.
"""

import threads  # noqa: F401  # before NumPy is loaded

__version__ = "0.1.0"
