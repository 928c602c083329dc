from __future__ import annotations

import pytest

from server.bench.rounds import BenchError, start


async def test_a_process_that_prints_nothing_is_an_error_and_not_an_endless_wait() -> None:
    process = await start("json.tool")  # prints when its standard input ends
    try:
        with pytest.raises(BenchError, match="printed nothing for 0 s"):
            await process.line(within_s=0.05)
    finally:
        await process.end()
