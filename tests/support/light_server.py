"""The server without networks, as a process that a test may kill: `python -m tests.support.light_server FOLDER`.

It prints its port, and runs until it is killed or gets a signal.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from tests.support.server import running_server


async def main(folder: Path) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running_server(folder) as server:
        print(server.port, flush=True)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
