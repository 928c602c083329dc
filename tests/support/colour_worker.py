"""A worker process with the tests' analyzer: `python -m tests.support.colour_worker`. `process_pipeline` starts it."""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Callable

from server.inference.engine import Engine
from server.inference.jobs import Ready
from server.inference.worker import Loaded, LoadFailed, add_place_options, work
from tests.support.server import ColourAnalyzer, StaticFaceFinder


def main() -> None:
    parser = argparse.ArgumentParser()
    add_place_options(parser)
    parser.add_argument("--unable", help="fail to load, with this reason")
    parser.add_argument("--dies", action="store_true", help="end while loading")
    options = parser.parse_args()

    def load(pin: Callable[[], None]) -> Loaded:
        pin()
        print("a library says hello", flush=True)  # must not mix with the answers
        if options.unable is not None:
            raise LoadFailed(options.unable)
        if options.dies:
            os.kill(os.getpid(), signal.SIGKILL)
        return Loaded(Engine(ColourAnalyzer(), StaticFaceFinder()), Ready((4, 1), True, None))

    work(options, load)


if __name__ == "__main__":
    main()
