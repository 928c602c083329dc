"""A Ray cluster of one machine, with our replicas."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from server.inference.cluster import ray_environment
from tests.support.paths import ROOT
from tests.support.redis_server import free_port
from tests.support.times import LONG_WAIT_S, POLL_S, WAIT_S, attempts


class RayCluster:
    """before: the command before each of ours, such as strace."""

    def __init__(self, before: Sequence[str] = ()) -> None:
        self._before = before
        self._port, self._client_port = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self.address = f"127.0.0.1:{self._port}"
        self.client_address = f"ray://127.0.0.1:{self._client_port}"

    def start(self) -> None:
        folder = self._folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))  # socket names have at most 107 bytes
        ray = str(Path(sys.executable).with_name("ray"))
        options = ["--head", "--block", "--node-ip-address=127.0.0.1", f"--port={self._port}"]
        options += ["--num-cpus=2", "--object-store-memory=100000000", "--include-dashboard=false"]
        options += ["--min-worker-port=0", "--max-worker-port=0", f"--ray-client-server-port={self._client_port}"]
        options += [f"--dashboard-agent-listen-port={free_port()}", f"--temp-dir={folder}"]
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [*self._before, ray, "start", *options], env=ray_environment(), stdout=log, stderr=log
            )
        for _ in attempts():
            assert self._process.poll() is None, (folder / "log").read_text()
            if "Ray runtime started" in (folder / "log").read_text():
                return
            time.sleep(POLL_S)
        raise AssertionError((folder / "log").read_text())

    def kill(self) -> None:
        if self._process is not None:
            for process in (*_descendants(self._process.pid), self._process):
                with contextlib.suppress(psutil.Error):
                    process.kill()
            self._process.wait(WAIT_S)
            self._process = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def deploy(self, *options: str) -> None:
        command = [*self._before, sys.executable, "-m", "server", "cluster", "--cluster", self.address, *options]
        subprocess.run(command, cwd=ROOT, check=True, timeout=LONG_WAIT_S, stdout=subprocess.DEVNULL)

    def replicas(self) -> list[psutil.Process]:
        found = []
        for process in [] if self._process is None else _descendants(self._process.pid):
            with contextlib.suppress(psutil.Error):
                if any("ServeReplica" in word for word in process.cmdline()):
                    found.append(process)
        return found


def _descendants(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


@contextlib.contextmanager
def ray_cluster(before: Sequence[str] = ()) -> Iterator[RayCluster]:
    cluster = RayCluster(before)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.kill()
