"""A worker that notes which of the project's files each batch enters: one line of the file in TRACE for each batch."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from server.inference import worker
from tests.support.tracer import Tracer

TRACE = "SIGHTLINE_TEST_TRACE"


class BatchTracer(Tracer):
    """From the beginning of a batch to the wait for the next one."""

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        super().__call__(frame, event, argument)
        if event == "call" and frame.f_code is worker._asks_for_fork.__code__:
            with Path(os.environ[TRACE]).open("a") as file:
                file.write(json.dumps([*self.files]) + "\n")
            self.files.clear()


def main() -> None:
    tracer = BatchTracer()
    tracer.active = True
    sys.setprofile(tracer)
    try:
        worker.main()
    finally:
        sys.setprofile(None)


if __name__ == "__main__":
    main()
