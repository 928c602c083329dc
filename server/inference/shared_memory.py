"""Memory that the server and one worker share. A batch's JPEGs lie in it.

It has no name in a file system, so nothing is left when both processes end, however they end:

- Linux: an anonymous file in memory (memfd_create), which the worker inherits.
- Windows: a mapping with a random name, which ends with its last handle.
- Elsewhere: a deleted temporary file, which the worker inherits.
"""

from __future__ import annotations

import mmap
import os
import secrets
import sys
import tempfile
from collections.abc import Sequence

from server.settings import MAX_FRAME_BYTES

MAX_BATCH = 16
"""JPEGs that a worker can get at once."""

_DECODING_AT = 0
_FIRST_SLOT = mmap.ALLOCATIONGRANULARITY
_SLOT = MAX_FRAME_BYTES
_SIZE = _FIRST_SLOT + MAX_BATCH * _SLOT  # pages count as memory from their first use on: a JPEG has about 50 KiB
_NOTHING = 0xFF


class SharedMemory:
    """One slot for each JPEG of a batch, and the number of the JPEG that the worker decodes now."""

    def __init__(self, memory: mmap.mmap, handle: str, inherited: Sequence[int] = ()) -> None:
        """handle: for `open` in the worker. inherited: the file descriptors that the worker needs for it."""
        self.handle = handle
        self.inherited = inherited
        self._memory = memory
        self._view = memoryview(memory)
        self.set_decoding(None)

    @classmethod
    def create(cls) -> SharedMemory:
        if sys.platform == "win32":
            name = f"sightline-{secrets.token_hex(16)}"
            return cls(mmap.mmap(-1, _SIZE, tagname=name), name)
        if sys.platform == "linux":
            file = os.memfd_create("sightline-frames")
        else:
            file, path = tempfile.mkstemp(prefix="sightline-")
            os.unlink(path)
        os.ftruncate(file, _SIZE)
        return cls(mmap.mmap(file, _SIZE), str(file), (file,))

    @classmethod
    def open(cls, handle: str) -> SharedMemory:
        """Opens it in the worker."""
        if sys.platform == "win32":
            return cls(mmap.mmap(-1, _SIZE, tagname=handle), handle)
        return cls(mmap.mmap(int(handle), _SIZE), handle, (int(handle),))

    def put(self, slot: int, jpeg: bytes) -> None:
        begin = _FIRST_SLOT + slot * _SLOT
        self._view[begin : begin + len(jpeg)] = jpeg

    def get(self, slot: int, n_bytes: int) -> memoryview:
        begin = _FIRST_SLOT + slot * _SLOT
        return self._view[begin : begin + n_bytes]

    @property
    def decoding(self) -> int | None:
        """The slot whose JPEG is being decoded."""
        slot = self._view[_DECODING_AT]
        return None if slot == _NOTHING else slot

    def set_decoding(self, slot: int | None) -> None:
        self._view[_DECODING_AT] = _NOTHING if slot is None else slot

    def close(self) -> None:
        """May be called again."""
        self._view.release()
        self._memory.close()
        files, self.inherited = self.inherited, ()
        for file in files:
            os.close(file)
