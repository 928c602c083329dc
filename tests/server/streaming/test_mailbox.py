from __future__ import annotations

import asyncio

import pytest

from server.streaming.latest import Closed, EventQueue, LatestSlot
from tests.support.times import WAIT_S


async def test_a_newer_letter_replaces_the_one_that_waits_and_the_replaced_one_is_returned() -> None:
    mailbox: LatestSlot[str] = LatestSlot()
    assert mailbox.put("first") is None
    assert mailbox.put("second") == "first"
    assert await mailbox.get() == "second"


async def test_get_waits_for_a_letter() -> None:
    mailbox: LatestSlot[str] = LatestSlot()
    getter = asyncio.create_task(mailbox.get())
    await asyncio.sleep(0)
    assert not getter.done()
    mailbox.put("letter")
    assert await asyncio.wait_for(getter, WAIT_S) == "letter"


async def test_a_closed_mailbox_gives_what_is_left_and_then_ends() -> None:
    mailbox: LatestSlot[str] = LatestSlot()
    mailbox.put("last")
    mailbox.close()
    assert mailbox.put("too late") is None
    assert await mailbox.get() == "last"
    with pytest.raises(Closed):
        await mailbox.get()


async def test_closing_wakes_the_one_who_waits() -> None:
    mailbox: LatestSlot[str] = LatestSlot()
    getter = asyncio.create_task(mailbox.get())
    await asyncio.sleep(0)
    mailbox.close()
    with pytest.raises(Closed):
        await asyncio.wait_for(getter, WAIT_S)


async def test_an_inbox_gives_all_events_in_order_and_then_the_newest_letter() -> None:
    inbox: EventQueue[str] = EventQueue(3)
    inbox.put("first")
    for event in "abcd":
        inbox.put_event(event)
    inbox.put("second")
    assert [await inbox.get() for _ in range(4)] == ["b", "c", "d", "second"]


async def test_an_inbox_waits_for_an_event_as_for_a_letter() -> None:
    inbox: EventQueue[str] = EventQueue(3)
    for put in (inbox.put_event, inbox.put):
        getter = asyncio.create_task(inbox.get())
        await asyncio.sleep(0)
        assert not getter.done()
        put("it")
        assert await asyncio.wait_for(getter, WAIT_S) == "it"


async def test_a_closed_inbox_gives_what_is_left_and_then_ends() -> None:
    inbox: EventQueue[str] = EventQueue(3)
    inbox.put("letter")
    inbox.put_event("event")
    inbox.close()
    inbox.put_event("too late")
    assert [await inbox.get(), await inbox.get()] == ["event", "letter"]
    with pytest.raises(Closed):
        await inbox.get()
