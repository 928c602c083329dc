from __future__ import annotations

import asyncio
from typing import Any

import pytest

from calibration.screen import ScreenGeometry
from server.protocol.calibration import CalibrationStep
from server.protocol.events import GeometryEvent, KnownScreen
from server.protocol.gaze import Gaze
from server.protocol.geometry import Rect, ScreenLayout
from server.protocol.session import Accepted
from server.protocol.subscription import Subscribe
from server.protocol.types import ServerMessage
from server.settings import MAX_SUBSCRIBER_EVENTS
from server.streaming.hub import GazeHub, Subscription
from server.streaming.latest import Closed
from tests.support.gaze_messages import blink, gaze, mark


def opened(*session_ids: str) -> GazeHub:
    hub = GazeHub()
    for session_id in session_ids:
        hub.open(session_id)
    return hub


def geometry(width_px: float) -> GeometryEvent:
    return GeometryEvent("s_1", KnownScreen(width_px, 1.0, None, None, "1x1"), None, 1.0, None)


async def next_of(subscription: Subscription) -> ServerMessage:
    return (await subscription.get()).content


async def everything(subscription: Subscription) -> list[ServerMessage]:
    """All messages that wait."""
    got: list[ServerMessage] = []
    while True:
        try:
            got.append(await asyncio.wait_for(next_of(subscription), 0.01))
        except asyncio.TimeoutError:
            return got


async def test_a_subscriber_gets_the_newest_sample_and_not_the_ones_before() -> None:
    hub = opened("s_1")
    subscription = hub.subscribe("s_1")
    for seq in range(1, 6):
        hub.publish("s_1", gaze(seq))
    assert await next_of(subscription) == gaze(5)


async def test_a_subscriber_that_takes_nothing_delays_no_other() -> None:
    hub = opened("s_1")
    stuck, quick = hub.subscribe("s_1"), hub.subscribe("s_1")
    for seq in range(1, 4):
        hub.publish("s_1", gaze(seq))
        assert await next_of(quick) == gaze(seq)
    assert await next_of(stuck) == gaze(3)


async def test_without_a_name_the_newest_live_session_is_followed() -> None:
    hub = GazeHub()
    anyone = hub.subscribe(None)
    hub.open("s_1")
    hub.publish("s_1", gaze(1))
    assert await next_of(anyone) == gaze(1)
    hub.open("s_2")
    hub.publish("s_1", gaze(1))
    hub.publish("s_2", gaze(2))
    assert await next_of(anyone) == gaze(2)
    hub.close("s_2")
    hub.publish("s_1", gaze(1))
    assert await next_of(anyone) == gaze(1)


async def test_events_keep_their_order_and_are_not_lost_to_newer_gaze() -> None:
    hub = opened("s_1")
    subscription = hub.subscribe("s_1")
    hub.publish("s_1", mark("a"))
    hub.publish("s_1", gaze(1))
    hub.publish("s_1", mark("b"))
    assert await everything(subscription) == [mark("a"), mark("b"), gaze(1)]


async def test_only_the_newest_events_wait_for_a_subscriber_that_does_not_read() -> None:
    hub = opened("s_1")
    subscription = hub.subscribe("s_1")
    for number in range(MAX_SUBSCRIBER_EVENTS + 3):
        hub.publish("s_1", mark(str(number)))
    assert await next_of(subscription) == mark("3")


async def test_a_subscriber_gets_its_topics_and_no_others() -> None:
    hub = opened("s_1")
    subscription = hub.subscribe("s_1", Subscribe(topics=frozenset({"blink"})))
    hub.publish("s_1", gaze(1))
    hub.publish("s_1", blink("start"))
    assert await everything(subscription) == [blink("start")]
    hub.change(subscription, Subscribe(topics=frozenset({"gaze"})))
    hub.publish("s_1", gaze(2))
    hub.publish("s_1", blink("end"))
    assert await everything(subscription) == [gaze(2)]


@pytest.mark.parametrize(
    ("rate_hz", "taken"),
    [
        (10.0, [0, 3, 6, 9, 12, 15, 18, 21, 24, 27]),
        (20.0, [i for i in range(30) if i % 3 != 1]),
        (60.0, list(range(30))),
    ],
)
async def test_a_rate_thins_gaze_evenly_by_capture_time(rate_hz: float, taken: list[int]) -> None:
    hub = opened("s_1")
    subscription = hub.subscribe("s_1", Subscribe(rate_hz=rate_hz))
    got: list[Any] = []
    for seq in range(30):
        hub.publish("s_1", gaze(seq, timestamp=1000.0 + seq * 100.0 / 3.0))
        got += [message.seq for message in await everything(subscription) if isinstance(message, Gaze)]
    assert got == taken


