"""The screen, the areas and the stimuli of a session, without the session."""

from __future__ import annotations

import random
from typing import Any

import pytest

from server.events.annotator import GazeAnnotator
from server.gaze.estimator import GazeEstimator
from server.gaze.filters import FILTERS
from server.protocol import requests
from server.protocol.areas import Area
from server.protocol.geometry import Rect, ScreenSize
from server.protocol.types import ServerMessage
from server.session.actions import Action, Publish, Reply
from server.session.frames import FrameProcessor
from server.session.recording import RecordingController
from server.session.scene import Scene

AREA = Area("button", Rect(10.0, 10.0, 100.0, 50.0), in_viewport=True)


@pytest.fixture
def scene() -> Scene:
    annotator = GazeAnnotator("s_1")
    estimator = GazeEstimator("s_1", FILTERS["one_euro"]())
    frames = FrameProcessor(estimator=estimator, annotator=annotator, count_faces=False)
    recording = RecordingController(session_id="s_1", rng=random.Random(0))
    return Scene(session_id="s_1", annotator=annotator, recording=recording, frames=frames)


def geometry(x: float) -> requests.Geometry:
    return requests.Geometry(ScreenSize(1000.0, 500.0), viewport=Rect(x, 0.0, 800.0, 400.0))


def messages(actions: list[Action]) -> list[ServerMessage]:
    return [action.message for action in actions if isinstance(action, Publish | Reply)]


def kinds(actions: list[Action]) -> list[str]:
    return [type(message).__name__ for message in messages(actions)]


def test_areas_of_a_page_follow_its_viewport(scene: Scene) -> None:
    unplaced: Any = messages(scene.set_areas(None, (AREA,), 0.0))[0]
    assert [area.x_px for area in unplaced.areas] == [None]  # the place of the page is not known yet
    assert kinds(scene.set_geometry(geometry(0.0), 0.0)) == ["GeometryEvent", "AreasEvent", "GeometryReply"]
    moved: Any = messages(scene.set_geometry(geometry(50.0), 0.0))[1]
    assert [area.x_px for area in moved.areas] == [60.0]
    assert kinds(scene.set_geometry(geometry(50.0), 0.0)) == ["GeometryEvent", "GeometryReply"]


def test_areas_that_are_set_again_or_removed_are_published_once(scene: Scene) -> None:
    scene.set_geometry(geometry(0.0), 0.0)
    assert [kinds(scene.set_areas(None, areas, 0.0)) for areas in ((AREA,), (AREA,), (), ())] == [
        ["AreasEvent"], [], ["AreasEvent"], [],
    ]  # fmt: skip


def test_only_a_page_under_test_has_a_view_and_only_while_it_is_shown(scene: Scene) -> None:
    def view(kind: Any, phase: Any) -> object:
        (event,) = messages(scene.show_stimulus(requests.Stimulus(phase, "shop", 1.0, kind)))
        return event.view  # type: ignore[attr-defined]

    assert view("page", "start") is None
    scene.set_geometry(geometry(20.0), 0.0)
    assert view("page", "start") == (20.0, 0.0, 800.0, 400.0)
    assert view("page", "end") is None
    assert view("picture", "start") is None


def test_messages_are_published_with_the_screen_of_their_time(scene: Scene) -> None:
    published = [action for x in (0.0, 20.0) for action in scene.set_geometry(geometry(x), 0.0)]
    layouts = [action.layout for action in published if isinstance(action, Publish)]
    assert layouts == [geometry(0.0).layout, geometry(20.0).layout]
