"""server/outputs/README.md is complete: its groups, channels, addresses and limits are those of the code."""

from __future__ import annotations

import re

from server.outputs import lsl
from server.outputs.open_gaze import protocol as open_gaze_protocol
from server.outputs.open_gaze import server as open_gaze
from tests.support.paths import ROOT

TEXT = (ROOT / "server" / "outputs" / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return TEXT[TEXT.index(f"\n## {title}\n") :].split("\n## ")[1]


def test_every_group_of_the_open_gaze_api_is_explained_with_its_limits() -> None:
    text = section("Open Gaze API")
    for name in open_gaze_protocol.GROUPS:
        assert f"`{name}`" in text
    for number in (open_gaze.MAX_LINE_BYTES, open_gaze.MAX_COMMANDS_PER_S, open_gaze.MAX_CLIENTS):
        assert str(number) in text
    assert f"{open_gaze.STALLED_S:g} s" in text


def test_every_channel_of_lsl_is_explained() -> None:
    text = section("Lab Streaming Layer")
    for label, _, _ in lsl.CHANNELS:
        assert label in text


def test_every_address_of_osc_is_explained() -> None:
    text = section("OSC")
    for address in re.findall(r'"(/sightline/\w+)"', (ROOT / "server/outputs/osc.py").read_text()):
        assert f"`{address}`" in text
