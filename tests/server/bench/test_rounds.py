from __future__ import annotations

import pytest

from server.bench.rounds import BenchError, start


async def test_a_process_that_prints_nothing_is_an_error_and_not_an_endless_wait() -> None:
    process = await start("http.server", "0", "--bind", "127.0.0.1")
    try:
        with pytest.raises(BenchError, match="printed nothing for 0 s"):
            await process.line(within_s=0.05)
    finally:
        await process.end()
