from __future__ import annotations

import asyncio

import pytest

from server.hub import GazeHub
from server.mailbox import Closed
from server.settings import MAX_SUBSCRIBER_EVENTS


async def test_a_subscriber_gets_the_newest_sample_and_not_the_ones_before() -> None:
    hub = GazeHub()
    hub.open("s_1")
    subscription = hub.subscribe("s_1")
    for seq in range(1, 6):
        hub.publish_gaze("s_1", {"seq": seq})
    assert await subscription.get() == {"seq": 5}


async def test_a_subscriber_that_takes_nothing_delays_nobody() -> None:
    hub = GazeHub()
    hub.open("s_1")
    stuck, quick = hub.subscribe("s_1"), hub.subscribe("s_1")
    for seq in range(1, 4):
        hub.publish_gaze("s_1", {"seq": seq})
        assert await quick.get() == {"seq": seq}
    assert await stuck.get() == {"seq": 3}


async def test_without_a_name_the_newest_live_session_is_followed() -> None:
    hub = GazeHub()
    anyone = hub.subscribe(None)
    hub.open("s_1")
    hub.publish_gaze("s_1", {"of": 1})
    assert await anyone.get() == {"of": 1}
    hub.open("s_2")
    hub.publish_gaze("s_1", {"of": 1})
    hub.publish_gaze("s_2", {"of": 2})
    assert await anyone.get() == {"of": 2}
    hub.close("s_2")
    hub.publish_gaze("s_1", {"of": 1})
    assert await anyone.get() == {"of": 1}


async def test_marks_keep_their_order_and_are_not_lost_to_newer_gaze() -> None:
    hub = GazeHub()
    hub.open("s_1")
    subscription = hub.subscribe("s_1")
    hub.publish_mark("s_1", {"label": "a"})
    hub.publish_gaze("s_1", {"seq": 1})
    hub.publish_mark("s_1", {"label": "b"})
    assert [await subscription.get() for _ in range(3)] == [{"label": "a"}, {"label": "b"}, {"seq": 1}]


async def test_only_the_latest_marks_wait_for_a_subscriber_that_is_gone() -> None:
    hub = GazeHub()
    hub.open("s_1")
    subscription = hub.subscribe("s_1")
    for number in range(MAX_SUBSCRIBER_EVENTS + 3):
        hub.publish_mark("s_1", {"label": number})
    assert await subscription.get() == {"label": 3}


async def test_the_end_of_a_session_ends_those_who_follow_it_by_name() -> None:
    hub = GazeHub()
    hub.open("s_1")
    by_name, anyone = hub.subscribe("s_1"), hub.subscribe(None)
    hub.publish_gaze("s_1", {"seq": 1})
    hub.close("s_1")
    assert await by_name.get() == {"seq": 1}
    with pytest.raises(Closed):
        await by_name.get()
    assert await anyone.get() == {"seq": 1}
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(anyone.get(), 0.01)


def test_the_latest_sample_is_kept_for_those_who_ask_once() -> None:
    hub = GazeHub()
    hub.open("s_1")
    assert hub.latest("s_1") is None
    hub.publish_gaze("s_1", {"seq": 1})
    assert hub.latest("s_1") == {"seq": 1}
    hub.close("s_1")
    assert "s_1" not in hub
    assert hub.newest() is None


def test_a_session_that_is_not_live_can_not_be_followed() -> None:
    with pytest.raises(KeyError):
        GazeHub().subscribe("s_gone")


def test_who_unsubscribes_gets_nothing_more() -> None:
    hub = GazeHub()
    hub.open("s_1")
    subscription = hub.subscribe("s_1")
    hub.unsubscribe(subscription)
    assert hub.subscriber_count == 0
