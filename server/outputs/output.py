"""What all outputs share: the interface of their modules, their access to the server, and the task that runs them."""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from server.clock import Clock
from server.protocol.subscription import Topic
from server.protocol.types import ServerMessage
from server.streaming.hub import GazeHub

if TYPE_CHECKING:
    from server.session.live import LiveSession

log = logging.getLogger(__name__)

TOPICS: frozenset[Topic] = frozenset({"gaze", "fixation", "saccade", "blink", "mark", "stimulus"})


@dataclass(frozen=True, slots=True)
class ServerParts:
    """The parts of the server that an output may use. port: the server's configured port, 0 for a free one."""

    hub: GazeHub
    clock: Clock
    sessions: Mapping[str, LiveSession]
    port: int


class Output(Protocol):
    """An output that is open."""

    def describe(self) -> str:
        """One line for the person who started the server."""

    async def close(self) -> None: ...


class OutputModule(Protocol):
    """A module that `server.outputs.OUTPUTS` lists."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Adds its options, all off by default. The module must import quickly, because `--help` imports it."""

    async def open(self, options: argparse.Namespace, server: ServerParts) -> Output | None:
        """Opens the output; None if its options are off. Raises StartupError."""


class ForwardTask:
    """Passes each message of the newest session to `forward` until it is closed.

    `forward` must not wait, because samples that arrive in that time are replaced. A message that it fails on is left
    out; the log has the first traceback.
    """

    def __init__(self, name: str, hub: GazeHub, forward: Callable[[ServerMessage], None]) -> None:
        self._name = name
        self._hub = hub
        self._forward = forward
        self._failed = False
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        async for message in self._hub.follow(TOPICS):
            try:
                self._forward(message)
            except Exception:
                if not self._failed:  # logged once, not for each frame
                    log.exception("%s: a message was left out", self._name)
                self._failed = True
