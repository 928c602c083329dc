"""An Open Gaze client has the page play its game, in a real browser with a simulated user."""

from __future__ import annotations

import math
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.page import PEOPLE, NewContext, needs_browser, needs_people, open_page, wait_for_state
from tests.support.paths import ROOT
from tests.support.server_process import TEST_DRIVER
from tests.support.simulated_user import load_person, look_at, sit_down
from tests.support.times import LONG_WAIT_S, WAIT_S

pytestmark = [*needs_browser, needs_people, pytest.mark.slow]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """The page's address and the Open Gaze port, as printed."""
    command = [sys.executable, "-m", "server", "--port", "0", "--open-gaze", "0", "--profiles", str(tmp_path)]
    command += ["--device", "cpu"]
    process = subprocess.Popen(command, cwd=ROOT, env=TEST_DRIVER, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        address = re.search(r"http://\S+?/", process.stdout.readline())
        port = re.search(r"Open Gaze API: 127.0.0.1 port (\d+)", process.stdout.readline())
        assert address
        assert port
        yield address[0].rstrip("/"), int(port[1])
    finally:
        process.terminate()
        process.wait(timeout=WAIT_S)


def test_the_page_starts_its_game_and_the_client_gets_the_result(
    server: tuple[str, int], new_context: NewContext
) -> None:
    url, port = server
    context = new_context()
    sit_down(context, load_person(PEOPLE[0]))
    page, watch = open_page(context, url)
    page.locator("#start").click()
    wait_for_state(page, "positioning")
    with socket.create_connection(("127.0.0.1", port), timeout=LONG_WAIT_S) as client, client.makefile() as lines:
        for command in ("SHOW", "START"):
            client.sendall(f'<SET ID="CALIBRATE_{command}" STATE="1" />\r\n'.encode())
            assert lines.readline().startswith("<ACK")
        wait_for_state(page, "calibrating")
        received = []
        while not received or 'ID="CALIB_RESULT"' not in received[-1]:
            page.wait_for_timeout(10)  # Playwright answers the browser meanwhile, and each line comes in time
            received.append(lines.readline())
            assert received[-1], "the server closed the connection"
        for group in ("POG_BEST", "POG_FIX", "DATA"):
            client.sendall(f'<SET ID="ENABLE_SEND_{group}" STATE="1" />\r\n'.encode())
        look_at(page, 0.25, 0.7)
        fixation = None
        for _ in range(300):
            page.wait_for_timeout(10)
            found = re.search(r'FPOGX="(\S+)" FPOGY="(\S+)" .*FPOGV="1".* BPOGV="1"', lines.readline())
            fixation = (float(found[1]), float(found[2])) if found else fixation
            if fixation and math.dist(fixation, (0.25, 0.7)) < 0.12:
                break
    assert fixation is not None
    assert math.dist(fixation, (0.25, 0.7)) < 0.12, "screen units; the simulated user's nearest picture"
    assert sum("CALIB_START_PT" in line for line in received) >= 9
    assert len(re.findall(r'LV\d+="1"', received[-1])) >= 8
    wait_for_state(page, "result")
    assert watch.errors == []
