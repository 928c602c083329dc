from __future__ import annotations

import asyncio
import struct
from pathlib import Path

import pytest

from server.bench.subscribers import Tally, cut_frame, subscribe, summary
from tests.support.server import camera_client, running_server
from tests.support.times import wait_until


def test_frames_are_parsed_from_parts() -> None:
    short = b"\x81\x02hi"
    middle = b"\x81\x7e" + struct.pack(">H", 300) + b"m" * 300
    long = b"\x81\x7f" + struct.pack(">Q", 70_000) + b"l" * 70_000
    rest = short + middle + long
    for payload in (b"hi", b"m" * 300, b"l" * 70_000):
        cut = cut_frame(rest)
        assert cut is not None
        opcode, got, rest = cut
        assert (opcode, got) == (1, payload)
    assert rest == b""
    for whole in (short, middle, long):
        for length in (0, 1, 2, 3, len(whole) - 1):
            if length < len(whole):
                assert cut_frame(whole[:length]) is None


async def more_than_twenty(tally: Tally) -> None:
    await wait_until(lambda: len(tally.deliveries_ms) + tally.n_skipped > 20)


async def test_subscribers_count_their_messages_beside_a_stuck_one(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_client(server) as camera:
        listening = asyncio.create_task(subscribe(server.stream_url, subscribers=5, stuck=1, until=more_than_twenty))
        while not listening.done():
            await camera.show(0.5, 0.5)
            await asyncio.sleep(0.02)  # as a camera does
        figures = await listening
    assert figures["readers"] == 4
    assert figures["messages"] + figures["skipped"] > 20
    assert figures["lost"] == 0
    assert 0.0 <= figures["delivery_p50_ms"] <= figures["delivery_p99_ms"] <= figures["delivery_max_ms"]
    assert figures["delivery_p50_ms"] <= figures["age_p50_ms"]


async def test_refused_subscribers_report_the_reason(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        with pytest.raises(ConnectionError, match="no_session"):
            await subscribe(f"{server.stream_url}?session=s_gone", subscribers=1, stuck=0, until=more_than_twenty)


def test_subscribers_without_messages_have_a_summary() -> None:
    assert summary(Tally(), readers=3)["messages"] == 0
