"""One process at a time in a folder: two servers that save at the same time must not remove each other's files."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from calibration.errors import ProfileError

WAIT_S = 10.0  # a save takes some ms
POLL_S = 0.01


@contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Waits until no other process is in this block. False when the folder can't be locked: missing, or on a file
    system without locks. Raises ProfileError when another process does not end."""
    descriptor = _opened(folder)
    if descriptor is None:
        yield False
        return
    try:
        deadline_s = time.monotonic() + WAIT_S
        while (got := _lock(descriptor)) is False:
            if time.monotonic() > deadline_s:
                raise ProfileError(f"another Sightline is using {folder}: try again, or end it")
            time.sleep(POLL_S)
        yield got is True
    finally:
        os.close(descriptor)  # also ends the lock


if sys.platform == "win32":
    import msvcrt

    def _opened(folder: Path) -> int | None:
        """Windows can't open a folder, so a file in it is locked."""
        try:
            return os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return None

    def _lock(descriptor: int) -> bool | None:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _opened(folder: Path) -> int | None:
        try:
            return os.open(folder, os.O_RDONLY)
        except OSError:
            return None

    def _lock(descriptor: int) -> bool | None:
        """True: locked. False: another process has it. None: this file system has no locks."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return None
        return True