async def test_a_pause_or_a_clock_set_back_does_not_stop_a_thinned_stream() -> None:
    hub = opened("s_1")
    subscription = hub.subscribe("s_1", Subscribe(rate_hz=1.0))
    for captured_ms in (10_000.0, 60_000.0, 5_000.0):
        hub.publish("s_1", gaze(timestamp=captured_ms))
        assert await next_of(subscription) == gaze(timestamp=captured_ms)


async def test_a_message_is_encoded_once_for_each_view_of_it() -> None:
    hub = opened("s_1")
    layout = ScreenLayout(ScreenGeometry(100.0, 100.0), Rect(50.0, 0.0, 50.0, 100.0))
    wishes = [Subscribe(), Subscribe(), Subscribe(space="viewport")]
    subscriptions = [hub.subscribe("s_1", wanted) for wanted in wishes]
    hub.publish("s_1", gaze(valid=True, status="ok", x=0.75, y=0.5), layout=layout)
    first, second, other = [s.encoded(await s.get()) for s in subscriptions]
    assert first is second
    assert first.startswith(b'{"type":"gaze","v":1,"session":"s_1","seq":1,"frame":1,"timestamp":1000.0,')
    assert b'"space":"screen","x":0.75,"y":0.5,' in first
    assert b'"space":"viewport","x":0.5,"y":0.5,' in other


async def test_later_subscribers_get_lasting_messages_once() -> None:
    hub = opened("s_1")
    hub.publish("s_1", geometry(1), lasting=True)
    hub.publish("s_1", CalibrationStep("fitting"))
    late = hub.subscribe("s_1", Subscribe(topics=frozenset({"geometry", "calibration"})))
    assert await everything(late) == [geometry(1)]
    hub.change(late, Subscribe(topics=frozenset({"geometry"})))
    assert await everything(late) == []


async def test_the_end_of_a_session_ends_the_subscriptions_that_name_it() -> None:
    hub = opened("s_1")
    by_name, anyone = hub.subscribe("s_1"), hub.subscribe(None)
    hub.publish("s_1", gaze(1))
    hub.close("s_1")
    hub.publish("s_1", gaze(2))  # a frame that was still being analysed when its session ended
    assert await next_of(by_name) == gaze(1)
    with pytest.raises(Closed):
        await by_name.get()
    assert await everything(anyone) == [gaze(1)]


async def test_a_follower_of_the_newest_session_gets_the_lasting_messages_of_the_next_one() -> None:
    hub = opened("s_1")
    hub.publish("s_1", geometry(1), lasting=True)
    anyone = hub.subscribe(None, Subscribe(topics=frozenset({"geometry"})))
    assert await everything(anyone) == [geometry(1)]
    hub.open("s_2")
    hub.publish("s_2", geometry(2), lasting=True)
    assert await everything(anyone) == [geometry(2)]
    hub.close("s_2")
    assert await everything(anyone) == [geometry(1)]


async def test_answers_come_in_order_with_events_whatever_the_topics() -> None:
    hub = opened("s_1")
    subscription = hub.subscribe("s_1", Subscribe(topics=frozenset({"mark"})))
    hub.publish("s_1", mark("a"))
    subscription.put_answer(Accepted(), 5)
    hub.publish("s_1", mark("b"))
    assert await everything(subscription) == [mark("a"), Accepted(), mark("b")]


def test_the_latest_sample_is_kept_for_single_requests() -> None:
    hub = opened("s_1")
    assert hub.latest("s_1") is None
    hub.publish("s_1", gaze(1))
    latest = hub.latest("s_1")
    assert latest is not None
    assert latest.content == gaze(1)
    hub.close("s_1")
    assert "s_1" not in hub
    assert hub.newest() is None


def test_a_session_that_is_not_live_can_not_be_followed() -> None:
    with pytest.raises(KeyError):
        GazeHub().subscribe("s_gone")


def test_after_unsubscribing_no_message_arrives() -> None:
    hub = opened("s_1")
    subscription = hub.subscribe("s_1")
    hub.unsubscribe(subscription)
    assert hub.subscriber_count == 0
