"""From one session to its subscribers: gaze with what is seen in it, geometry, and how a calibration goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.gaze.sample import geometry_to_wire
from server.protocol.requests import Geometry
from server.session.actions import PublishGaze
from server.session.live import LiveSession
from server.streaming.hub import GazeHub

FOLLOWED = frozenset({"calibration", "validation"})  # answers to the page that subscribers may follow


class Publisher:
    def __init__(self, *, hub: GazeHub, live: LiveSession) -> None:
        self._hub = hub
        self._live = live
        self._session_id = live.session.session_id

    def gaze(self, action: PublishGaze) -> dict[str, Any]:
        """Returns the message as the subscribers get it. Events go before the gaze message that they belong to."""
        sample = action.sample
        seen = self._live.annotator.annotate(sample, areas_live=action.count_in_heatmap)
        for topic, message in seen.messages:
            self._hub.publish(self._session_id, topic, message, lasting=topic == "status")
        payload = sample.to_wire() | seen.fields
        self._hub.publish(self._session_id, "gaze", payload)
        return payload

    def mark(self, payload: Mapping[str, Any]) -> None:
        self._hub.publish(self._session_id, "mark", without_id(payload))

    def geometry(self, geometry: Geometry) -> None:
        screen = geometry.screen
        place = geometry.layout
        self._live.annotator.set_place(place, screen)
        self._hub.set_place(self._session_id, place)
        self._hub.publish(self._session_id, "geometry", geometry_to_wire(self._session_id, geometry), lasting=True)

    def answer(self, payload: Mapping[str, Any]) -> None:
        """What the page is told, where others may follow it. A request's id means something to its sender only."""
        if payload["type"] in FOLLOWED:
            told = without_id(payload) | {"session": self._session_id}
            in_force = payload.get("state") in ("done", "loaded")
            self._hub.publish(self._session_id, payload["type"], told, lasting=in_force)


def without_id(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in payload.items() if key != "request_id"}
