"""The cameras of the bench, in a process of their own, so that their CPU time is not that of the server.

    python -m server.bench.load ws://HOST:PORT/v1/camera --sessions 4 --size 640x480 --mode region

1. Each camera connects and calibrates. Then the process prints {"ready": true} and waits for a line.
2. Each camera sends its frames for --seconds. The process prints the figures of all cameras as one line of JSON, and
   waits for a line before it disconnects.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import get_args

from websockets.asyncio.client import connect

from server.bench.camera import Camera, Figures
from server.bench.video import Mode, Shot, Size, load_person, moving

APP = Path(__file__).resolve().parents[2]
DEMO_FRAMES = APP / "web" / "demo" / "person" / "frames"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m server.bench.load", description=__doc__.split("\n")[0])
    parser.add_argument("url", help="ws://HOST:PORT/v1/camera")
    add_load_options(parser)
    parser.add_argument("--sessions", type=int, default=1)
    parser.add_argument("--size", type=parse_size, default=Size(640, 480))
    parser.add_argument("--mode", choices=get_args(Mode), default="region")
    options = parser.parse_args(argv)
    asyncio.run(_load(options))
    return 0


def add_load_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options that `server.bench` passes on."""
    parser.add_argument("--frames", type=Path, default=DEMO_FRAMES, help="folder with the JPEGs of a person")
    parser.add_argument("--fps", type=float, default=30.0, help="frames a second; 0 sends as fast as they are answered")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long to measure")


def parse_size(text: str) -> Size:
    """WIDTHxHEIGHT in pixels. Raises argparse.ArgumentTypeError."""
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal() and 64 <= int(width) <= 1920 and 64 <= int(height) <= 1080):
        raise argparse.ArgumentTypeError(f"a size is WIDTHxHEIGHT, from 64x64 to 1920x1080, got {text!r}")
    return Size(int(width), int(height))


async def _load(options: argparse.Namespace) -> None:
    person = load_person(options.frames)
    async with contextlib.AsyncExitStack() as stack:
        cameras = []
        for _ in range(options.sessions):
            cameras.append(Camera(await stack.enter_async_context(connect(options.url, max_size=None))))
            await cameras[-1].hello()
        boxes = [await camera.calibrate(person, options.size) for camera in cameras]
        shots = moving(person, options.size, options.mode, boxes[0])
        print(json.dumps({"ready": True}), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        figures = await asyncio.gather(
            *(_stream(camera, number, shots, options) for number, camera in enumerate(cameras))
        )
        print(json.dumps([asdict(one) for one in figures]), flush=True)
        await asyncio.to_thread(sys.stdin.readline)


async def _stream(camera: Camera, number: int, shots: Sequence[Shot], options: argparse.Namespace) -> Figures:
    """Cameras are not in step: each starts a part of a frame's time, and a part of the loop, after the one before."""
    if options.fps > 0:
        await asyncio.sleep(number / options.sessions / options.fps)
    first = len(shots) * number // options.sessions
    return await camera.stream(shots, fps=options.fps, seconds=options.seconds, first=first)


if __name__ == "__main__":
    raise SystemExit(main())
