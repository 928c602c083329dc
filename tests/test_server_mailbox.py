from __future__ import annotations

import asyncio

import pytest

from server.mailbox import Closed, Mailbox


async def test_a_newer_letter_replaces_the_one_that_waits_and_the_replaced_one_is_returned() -> None:
    mailbox: Mailbox[str] = Mailbox()
    assert mailbox.put("first") is None
    assert mailbox.put("second") == "first"
    assert await mailbox.get() == "second"


async def test_get_waits_for_a_letter() -> None:
    mailbox: Mailbox[str] = Mailbox()
    getter = asyncio.create_task(mailbox.get())
    await asyncio.sleep(0)
    assert not getter.done()
    mailbox.put("letter")
    assert await asyncio.wait_for(getter, 1) == "letter"


async def test_a_closed_mailbox_gives_what_is_left_and_then_ends() -> None:
    mailbox: Mailbox[str] = Mailbox()
    mailbox.put("last")
    mailbox.close()
    assert mailbox.put("too late") is None
    assert await mailbox.get() == "last"
    with pytest.raises(Closed):
        await mailbox.get()


async def test_closing_wakes_the_one_who_waits() -> None:
    mailbox: Mailbox[str] = Mailbox()
    getter = asyncio.create_task(mailbox.get())
    await asyncio.sleep(0)
    mailbox.close()
    with pytest.raises(Closed):
        await asyncio.wait_for(getter, 1)
