"""The table of outputs: its options, and how a server opens and closes them."""

from __future__ import annotations

import argparse
import subprocess
import sys
from types import SimpleNamespace

import pytest

from server import outputs
from server.clock import SystemClock
from server.errors import StartupError
from server.outputs import open_outputs, output_options
from server.outputs.output import ForwardTask, ServerParts
from server.protocol.events import MarkEvent
from server.protocol.types import ServerMessage
from server.streaming.hub import GazeHub
from tests.support.gaze_messages import mark
from tests.support.times import seconds, wait_until


def parts(hub: GazeHub) -> ServerParts:
    return ServerParts(hub=hub, clock=SystemClock(), sessions={}, port=0)


@pytest.mark.parametrize("options", [None, output_options()])
async def test_without_an_option_no_output_opens(options: object) -> None:
    hub = GazeHub()
    async with open_outputs(options, parts(hub)) as opened:  # type: ignore[arg-type]
        assert opened == ()
        assert hub.subscriber_count == 0


async def test_each_output_describes_itself_and_all_are_closed_at_the_end() -> None:
    hub = GazeHub()
    async with open_outputs(output_options("--open-gaze", "0", "--osc", "9", "--osc", "[::1]:9"), parts(hub)) as opened:
        described = [output.describe() for output in opened]
        assert described[0].startswith("Open Gaze API: 127.0.0.1 port ")
        assert described[1] == "OSC: to 127.0.0.1 port 9, ::1 port 9"
    assert hub.subscriber_count == 0


async def test_an_output_that_cannot_open_closes_those_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = GazeHub()
    monkeypatch.setitem(sys.modules, "pylsl", None)
    with pytest.raises(StartupError, match="pylsl"):
        async with open_outputs(output_options("--open-gaze", "0", "--lsl"), parts(hub)):
            pytest.fail("it has opened")
    assert hub.subscriber_count == 0


def test_declaring_the_options_loads_no_library_of_an_output_or_a_network() -> None:
    heavy = "torch cv2 mediapipe openvino aiohttp scipy sklearn pylsl"
    script = f"import sys, server.options; print([name for name in '{heavy}'.split() if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=seconds(60)
    )
    assert done.stdout.strip() == "[]"


async def test_a_module_in_the_table_is_all_that_an_output_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    class Paper:
        closed = False

        def describe(self) -> str:
            return "Paper: on the desk"

        async def close(self) -> None:
            self.closed = True

    paper = Paper()

    async def open_paper(options: argparse.Namespace, _server: ServerParts) -> Paper | None:
        return paper if options.paper else None

    module = SimpleNamespace(
        add_options=lambda parser: parser.add_argument("--paper", action="store_true"), open=open_paper
    )
    monkeypatch.setattr(outputs, "OUTPUTS", (*outputs.OUTPUTS, module))
    async with open_outputs(output_options("--paper"), parts(GazeHub())) as opened:
        assert [output.describe() for output in opened] == ["Paper: on the desk"]
    assert paper.closed


async def test_an_output_leaves_out_a_message_that_it_fails_on_and_logs_it_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    hub, taken = GazeHub(), []

    def forward(message: ServerMessage) -> None:
        if isinstance(message, MarkEvent) and message.label == "bad":
            raise OverflowError("beyond any sense")
        taken.append(message)

    hub.open("s_1")
    task = ForwardTask("Paper", hub, forward)
    await wait_until(lambda: hub.subscriber_count == 1)
    for label in ("bad", "bad", "good"):
        hub.publish("s_1", mark(label))
    await wait_until(lambda: bool(taken))
    await task.close()
    assert taken == [mark("good")]
    assert caplog.text.count("Paper: a message was left out") == 1
