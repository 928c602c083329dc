"""What an error of the disk means for people. The system's own text is for programmers ("[Errno 28] ...")."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path

_NOT_ALLOWED = "Sightline has no right to use the folder or file"
_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EFBIG: "the disk is full",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.ENOENT: "a folder or a file is missing",
    errno.ENOTDIR: "there is a file where a folder should be",
    errno.EEXIST: "there is a file where a folder should be",
    errno.EISDIR: "there is a folder where a file should be",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
    errno.ENAMETOOLONG: "the name is too long for the disk",
}
_FULL = {errno.ENOSPC, errno.EFBIG}
if hasattr(errno, "EDQUOT"):  # not on Windows
    _REASONS[errno.EDQUOT] = "the disk is full"
    _FULL.add(errno.EDQUOT)


def disk_problem(error: OSError) -> str:
    """The reason, as the end of a sentence without its full stop."""
    if error.errno is None:  # raised by a library
        return "the file is damaged"
    return _REASONS.get(error.errno, "the disk does not work")


def file_problem(error: OSError) -> str:
    """The file and the reason, for commands in a terminal."""
    return f"{error.filename}: {disk_problem(error)}" if error.filename else disk_problem(error)


def disk_advice(error: OSError, option: str) -> str:
    """What to do, as a sentence without its full stop. option: of the server, that chooses the folder."""
    if error.errno in _FULL:
        return "Free some space"
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return "Close other programs, or start Sightline again"
    return f"Make the folder writable, or start Sightline with another one ({option} DIR)"


def unwritable(folder: Path) -> OSError | None:
    """Why nothing can be written into the folder, None if it can. A missing folder is not created; a temporary one
    shows whether it can be. (The bits of the mode do not: the superuser may not write into /proc either.)"""
    try:
        folder.is_dir()  # raises for a name that is too long
        place = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
        if not place.is_dir():
            return NotADirectoryError(errno.ENOTDIR, "", str(place))
        with contextlib.ExitStack() as opened:
            if place != folder:
                place = Path(opened.enter_context(tempfile.TemporaryDirectory(dir=place)))
            opened.enter_context(tempfile.TemporaryFile(dir=place)).write(b"x")
    except FileNotFoundError:  # the folder around it exists: its file system takes no new files
        return PermissionError(errno.EACCES, "", str(folder))
    except OSError as error:
        return error
    return None
