from __future__ import annotations

import io
import json
import logging
import re

import pytest

from server.log import (
    MAX_KINDS,
    MAX_OF_A_KIND,
    PERIOD_S,
    JsonFormatter,
    OneLineFormatter,
    RepeatLimit,
    hide_broken_requests,
    hide_clients,
    without_path,
)


class Log:
    """A logger with our formatter and filters, and a clock that is set by hand."""

    def __init__(self, formatter: logging.Formatter | None = None, name: str = "test") -> None:
        self.now_s = 0.0
        self._stream = io.StringIO()
        handler = logging.StreamHandler(self._stream)
        handler.setFormatter(formatter or OneLineFormatter("%(levelname)s %(message)s"))
        handler.addFilter(hide_broken_requests)
        handler.addFilter(hide_clients)
        handler.addFilter(RepeatLimit(lambda: self.now_s))
        self.logger = logging.Logger(name)
        self.logger.addHandler(handler)

    @property
    def lines(self) -> list[str]:
        return self._stream.getvalue().splitlines()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("/a\n2026-01-01 ERROR forged", "WARNING /a\\n2026-01-01 ERROR forged"),
        ("\r\x1b[31mred\x00", "WARNING \\r\\x1b[31mred\\x00"),
        ("\u2028\x85\u202e", "WARNING \\u2028\\x85\\u202e"),
        ("Zoë 李", "WARNING Zoë 李"),
    ],
)
def test_a_text_from_outside_makes_no_line_of_its_own(text: str, line: str) -> None:
    log = Log()
    log.logger.warning("%s", text)
    assert log.lines == [line]


def test_a_long_text_is_cut() -> None:
    log = Log()
    log.logger.warning("%s", "a" * 8000)
    assert len(log.lines[0]) < 1100


def test_the_lines_of_a_traceback_are_indented() -> None:
    log = Log()
    try:
        raise ValueError("bad\n2026-01-01 ERROR forged")
    except ValueError:
        log.logger.exception("a bug")
    first, *traceback = log.lines
    assert first == "ERROR a bug"
    assert all(line.startswith("  | ") for line in traceback)


def test_messages_of_a_kind_are_limited_and_those_left_out_are_counted() -> None:
    log = Log()
    for i in range(1000):
        log.logger.warning("bad frame %d", i)
    log.logger.warning("another kind")
    assert len(log.lines) == MAX_OF_A_KIND + 1
    log.now_s += PERIOD_S
    log.logger.warning("bad frame %d", 1000)
    assert log.lines[-1] == f"WARNING bad frame 1000 ({1000 - MAX_OF_A_KIND} more of this kind were left out)"


def test_the_memory_of_kinds_is_limited() -> None:
    limit = RepeatLimit(lambda: 0.0)
    for i in range(3 * MAX_KINDS):
        assert limit.filter(logging.LogRecord("test", logging.ERROR, "", 0, f"kind {i}", (), None))
    assert len(limit._kinds) <= MAX_KINDS


def test_a_request_that_is_not_http_leaves_no_traceback() -> None:
    from aiohttp.http_exceptions import LineTooLong

    log = Log()
    try:
        raise LineTooLong("/aaaa")
    except LineTooLong:
        log.logger.exception("Error handling request")
    assert log.lines == []


def test_json_has_one_object_on_each_line_also_for_a_traceback() -> None:
    log = Log(JsonFormatter())
    log.logger.warning("%s", "a\nb \x1b[31m \u2028")
    try:
        raise ValueError("bad\nvalue")
    except ValueError:
        log.logger.exception("a bug")
    first, second = (json.loads(line) for line in log.lines)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["time"])
    assert (first["level"], first["logger"], first["message"]) == ("warning", "test", "a\nb \x1b[31m \u2028")
    assert (second["level"], second["message"]) == ("error", "a bug")
    assert "ValueError: bad" in second["exception"]


def test_a_bug_in_a_handler_is_logged_without_the_client() -> None:
    log = Log(name="aiohttp.server")
    log.logger.error("Error handling request from %s", "192.0.2.7")
    assert log.lines == ["ERROR Error handling request"]


def test_an_error_of_the_system_is_logged_without_its_file() -> None:
    assert without_path(OSError(28, "No space left on device", "/home/ada/file")) == "No space left on device"
    assert without_path(ValueError("the profile of Ada")) == "ValueError"
