"""Gaze in protocols of other programs: Open Gaze API, Lab Streaming Layer, OSC.

Each output is a subscriber of the hub. To add one, write a module with `add_options` and `open`
(`server.outputs.output.OutputModule`) and name it in `OUTPUTS`.
"""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from server.outputs import lsl, open_gaze, osc
from server.outputs.output import Output, OutputModule, ServerParts

OUTPUTS: tuple[OutputModule, ...] = (open_gaze, lsl, osc)


def add_options(parser: argparse.ArgumentParser) -> None:
    for module in OUTPUTS:
        module.add_options(parser)


def output_options(*arguments: str) -> argparse.Namespace:
    """The options of the outputs, for a server without a command line. Without arguments all outputs are off."""
    parser = argparse.ArgumentParser(add_help=False)
    add_options(parser)
    return parser.parse_args(arguments)


@asynccontextmanager
async def open_outputs(options: argparse.Namespace | None, server: ServerParts) -> AsyncIterator[tuple[Output, ...]]:
    """Opens the outputs, and closes them at the end. options: None for no output.

    Raises StartupError, after closing the outputs that are already open.
    """
    options = output_options() if options is None else options
    opened: list[Output] = []
    async with AsyncExitStack() as closing:
        for module in OUTPUTS:
            output = await module.open(options, server)
            if output is not None:
                closing.push_async_callback(output.close)
                opened.append(output)
        yield tuple(opened)
