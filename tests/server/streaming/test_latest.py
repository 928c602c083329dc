from __future__ import annotations

import asyncio

import pytest

from server.streaming.latest import Closed, EventQueue, LatestSlot
from tests.support.times import WAIT_S


async def test_a_newer_item_replaces_the_one_that_waits_and_the_replaced_one_is_returned() -> None:
    slot: LatestSlot[str] = LatestSlot()
    assert slot.put("first") is None
    assert slot.put("second") == "first"
    assert await slot.get() == "second"


async def test_get_waits_for_an_item() -> None:
    slot: LatestSlot[str] = LatestSlot()
    getter = asyncio.create_task(slot.get())
    await asyncio.sleep(0)
    assert not getter.done()
    slot.put("item")
    assert await asyncio.wait_for(getter, WAIT_S) == "item"


async def test_a_closed_slot_gives_what_is_left_and_then_ends() -> None:
    slot: LatestSlot[str] = LatestSlot()
    slot.put("last")
    slot.close()
    assert slot.put("too late") is None
    assert await slot.get() == "last"
    with pytest.raises(Closed):
        await slot.get()


async def test_closing_ends_a_wait() -> None:
    slot: LatestSlot[str] = LatestSlot()
    getter = asyncio.create_task(slot.get())
    await asyncio.sleep(0)
    slot.close()
    with pytest.raises(Closed):
        await asyncio.wait_for(getter, WAIT_S)


async def test_a_queue_gives_all_events_in_order_and_then_the_newest_item() -> None:
    queue: EventQueue[str] = EventQueue(3)
    queue.put("first")
    for event in "abcd":
        queue.put_event(event)
    queue.put("second")
    assert [await queue.get() for _ in range(4)] == ["b", "c", "d", "second"]


async def test_a_queue_waits_for_an_event_as_for_an_item() -> None:
    queue: EventQueue[str] = EventQueue(3)
    for put in (queue.put_event, queue.put):
        getter = asyncio.create_task(queue.get())
        await asyncio.sleep(0)
        assert not getter.done()
        put("it")
        assert await asyncio.wait_for(getter, WAIT_S) == "it"


async def test_a_closed_queue_gives_what_is_left_and_then_ends() -> None:
    queue: EventQueue[str] = EventQueue(3)
    queue.put("item")
    queue.put_event("event")
    queue.close()
    queue.put_event("too late")
    assert [await queue.get(), await queue.get()] == ["event", "item"]
    with pytest.raises(Closed):
        await queue.get()
