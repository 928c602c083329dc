"""What the person has before them: the screen with the page's place on it, areas of interest, stimuli. No I/O."""

from __future__ import annotations

from server.events.annotator import GazeAnnotator
from server.protocol import requests
from server.protocol.areas import Area
from server.protocol.events import AreasEvent, GeometryEvent, KnownScreen, PlacedArea, StimulusEvent
from server.protocol.geometry import ScreenLayout
from server.protocol.session import GeometryReply, ScreenName
from server.session.actions import Action, Publish, Reply, Sender
from server.session.frames import FrameProcessor
from server.session.recording import RecordingController


class Scene:
    """geometry: the last one that the page sent, None before the first. layout: the screen and the viewport in it."""

    def __init__(
        self, *, session_id: str, annotator: GazeAnnotator, recording: RecordingController, frames: FrameProcessor
    ) -> None:
        """frames: their clock."""
        self.geometry: requests.Geometry | None = None
        self.layout: ScreenLayout | None = None
        self._session_id = session_id
        self._annotator = annotator
        self._recording = recording
        self._frames = frames
        self._areas: tuple[PlacedArea, ...] = ()

    @property
    def camera(self) -> str | None:
        """The name of the page's camera."""
        return self.geometry.camera if self.geometry else None

    def set_geometry(self, geometry: requests.Geometry, now_ms: float) -> list[Action]:
        self.geometry, self.layout = geometry, geometry.layout
        screen = geometry.screen
        event = GeometryEvent(
            session=self._session_id,
            screen=KnownScreen(screen.width_px, screen.height_px, screen.width_mm, screen.height_mm, screen.key),
            viewport=geometry.viewport,
            device_pixel_ratio=geometry.device_pixel_ratio,
            distance_mm=geometry.distance_mm,
        )
        return [
            Publish(event, lasting=True, layout=self.layout),
            *self._areas_changed(now_ms),  # those of the page move with its viewport
            Reply(GeometryReply(ScreenName(screen.width_px, screen.height_px, screen.key))),
        ]

    def set_areas(self, sender: Sender | None, areas: tuple[Area, ...], now_ms: float) -> list[Action]:
        """Replaces the sender's areas."""
        self._annotator.set_areas(sender, areas)
        return self._areas_changed(now_ms)

    def show_stimulus(self, shown: requests.Stimulus) -> list[Action]:
        """The note comes first: what is acknowledged is in the recording."""
        place = (shown.x_px, shown.y_px, shown.width_px, shown.height_px)
        seen = self.layout.viewport if self.layout is not None and shown.kind == "page" else None
        view = None if seen is None or shown.phase == "end" else (seen.x, seen.y, seen.width, seen.height)
        event = StimulusEvent(self._session_id, shown.shown_ms, shown.phase, shown.name, shown.kind, *place, view)
        return [*self._recording.note(event, shown.shown_ms), Publish(event, layout=self.layout)]

    def _areas_changed(self, now_ms: float) -> list[Action]:
        """Passes the areas to subscribers and to the recording, if they or their places on the screen are new."""
        areas = self._annotator.placed_areas(self.layout)
        if areas == self._areas:
            return []
        self._areas = areas
        event = AreasEvent(self._session_id, self._frames.client_ms(now_ms), areas)
        return [Publish(event, lasting=True, layout=self.layout), *self._recording.note(event, now_ms)]
