"""The outside effects of a process by `strace -f -y`: files opened for writing, look-ups, connections.

An attempt counts like a success, so only the arguments are read. A hook in Python's `socket`
would not see C++ libraries.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

FILE_CALLS = ("open", "openat", "openat2", "creat", "mkdir", "mkdirat", "rename", "renameat", "renameat2")
SENDING_CALLS = ("connect", "sendto", "sendmsg", "sendmmsg")
WRITING_FLAGS = ("O_WRONLY", "O_RDWR", "O_CREAT")
NAME_SERVER_PORT = 53
LOOPBACK = re.compile(r"127\.|::1$|::ffff:127\.")

_CALL = re.compile(r"^\d+ +(\w+)\((.*)$")
_PATH = re.compile(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')
_ADDRESS = re.compile(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"')
_PORT = re.compile(r"port=htons\((\d+)\)")
_UNIX_PATH = re.compile(r'sa_family=AF_UNIX, sun_path="([^"]+)"')


@lru_cache
def why_nothing_can_be_watched() -> str | None:
    """None if strace is installed and may trace."""
    if shutil.which("strace") is None:
        return "strace is not here (apt-get install strace): nothing below Python can be watched"
    tried = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, text=True, check=False)
    return f"strace may not trace here: {tried.stderr.strip()}" if tried.returncode else None


@lru_cache
def without_network() -> tuple[str, ...]:
    """The command before a command that leaves it nothing but loopback; empty where the system forbids it."""
    command = ("unshare", "--user", "--map-root-user", "--net")
    if shutil.which(command[0]) is None:
        return ()
    tried = subprocess.run([*command, "true"], capture_output=True, check=False)
    return () if tried.returncode else command


def watched(trace: Path, *, append: bool = False) -> list[str]:
    """The command before a command that writes its calls, and those of all processes that it starts, to `trace`."""
    calls = ",".join(f"?{call}" for call in (*FILE_CALLS, *SENDING_CALLS))  # ?: some machines lack some of them
    how = ["-f", *(["-A"] if append else [])]
    return ["strace", *how, "--seccomp-bpf", "-y", "-s", "200", "-e", f"trace={calls}", "-o", str(trace)]


def files_outside(trace: str, own: Sequence[Path]) -> list[str]:
    """Each file or folder that was to be written outside the folders `own`, devices and /proc excepted."""
    found = {}
    for call, arguments in _calls(trace, FILE_CALLS):
        if call.startswith("open") and not any(flag in arguments for flag in WRITING_FLAGS):
            continue
        for folder, name in _PATH.findall(arguments):
            path = Path(os.path.normpath(Path(folder or "/") / name))
            if not any(path.is_relative_to(allowed) for allowed in (*own, Path("/dev"), Path("/proc"))):
                found[str(path)] = None
    return list(found)


def beyond_loopback(trace: str) -> list[str]:
    """Each address beyond loopback, name server, or other service of the machine that something was sent to."""
    found = {}
    for call, arguments in _calls(trace, SENDING_CALLS):
        for four, six in _ADDRESS.findall(arguments):
            port = next(iter(_PORT.findall(arguments)), "?")
            if not LOOPBACK.match(four or six) or port == str(NAME_SERVER_PORT):
                found[f"{call} {four or six} port {port}"] = None
        for path in _UNIX_PATH.findall(arguments):  # the name service's cache and a resolver listen on such sockets
            found[f"{call} {path}"] = None
    return list(found)


def _calls(trace: str, wanted: Sequence[str]) -> list[tuple[str, str]]:
    """(call, arguments as they were printed) of each line that begins one."""
    begun = (_CALL.match(line) for line in trace.splitlines())
    return [(match[1], match[2]) for match in begun if match is not None and match[1] in wanted]
