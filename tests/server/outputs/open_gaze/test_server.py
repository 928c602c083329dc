"""The Open Gaze API on a real socket: answers, and disconnections."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.errors import StartupError
from server.outputs.open_gaze import server as open_gaze
from server.outputs.open_gaze.server import MAX_CLIENTS, MAX_COMMANDS_PER_S, MAX_LINE_BYTES, OpenGazeServer
from server.outputs.open_gaze.session import TrackerFacts
from server.streaming.hub import GazeHub
from tests.support.gaze_messages import gaze
from tests.support.open_gaze import OpenGazeClient
from tests.support.server import NOW_MS
from tests.support.times import seconds, wait_until

ASK = b'<GET ID="API_ID" />\r\n'


class StoppedClock:
    def now_ms(self) -> float:
        return NOW_MS


class Running:
    def __init__(self, hub: GazeHub, port: int) -> None:
        self.hub = hub
        self.port = port
        self._seq = 0

    @property
    def n_clients(self) -> int:
        """From the number of the hub's subscribers, of which one follows the calibrations."""
        return self.hub.subscriber_count - 1

    @contextlib.asynccontextmanager
    async def client(self, **options: int) -> AsyncIterator[OpenGazeClient]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, **options)
        try:
            yield OpenGazeClient(reader, writer)
        finally:
            writer.transport.abort()

    def publish(self, x: float = 0.5) -> int:
        self._seq += 1
        self.hub.publish("s_1", gaze(self._seq, timestamp=NOW_MS, valid=True, status="ok", x=x, y=0.5))
        return self._seq


@contextlib.asynccontextmanager
async def running() -> AsyncIterator[Running]:
    hub = GazeHub()
    hub.open("s_1")
    server = OpenGazeServer(hub=hub, clock=StoppedClock(), facts=lambda: TrackerFacts(session_id="s_1"))
    await server.start(0)
    try:
        yield Running(hub, server.port)
    finally:
        await server.close()


async def test_two_clients_get_the_fields_that_each_has_asked_for() -> None:
    async with running() as server, server.client() as one, server.client() as other:
        await one.enable("COUNTER", "DATA")
        await other.enable("POG_BEST", "DATA")
        server.publish(0.25)
        assert await one.line() == '<REC CNT="1" />'
        assert await other.line() == '<REC BPOGX="0.25000" BPOGY="0.50000" BPOGV="1" />'


async def test_user_data_of_one_client_reaches_all() -> None:
    async with running() as server, server.client() as one, server.client() as other:
        await other.enable("USER_DATA", "DATA")
        assert "ACK" in await one.ask(b'<SET ID="USER_DATA" VALUE="go" DUR="1" />\r\n')
        server.publish()
        assert await other.line() == '<REC USER="go" />'


async def test_commands_may_come_in_pieces_and_several_at_once() -> None:
    async with running() as server, server.client() as client:
        client.writer.write(ASK[:7])
        await asyncio.sleep(seconds(0.05))  # no event says that the server has read the first piece
        assert "ACK" in await client.ask(ASK[7:] + ASK)
        assert "ACK" in await client.line()


async def test_an_invalid_line_gets_a_nack_and_the_connection_stays_open() -> None:
    async with running() as server, server.client() as client:
        for rubbish in (b"hello\r\n", b"\xff\xfe\x00\r\n", b"\r\n", b'<SET ID="ENABLE_SEND_DATA" STATE="x" />\n'):
            assert (await client.ask(rubbish)).startswith("<NACK")
        assert "ACK" in await client.ask(ASK)


async def test_a_web_page_that_posts_commands_is_cut_off_before_any_of_them() -> None:
    async with running() as server, server.client() as client, server.client() as other:
        await other.enable("USER_DATA", "DATA")
        body = b'<SET ID="USER_DATA" VALUE="forged" />\r\n'
        client.writer.write(b"POST / HTTP/1.1\r\nHost: 127.0.0.1:4242\r\nContent-Type: text/plain\r\n\r\n" + body)
        assert await client.line() == ""
        server.publish()
        assert await other.line() == '<REC USER="0" />'


async def test_a_line_without_an_end_is_cut_off() -> None:
    async with running() as server, server.client() as client, server.client() as other:
        client.writer.write(b'<SET ID="USER_DATA" VALUE="' + b"a" * (MAX_LINE_BYTES + 100))
        assert await client.is_cut_off()
        assert "ACK" in await other.ask(ASK)


async def test_a_flood_of_commands_is_cut_off() -> None:
    async with running() as server, server.client() as client, server.client() as other:
        client.writer.write(ASK * (4 * MAX_COMMANDS_PER_S))
        assert await client.is_cut_off()
        assert "ACK" in await other.ask(ASK)


async def test_a_client_that_never_reads_is_cut_off_and_delays_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_gaze, "STALLED_S", 0.5)
    wanted = ("COUNTER", "POG_FIX", "POG_LEFT", "POG_RIGHT", "PUPIL_LEFT", "PUPIL_RIGHT", "EYE_LEFT", "DATA")
    with socket.socket() as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        async with running() as server, server.client() as reading:
            stuck.connect(("127.0.0.1", server.port))
            stuck.sendall("".join(f'<SET ID="ENABLE_SEND_{group}" STATE="1" />\r\n' for group in wanted).encode())
            await reading.enable("COUNTER", "DATA")
            assert server.n_clients == 2
            for _ in range(60_000):  # some 15 MB, where the buffers on the way hold 0.3
                seq = server.publish()
                assert await reading.line() == f'<REC CNT="{seq}" />'
                if server.n_clients == 1:
                    break
            assert server.n_clients == 1, "the stuck client was not cut off"


async def test_a_slow_client_misses_samples_and_gets_the_newest() -> None:
    async with running() as server, server.client() as client:
        await client.enable("COUNTER", "DATA")
        for _ in range(5):
            last = server.publish()  # without giving the sender its turn
        assert await client.line() == f'<REC CNT="{last}" />'


async def test_the_number_of_clients_has_a_bound() -> None:
    async with running() as server, contextlib.AsyncExitStack() as clients:
        for _ in range(MAX_CLIENTS):
            client = await clients.enter_async_context(server.client())
            assert "ACK" in await client.ask(ASK)
        assert await (await clients.enter_async_context(server.client())).is_cut_off()


async def test_a_client_that_disconnects_is_removed() -> None:
    async with running() as server:
        async with server.client() as client:
            assert "ACK" in await client.ask(ASK)
            assert server.n_clients == 1
        await wait_until(lambda: server.n_clients == 0)


async def test_the_end_of_the_server_ends_its_connections(tmp_path: Path) -> None:
    async with contextlib.AsyncExitStack() as rest:
        async with running() as server:
            client = await rest.enter_async_context(server.client())
            assert "ACK" in await client.ask(ASK)
        assert await client.line() == ""


async def test_a_port_in_use_is_reported_with_advice() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = OpenGazeServer(hub=GazeHub(), clock=StoppedClock(), facts=TrackerFacts)
        with pytest.raises(StartupError, match=rf"port {port}: .*{re.escape('--open-gaze 4243')}"):
            await server.start(port)
