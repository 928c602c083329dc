"""Servers that hand frames to the replicas of a Ray cluster."""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

from models.face.camera import CameraIntrinsics
from server import cluster_command
from server.inference import cluster, jobs
from server.inference.jobs import Analyze, Analyzed, Job, Outcome
from tests.support.paths import ROOT
from tests.support.ray_cluster import RayCluster, ray_cluster
from tests.support.redis_server import free_port
from tests.support.system_calls import beyond_loopback, watched, why_nothing_can_be_watched
from tests.support.times import WAIT_S
from tests.support.whole_cluster import PERSON, scene

PICTURES = sorted((ROOT / "tests/data/people/ada/frames").glob("*.jpg"))[:6]


def served(*options: str) -> str:
    """What a server that does not start prints."""
    command = [sys.executable, "-m", "server", "--port", "0", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WAIT_S, check=False)
    assert done.returncode != 0
    return done.stderr


def test_a_server_without_its_cluster_says_how_to_start_one() -> None:
    assert "sightline cluster --head" in served("--cluster", f"127.0.0.1:{free_port()}")


@pytest.mark.parametrize("address", ["host", "http://host:1", "ray://:1"])
def test_an_address_that_is_none_of_a_cluster_is_refused(address: str) -> None:
    assert "HOST:PORT" in served("--cluster", address)


@pytest.mark.parametrize("option", [("--landmarks", "mediapipe"), ("--device", "cuda")])
def test_options_about_workers_of_this_machine_are_refused_with_a_cluster(option: tuple[str, str]) -> None:
    assert f"leave out {option[0]}" in served("--cluster", "127.0.0.1:1", *option)


def test_without_ray_the_command_to_install_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(cluster.ClusterProblem, match=r"pip install 'sightline-gaze\[cluster\]'"):
        cluster.import_ray()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--head", "--port", "7000"], [("start", "--head", "--port=7000", "--include-dashboard=false")]),
        (["--join", "10.0.0.1:7000"], [("start", "--address=10.0.0.1:7000")]),
        (["--cluster", "10.0.0.1:7000"], []),
        (["--stop"], [("stop",)]),
    ],
)
def test_the_command_cluster_starts_joins_and_stops_ray(options: list[str], expected: list[tuple[str, ...]]) -> None:
    parser = argparse.ArgumentParser()
    cluster_command.add_arguments(parser)
    assert cluster_command.ray_commands(parser.parse_args(options)) == expected


def test_rays_processes_report_to_no_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "169.254.169.254")
    environment = cluster.ray_environment()
    assert {name for name in environment if name.lower().endswith("_proxy")} == {"HTTP_PROXY", "HTTPS_PROXY"}
    assert environment["RAY_USAGE_STATS_ENABLED"] == "0"


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trace") / "calls"


@pytest.fixture(scope="module")
def running(trace: Path) -> Iterator[RayCluster]:
    with ray_cluster(() if why_nothing_can_be_watched() else watched(trace, append=True)) as started:
        yield started


IN_THE_CLUSTER = """
import os, sys
from server.inference import cluster_worker, jobs
batch = jobs.decode_jobs(sys.stdin.buffer.read(int(sys.argv[2])))
jpegs = [sys.stdin.buffer.read(placed.n_bytes) for placed in batch]
calls = cluster_worker.load(sys.argv[1], "fast")
frames = [jobs.encode([placed]) for placed in batch]
sys.stdout.buffer.write(jobs.encode([calls.outcome(frame) for frame in zip(frames, jpegs)]))
sys.stdout.flush()
os._exit(0)
"""


def in_the_cluster(address: str, batch: list[Job], jpegs: list[bytes]) -> list[Outcome]:
    message = jobs.encode([jobs.Placed(job, len(jpeg)) for job, jpeg in zip(batch, jpegs, strict=True)])
    done = subprocess.run(
        [sys.executable, "-c", IN_THE_CLUSTER, address, str(len(message))],
        input=message + b"".join(jpegs), cwd=ROOT, capture_output=True, timeout=WAIT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return jobs.decode_outcomes(done.stdout)


def job_of(jpeg: bytes) -> Analyze:
    height, width = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR).shape[:2]
    return Analyze(width, height, CameraIntrinsics.from_field_of_view(width, height, 63.0), 0.0, None)


@pytest.mark.slow
def test_replicas_answer_as_a_local_worker_does_and_sessions_survive_what_is_killed(
    running: RayCluster, tmp_path: Path
) -> None:
    from server.inference.worker import load

    assert f"sightline cluster --cluster {running.address}" in served("--cluster", running.address)
    running.deploy("--replicas", "2", "--cores", "0.5")
    jpegs = [path.read_bytes() for path in PICTURES]
    batch: list[Job] = [job_of(jpeg) for jpeg in jpegs]
    engine = load("cpu", "fast", "networks", lambda: None).engine
    local = [engine.run([job], [jpeg])[0] for job, jpeg in zip(batch, jpegs, strict=True)]
    for address in (running.address, running.client_address):
        for ours, theirs in zip(local, in_the_cluster(address, batch, jpegs), strict=True):
            assert isinstance(ours, Analyzed)
            assert isinstance(theirs, Analyzed)
            assert theirs.analysis.status == ours.analysis.status
            assert ours.analysis.features is not None
            assert theirs.analysis.features is not None
            assert theirs.analysis.features.embedding == pytest.approx(ours.analysis.features.embedding, abs=1e-3)

    before = {replica.pid for replica in running.replicas()}
    assert len(before) == 2

    async def disturb() -> None:
        """The figures of this: python -m tests.support.whole_cluster."""
        async with scene(tmp_path, running, n_cameras=6) as made:
            clients = [*made.cameras, *made.readers.values()]
            await made.disturb(lambda: running.replicas()[0].kill(), clients)
            await made.replaced(before)
            await made.disturb(made.restart_redis, clients)
            await made.disturb(made.kill_a, [*made.cameras, *clients[len(made.cameras) + 1 :]])
            assert made.profiles_at_b() == [PERSON]
            for camera in made.cameras:  # a profile first; after that, the calibration of the session before
                assert {kind for kind in camera.answers if kind.endswith(("gone", "failed"))} == set()
                assert camera.answers["loaded"] >= 1
            assert sum(camera.answers["loaded"] == 2 for camera in made.cameras) >= 3

    asyncio.run(disturb())


@pytest.mark.slow
def test_ray_and_its_replicas_send_nothing_beyond_this_machine(running: RayCluster, trace: Path) -> None:
    """After the test above, in which they did their work."""
    if why := why_nothing_can_be_watched():
        pytest.skip(why)
    own = {address.address for addresses in psutil.net_if_addrs().values() for address in addresses}
    sent = []
    for call in beyond_loopback(trace.read_text(encoding="utf-8", errors="replace")):
        place = call.split()[1]
        # Its own sockets, the cache of user names, and a UDP socket that shows this machine's address: nothing is sent.
        known = place.startswith("/tmp/ray-") or place == "/var/run/nscd/socket" or call == "connect 8.8.8.8 port 53"
        if not known and place.removeprefix("::ffff:") not in own:
            sent.append(call)
    assert sent == []
