"""The log: what it holds, and the format of its lines. Texts that come from outside can't break it.

1. A message is one line: control characters and line breaks in it are escaped, so that no request can forge a line or
   send codes to a terminal.
2. A kind of message is logged at most MAX_OF_A_KIND times a minute, so that no client can fill the disk. The next line
   of this kind after the minute says how many were left out.
3. It holds no name of a person, no token, no address of a client and no path of a person's file. Callers leave them
   out, `without_path` takes them from errors of the system, and `hide_clients` from messages of aiohttp.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Literal, get_args

MAX_OF_A_KIND = 20
PERIOD_S = 60.0
MAX_KINDS = 1000  # libraries make some messages from values; then each value is a kind


MAX_LINE_CHARS = 1000  # an address in a request has up to 8190


LogFormat = Literal["text", "json"]
LOG_FORMATS: tuple[LogFormat, ...] = get_args(LogFormat)


class OneLineFormatter(logging.Formatter):
    """A traceback has lines of its own. They are indented, so that they can't be taken for messages."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        line = escaped(super().formatMessage(record))
        return line if len(line) <= MAX_LINE_CHARS else line[:MAX_LINE_CHARS] + "..."

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return "\n".join(f"  | {escaped(line)}" for line in super().formatException(ei).splitlines())


class JsonFormatter(logging.Formatter):
    """One JSON object on each line: time (ISO 8601, UTC), level, logger, message, and exception if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds")
        line = {
            "time": time.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage()[:MAX_LINE_CHARS],
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def escaped(text: str) -> str:
    """The text with every character that is not printable as an escape sequence."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@dataclass(slots=True)
class _Kind:
    since_s: float
    logged: int = 0
    left_out: int = 0


class RepeatLimit(logging.Filter):
    """Leaves out messages of a kind that comes too often. A kind is a logger, a level and a message without values."""

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic_s = monotonic_s
        self._kinds: dict[tuple[str, int, str], _Kind] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now_s, key = self._monotonic_s(), (record.name, record.levelno, str(record.msg)[:80])
        if len(self._kinds) >= MAX_KINDS and key not in self._kinds:
            self._kinds.clear()
        kind = self._kinds.setdefault(key, _Kind(now_s))
        if now_s - kind.since_s >= PERIOD_S:
            if kind.left_out:
                record.msg = f"{record.getMessage()} ({kind.left_out} more of this kind were left out)"
                record.args = ()
            self._kinds[key] = kind = _Kind(now_s)
        if kind.logged >= MAX_OF_A_KIND:
            kind.left_out += 1
            return False
        kind.logged += 1
        return True


def hide_broken_requests(record: logging.LogRecord) -> bool:
    """Leaves out the traceback that aiohttp logs for each request that is not HTTP: any web page can cause one."""
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or kind.__module__ != "aiohttp.http_exceptions"


def hide_clients(record: logging.LogRecord) -> bool:
    """Removes the client's address from aiohttp's message about a bug in a handler. Keeps the record."""
    if record.name == "aiohttp.server" and record.args:
        record.msg, record.args = str(record.msg).split(" from ")[0], ()
    return True


def without_path(problem: BaseException) -> str:
    """The reason of an error. The text of an OSError names a file, and other texts may name a person."""
    reason = problem.strerror if isinstance(problem, OSError) else None
    return reason or type(problem).__name__


def configure(*, verbose: bool, log_format: LogFormat = "text") -> None:
    """Logs to stderr: warnings and errors; with `verbose`, also connections and refusals of this package."""
    handler = logging.StreamHandler()
    text = OneLineFormatter("%(asctime)s %(levelname)s %(message)s")
    handler.setFormatter(text if log_format == "text" else JsonFormatter())
    handler.addFilter(hide_broken_requests)
    handler.addFilter(hide_clients)
    handler.addFilter(RepeatLimit())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.captureWarnings(True)  # else libraries' warnings are lines of another format
    if verbose:
        logging.getLogger("server").setLevel(logging.INFO)  # not the loggers of libraries
