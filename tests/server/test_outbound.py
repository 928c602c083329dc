"""README promises that Sightline connects to no other host. The whole product runs under strace here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.system_calls import (
    beyond_loopback,
    files_outside,
    watched,
    why_nothing_can_be_watched,
    without_network,
)
from tests.support.times import seconds

LIMIT_S = seconds(400)
KEPT_VARIABLES = ("PATH", "LANG", "LD_LIBRARY_PATH", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def bare_environment(folder: Path) -> dict[str, str]:
    """Of a person who has just installed Sightline. CI is not set: some libraries report nothing where it is."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    home, temporary, data = folder / "home", folder / "tmp", folder / "data"
    home.mkdir()
    temporary.mkdir()
    nowhere = {f"XDG_{kind}_HOME": str(folder / "nowhere" / kind.lower()) for kind in ("CACHE", "CONFIG", "STATE")}
    places = {"HOME": str(home), "TMPDIR": str(temporary), "XDG_DATA_HOME": str(data)}
    return kept | nowhere | places | {"PYTHONDONTWRITEBYTECODE": "1"}


@pytest.mark.slow
def test_nothing_leaves_the_machine_and_nothing_is_written_outside_the_data_folder(tmp_path: Path) -> None:
    if why := why_nothing_can_be_watched():
        pytest.skip(why)
    environment, written, trace = bare_environment(tmp_path), tmp_path / "written", tmp_path / "trace"
    own = (written, Path(environment["XDG_DATA_HOME"]))
    product = [sys.executable, "-m", "tests.support.whole_product", str(written)]
    done = subprocess.run(
        [*without_network(), *watched(trace), *product],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    calls = trace.read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, done.stderr[-4000:]
    assert (beyond_loopback(calls), files_outside(calls, own)) == ([], [])
    assert [*(tmp_path / "home").rglob("*"), *(tmp_path / "tmp").rglob("*"), *tmp_path.glob("nowhere")] == []
    # And it has done its work.
    assert len(list((written / "plots").glob("*.png"))) == 1
    assert len(list((own[1] / "sightline" / "profiles").rglob("*.npz"))) == 1


SEEN = """\
11 openat(AT_FDCWD</app>, "/lib/x.so", O_RDONLY|O_CLOEXEC) = 3</lib/x.so>
11 openat(AT_FDCWD</app>, "/data/sightline/a.json", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 4</data/sightline/a.json>
11 openat(AT_FDCWD</app>, "/dev/null", O_RDWR|O_CLOEXEC) = 3</dev/null>
11 connect(5<socket:[1]>, {sa_family=AF_INET, sin_port=htons(8765), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
11 sendto(5<socket:[2]>, "gaze", 4, 0, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, 12) = 20
11 sendto(5<socket:[3]>, "inet_addr(8.8.8.8)", 4, MSG_NOSIGNAL, NULL, 0) = 4
11 connect(5<socket:[4]>, {sa_family=AF_INET6, sin6_port=htons(80), sin6_addr=inet_pton(AF_INET6, "::1")}, 28) = 0
"""


def test_the_watch_lets_loopback_and_our_own_files_pass() -> None:
    assert beyond_loopback(SEEN) == []
    assert files_outside(SEEN, [Path("/data/sightline")]) == []
    assert files_outside(SEEN, [Path("/data/other")]) == ["/data/sightline/a.json"]


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ('openat(AT_FDCWD</app>, "/tmp/.ses", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 6</tmp/.ses>', "/tmp/.ses"),
        ('openat(6</home/.cache/x>, "id.tmp", O_WRONLY|O_CREAT|O_EXCL, 0600 <unfinished ...>', "/home/.cache/x/id.tmp"),
        ('mkdir("/home/.cache", 0700) = -1 EACCES (Permission denied)', "/home/.cache"),
        ('openat(AT_FDCWD</app>, "notes.txt", O_RDWR|O_CREAT, 0666) = 6</app/notes.txt>', "/app/notes.txt"),
        ('rename("/data/sightline/a", "/data/sightline/../b") = 0', "/data/b"),
    ],
)
def test_the_watch_sees_a_file_elsewhere(call: str, found: str) -> None:
    assert files_outside(f"{SEEN}11 {call}\n", [Path("/data/sightline")]) == [found]


@pytest.mark.parametrize(
    ("call", "found"),
    [
        (
            'connect(9<s>, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("10.1.2.3")}, 16 <unfinished>',
            "connect 10.1.2.3 port 443",
        ),
        (
            'connect(9<s>, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("127.0.0.53")}, 16) = 0',
            "connect 127.0.0.53 port 53",
        ),
        (
            'sendto(9<s>, "x", 1, 0, {sa_family=AF_INET6, sin6_port=htons(5), inet_pton(AF_INET6, "fe80::1")}, 28) = 1',
            "sendto fe80::1 port 5",
        ),
        ('connect(8<s>, {sa_family=AF_UNIX, sun_path="/run/nscd/socket"}, 110) = -1', "connect /run/nscd/socket"),
    ],
)
def test_the_watch_sees_a_look_up_and_a_connection(call: str, found: str) -> None:
    assert beyond_loopback(f"{SEEN}11 {call}\n") == [found]
