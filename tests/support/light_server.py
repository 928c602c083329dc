"""The server without networks, as a process that a test may kill: `python -m tests.support.light_server FOLDER`.

A second argument is the address of a Redis that it shares with other servers. It prints its port, and runs until it is
killed or gets a signal.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from calibration.profiles.redis_store import RedisProfileStore, connected
from tests.support.peers import peers
from tests.support.server import running_server


async def main(folder: Path, redis: str | None = None) -> None:
    shared = {} if redis is None else {"profiles": RedisProfileStore(connected(redis)), "peers": peers(redis)}
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running_server(folder, redis=redis, **shared) as server:
        print(server.port, flush=True)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))
