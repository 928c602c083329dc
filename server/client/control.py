"""Marks, recordings and calibrations from Python programs, with the token of a session.

    async with control("ws://127.0.0.1:8765") as session:
        await session.calibrate()
        await session.record(person="Ada")
        await session.mark("trial 7")
        await session.stop_recording()

1. The token selects the session (PROTOCOL.md, "Tokens"). The page copies it with the address of its stream. Without
   one, that of the newest session is taken, if the server runs on this machine for the same user (`.runtime`).
2. Each request waits for its answer. A refusal is raised with its code. After a request with a wrong or missing member,
   the server ends the connection.
3. A lost connection is not opened again, because the session may have ended: StreamLost is raised.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncGenerator
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from .runtime import find_token
from .stream import (
    NO_CONNECTION,
    StreamLost,
    StreamRefused,
    check_closing,
    check_handshake,
    in_words,
    message_of,
    stream_address,
)

ANSWER_S = 30.0  # longer than a disk or a busy server takes
BEGIN_S = 60.0  # the game waits for a face in good light
GAME_S = 600.0
GAMES = ("calibration", "validation")
Message = dict[str, Any]


class ControlRefused(Exception):  # noqa: N818  a refusal, not a defect
    """The server refuses this request. code: one of PROTOCOL.md, section 4, or "failed"."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Control:
    """The requests of a program to one session. Made by `control`."""

    def __init__(self, connection: ClientConnection, address: str) -> None:
        self._connection = connection
        self._address = address
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Message | None]] = {}  # None: the connection has ended
        self._games: set[asyncio.Queue[Message | None]] = set()  # that get the messages about rounds of targets

    async def mark(self, label: str) -> float:
        """Labels this moment for all readers and in a running recording. Returns its time, ms since 1970.

        Returns when the mark is in the recording's file. Raises ControlRefused, and the connection ends, unless the
        label has 1 to 64 printable characters.
        """
        return float((await self.request("mark", label=label))["timestamp"])

    async def record(self, *, person: str | None = None) -> str:
        """Starts a recording of the gaze, without pictures. Returns its id.

        Raises ControlRefused: it runs already, the page has not sent its screen yet, the disk is full. Only the page
        starts recordings with pictures, because the person agrees there.
        """
        answer = await self.request("record_start", **({} if person is None else {"person": person}))
        return str(answer["recording"])

    async def stop_recording(self) -> str:
        """Stops the recording. Returns its id when the disk has it. Raises ControlRefused if none runs."""
        return str((await self.request("record_stop"))["recording"])

    async def calibrate(self) -> Message:
        """Has the camera's page play its calibration game with the person. Returns the report (PROTOCOL.md, section 3).

        Raises ControlRefused: the page does not begin (its camera is off, it shows something else; the error has its
        reason), the person stops the game, the dots were not enough. An earlier calibration then stays active.
        """
        report: Message = (await self._play("calibration"))["report"]
        return report

    async def validate(self) -> Message:
        """Has the page measure the error at new dots. Returns the result (PROTOCOL.md, section 3).

        Its `error` is the median error of single frames, which the report of `calibrate` expects as `summary.error_px`.

        Raises ControlRefused as `calibrate`, and if nothing is calibrated.
        """
        result: Message = (await self._play("validation"))["result"]
        return result

    async def _play(self, game: str) -> Message:
        """Returns the message with the state "done"."""
        heard: asyncio.Queue[Message | None] = asyncio.Queue()
        self._games.add(heard)
        begun = False
        try:
            await self.request("game_start", game=game)
            while True:
                message = await asyncio.wait_for(heard.get(), GAME_S if begun else BEGIN_S)
                if message is None:
                    raise self._end()
                if message["type"] != game:
                    continue
                state = message.get("state")
                if state == "refused" and not begun:
                    raise ControlRefused("refused", str(message["reason"]))
                begun = begun or state == "started"
                if begun and state == "done":
                    return message
                if begun and state in ("failed", "cancelled"):
                    stopped = "the game was stopped on the page"
                    raise ControlRefused(state, str(message.get("reason") or stopped))
        except asyncio.TimeoutError:
            what = "did not end" if begun else "did not begin: is the page open, with its camera on?"
            raise ControlRefused("failed", f"the {game} on the page {what}") from None
        finally:
            self._games.discard(heard)

    async def request(self, kind: str, **members: Any) -> dict[str, Any]:
        """Sends any request of PROTOCOL.md, section 3. Returns its first answer.

        Raises ControlRefused, also for an answer with the state "failed"; StreamLost if no answer comes; StreamRefused
        if the server ends the connection with a reason.
        """
        request_id = next(self._ids)
        answer: asyncio.Future[dict[str, Any] | None] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = answer
        try:
            await self._connection.send(json.dumps(dict(members, type=kind, request_id=request_id)))
            message = await asyncio.wait_for(answer, ANSWER_S)
        except ConnectionClosed as closed:
            raise self._end() from closed
        except asyncio.TimeoutError as silent:
            raise StreamLost(in_words(silent, self._address)) from silent
        finally:
            del self._waiting[request_id]
        if message is None:
            raise self._end()
        if message["type"] == "error":
            raise ControlRefused(message["code"], message["message"])
        if message.get("state") == "failed":
            raise ControlRefused("failed", str(message.get("reason")))
        return message

    async def read(self) -> None:
        """Passes each answer to its request, until the connection ends."""
        with contextlib.suppress(ConnectionClosed):
            async for text in self._connection:
                message = message_of(text)
                if message["type"] in GAMES:
                    for heard in self._games:
                        heard.put_nowait(message)
                answer = self._waiting.get(message.get("request_id", 0))
                if answer is not None and not answer.done():
                    answer.set_result(message)
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_result(None)
        for heard in self._games:
            heard.put_nowait(None)

    def _end(self) -> Exception:
        """Why the connection has ended."""
        try:
            check_closing(self._connection)
        except StreamRefused as refused:
            return refused
        return StreamLost(in_words(None, self._address))


@contextlib.asynccontextmanager
async def control(url: str, *, token: str | None = None) -> AsyncGenerator[Control, None]:
    """Connects to the token's session; without a token, to the newest one of this user's server. url: of `gaze_stream`.

    Raises StreamRefused (a wrong token, or its session has ended), StreamLost (no server, or it takes no connection
    now), ValueError (no such url).
    """
    if token is None:
        token = await asyncio.to_thread(find_token, url)
    address = stream_address(url, topics=("mark", *GAMES), token=token)
    try:
        connection = await connect(address, compression=None)
    except NO_CONNECTION as failure:
        check_handshake(failure)
        raise StreamLost(in_words(failure, address)) from failure
    session = Control(connection, address)
    reader = asyncio.create_task(session.read())
    try:
        yield session
    finally:
        await connection.close()  # while the reader reads: what comes before the server's closing frame must be read
        await reader
