"""The command watch: prints gaze as one live line in the terminal, with events above it."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, TextIO
from urllib.parse import urlsplit

from .sample import Sample
from .stream import StreamLost, StreamRefused, message_stream

OK, FAILED = 0, 1
DEFAULT_URL = "ws://127.0.0.1:8765"
RATE_WINDOW = 30
EVENTS = ("fixation", "saccade", "blink", "aoi", "dwell", "status", "calibration", "mark", "stimulus")
MORE_EVENTS = ("areas", "geometry", "validation")
START = "sightline serve (in the checkout: make serve)"
_CLEAR_LINE = "\r\x1b[K"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    parser.formatter_class = argparse.ArgumentDefaultsHelpFormatter
    parser.description = (
        "Print the gaze that a running server sends: a live line, with events above it. Ctrl-C stops it."
    )
    parser.add_argument("url", nargs="?", default=DEFAULT_URL, help="URL of the server, or of one of its streams")
    parser.add_argument(
        "--events",
        nargs="*",
        default=list(EVENTS),
        choices=sorted((*EVENTS, *MORE_EVENTS)),
        metavar="TOPIC",
        help="events to print",
    )
    parser.add_argument("--rate", type=float, default=None, metavar="HZ", help="maximum number of samples a second")
    parser.add_argument("--token", default=None, help="the session's token, if the server requires it")
    parser.add_argument("--json", action="store_true", help="print all messages unchanged, one on each line")
    parser.add_argument("--once", action="store_true", help="do not reconnect when the connection is lost")


def run(options: argparse.Namespace) -> int:
    """Runs the command. Exit status 1 when the stream is refused, or lost with --once."""
    try:
        asyncio.run(watch(options, sys.stdout))
    except (StreamRefused, StreamLost, ValueError) as problem:
        print(f"\nsightline: {problem}", file=sys.stderr)
        return FAILED
    except OSError:
        print("\nsightline: the output can't be written: its disk is full, or the reader has ended", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print()
    return OK


async def watch(options: argparse.Namespace, out: TextIO) -> None:
    """Prints until the stream ends. Raises StreamRefused."""
    live = out.isatty() and not options.json
    notes = _Notes(options.url, sys.stderr if options.json else out)
    arrivals: deque[float] = deque(maxlen=RATE_WINDOW)
    messages = message_stream(
        options.url,
        topics=("gaze", *options.events),
        token=options.token,
        rate_hz=options.rate,
        reconnect=not options.once,
        on_wait=notes.waits,
    )
    line = "connecting"
    async for message in messages:
        now_s = time.perf_counter()
        if message["type"] == "hello":
            notes.connected(message)
        if options.json:
            print(json.dumps(message), file=out, flush=True)
            continue
        if message["type"] == "gaze":
            arrivals.append(now_s)
            line = gaze_line(Sample.from_message(message, time.time() * 1000.0), per_second(arrivals))
            print(f"{_CLEAR_LINE}{line}" if live else line, end="" if live else "\n", file=out, flush=True)
        else:
            event = event_line(message)
            print(f"{_CLEAR_LINE}{event}\n{line}" if live else event, end="" if live else "\n", file=out, flush=True)


class _Notes:
    """Prints what the watching person waits for, each reason once in a row."""

    def __init__(self, url: str, out: TextIO) -> None:
        self._url = url
        self._out = out
        self._last = ""

    def waits(self, reason: str) -> None:
        self._say(f"{reason}. Start the server there, for example with: {START}. Trying again until Ctrl-C.")

    def connected(self, hello: Mapping[str, Any]) -> None:
        if hello.get("session") is None:
            parts = urlsplit(self._url)
            page = f"{'https' if parts.scheme in ('wss', 'https') else 'http'}://{parts.netloc}/"
            self._say(f"connected, but no camera sends. Open {page} in a browser and start the camera there.")
        elif self._last:
            self._say("connected.")

    def _say(self, text: str) -> None:
        if text != self._last:
            self._last = text
            print(text, file=self._out, flush=True)


def per_second(arrivals: Sequence[float]) -> float:
    """Arrivals a second. arrivals: times in seconds, oldest first."""
    return (len(arrivals) - 1) / (arrivals[-1] - arrivals[0]) if len(arrivals) > 1 else 0.0


def gaze_line(sample: Sample, rate_hz: float) -> str:
    place = "                no point               "
    if sample.valid and sample.x is not None and sample.y is not None:
        place = f"x {sample.x:6.3f} y {sample.y:6.3f}  {sample.x_px or 0:6.0f} {sample.y_px or 0:6.0f} px"
        place += f" ±{sample.error_px:4.0f}" if sample.error_px is not None else "      "
    event = sample.event or "-"
    if sample.fixation is not None:
        event = f"fixation {sample.fixation.duration_ms:5.0f} ms"
    latency = f"{sample.latency_ms:4.0f} ms late" if sample.latency_ms is not None else ""
    areas = f"  in {', '.join(sample.aoi)}" if sample.aoi else ""
    return f"{sample.session} {sample.seq:6d} {sample.status:17} {place}  {event:17} {rate_hz:5.1f}/s {latency}{areas}"


def event_line(message: Mapping[str, Any]) -> str:
    """One line for an event of any type: the type, then the fields that are text or numbers."""
    fields = [
        f"{key} {value}"
        for key, value in message.items()
        if key not in ("type", "v", "version", "session", "timestamp", "start", "space")
        and isinstance(value, str | int | float)
    ]
    return f"{message['type']:12} {'  '.join(fields)}"
