"""How a pool gets its workers."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from server.inference.forks import CannotFork
from server.inference.worker_process import WorkerProcess


class WorkerStarter:
    """Starts the workers of a pool: the first as a new process, the others as its forks where that is possible."""

    def __init__(self, command: Sequence[str], cores: Sequence[int | None]) -> None:
        """cores: of worker 0, 1, ...; they begin again after the last. None: any core."""
        self._command = command
        self._cores = cores
        self._template: WorkerProcess | None = None

    async def __call__(self, number: int) -> WorkerProcess:
        """Raises WorkerFailed."""
        core = self._cores[number % len(self._cores)]
        template = self._template
        if template is not None and not template.ended.done():
            with contextlib.suppress(CannotFork):
                return await template.fork(core)
        self._template = await WorkerProcess.start(self._command, core)
        return self._template
