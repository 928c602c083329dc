"""The server as users start it: `python -m server` in a separate process."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.support.paths import ROOT
from tests.support.times import LONG_WAIT_S, WAIT_S

TEST_DRIVER = {**os.environ, "SIGHTLINE_TEST_DRIVER": "1"}


def recordings_of(profiles: Path) -> Path:
    """The folder of recordings of a server with these profiles."""
    return profiles.with_name(f"{profiles.name}-recordings")


@contextlib.contextmanager
def server_process(profiles: Path, *options: str, test_driver: bool = True, study: Path | None = None) -> Iterator[str]:
    """The address that `python -m server` prints. SIGHTLINE_SERVER puts another command in its place.

    test_driver: whether Playwright's wait_for_function works, which needs 'unsafe-eval'.
    """
    command = shlex.split(os.environ.get("SIGHTLINE_SERVER", f"{sys.executable} -m server"))
    process = subprocess.Popen(
        [
            *command,
            *([] if study is None else ["study", str(study)]),
            "--port",
            "0",
            "--profiles",
            str(profiles),
            "--recordings",
            str(recordings_of(profiles)),
            *(() if "--cluster" in options else ("--device", "cpu")),
            *options,
        ],
        cwd=ROOT,
        env={**(TEST_DRIVER if test_driver else os.environ), "XDG_DATA_HOME": f"{profiles}-data"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    too_late = threading.Timer(LONG_WAIT_S, process.kill)
    too_late.start()
    printed = process.stdout.readline()
    too_late.cancel()
    found = re.search(r"http://\S+?/", printed)
    try:
        assert found, f"the server printed no address: {printed!r}"
        yield found[0].rstrip("/")
    finally:
        process.terminate()
        process.wait(timeout=WAIT_S)
