"""The wire, the clock, the sessions, the streams.
Where a frame goes: `http.camera_socket` (bytes in) -> `protocol.messages.parse_frame` -> `session.Session.receive`
-> `streaming.latest.Mailbox` (newest wins) -> `inference.pipeline.Pipeline` (decode, analyse; its own thread) ->
`Session.frame_analyzed` (`session.calibration`, `gaze`) -> the page's socket and `streaming.hub.GazeHub` (the streams).
"""

__version__ = "0.1.0"
