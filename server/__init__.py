"""The wire, the clock, the sessions, the streams.
Where a frame goes: `handlers.camera` (bytes in) -> `messages.parse_frame` -> `session.Session.receive` ->
`mailbox.Mailbox` (newest wins) -> `pipeline.Pipeline` (decode, analyse; its own thread) ->
`session.Session.frame_analyzed` (calibration, `filters`, `quality`, `gaze`) -> the page's socket and `hub.GazeHub`
(the stream sockets).
"""

__version__ = "0.1.0"
