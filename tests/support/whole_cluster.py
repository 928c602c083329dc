"""Two servers with one Redis and one Ray cluster, and cameras and readers that connect again when theirs is gone.

    python -m tests.support.whole_cluster [--cameras 6] [--replicas 2] [--seconds 10]

The cameras send 30 frames a second, from the pictures of the demo person. Then a replica, Redis, a server and Ray are
killed under load. It prints the longest time without gaze for each camera and reader, and what a frame costs.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from redis import Redis
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from server.bench import camera as bench
from server.bench.load import DEMO_FRAMES
from server.bench.video import Shot, Size, load_person, moving, still
from tests.support import whole_product
from tests.support.paths import ROOT
from tests.support.ray_cluster import RayCluster, ray_cluster
from tests.support.redis_server import RedisServer, free_port, redis_server
from tests.support.times import POLL_S, WAIT_S, attempts

PERSON = "demo"
AGAIN_S = 0.5  # as pages do (PROTOCOL.md)
FPS = 30.0
SIZE = Size(640, 480)


class Servers:
    """Two processes of `sightline serve`."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.addresses = [f"127.0.0.1:{free_port()}" for _ in "ab"]
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-m", "server", "--port", address.rpartition(":")[2], *options]
                + ["--profiles", str(folder / "profiles"), "--recordings", str(folder / "recordings")],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
            )
            for address in self.addresses
        ]
        for process in self.processes:
            assert process.stdout is not None
            assert "is ready" in process.stdout.readline()

    def close(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(WAIT_S)


@dataclass
class Peer:
    """A client that connects to the next server when the present one is gone. heard_s: when each gaze came."""

    addresses: Sequence[str]
    heard_s: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)

    async def run(self) -> None:
        number = 0
        while True:
            with contextlib.suppress(ConnectionClosed, InvalidHandshake, OSError, asyncio.TimeoutError):
                await self.once(self.addresses[number % len(self.addresses)])
            await asyncio.sleep(AGAIN_S)
            number += 1

    async def once(self, address: str) -> None:
        raise NotImplementedError

    def heard(self) -> None:
        self.heard_s.append(time.monotonic())

    def longest_gap_s(self, since_s: float) -> float:
        times = [time_s for time_s in self.heard_s if time_s >= since_s]
        return max((b - a for a, b in zip([since_s, *times], [*times, time.monotonic()], strict=True)), default=0.0)


@dataclass
class Reader(Peer):
    query: str = ""

    async def once(self, address: str) -> None:
        async with connect(f"ws://{address}/v1/stream{self.query}") as stream:
            async for text in stream:
                if json.loads(text)["type"] == "gaze":
                    self.heard()


@dataclass
class Camera(Peer):
    """Its first session loads the saved profile. Later ones continue with the calibration of the session before."""

    shots: Sequence[Shot] = ()
    session: str | None = None
    token: str | None = None
    n_bytes: int = 0

    async def once(self, address: str) -> None:
        async with connect(f"ws://{address}/v1/camera", max_size=None) as connection:
            hello = json.loads(await connection.recv())
            await say(connection, "geometry", screen=bench.SCREEN)
            if self.token is None:
                await say(connection, "profile_load", user=PERSON)
            else:
                await say(connection, "calibration_resume", token=self.token)
            answer = await answer_of(connection, "calibration", "error")
            self.answers[answer.get("state", answer.get("code"))] += 1
            self.session, self.token = hello["session"], hello["token"]
            await self._stream(connection)

    async def _stream(self, connection: ClientConnection) -> None:
        due_s = time.monotonic()
        for seq in range(1, sys.maxsize):
            message = bench.shot_message(seq, self.shots[seq % len(self.shots)])
            await connection.send(message)
            self.n_bytes += len(message)
            while (got := await answer_of(connection, "gaze", "dropped")).get("frame") != seq:
                pass
            self.answers[got.get("status", got["type"])] += 1
            if got["type"] == "gaze" and got["valid"]:
                self.heard()
            due_s = max(due_s + 1.0 / FPS, time.monotonic())
            await asyncio.sleep(due_s - time.monotonic())


async def say(connection: ClientConnection, kind: str, **fields: Any) -> None:
    await connection.send(json.dumps({"type": kind, **fields}))


async def answer_of(connection: ClientConnection, *kinds: str) -> dict[str, Any]:
    while True:
        message: dict[str, Any] = json.loads(await asyncio.wait_for(connection.recv(), WAIT_S))
        if message["type"] in kinds:
            return message


class Scene:
    """All that runs. `disturb` does something to it and waits until every client hears gaze again."""

    def __init__(self, cluster: RayCluster, redis: RedisServer, servers: Servers) -> None:
        self.cluster, self.redis, self.servers = cluster, redis, servers
        self.cameras: list[Camera] = []
        self.readers: dict[str, Reader] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self, n_cameras: int) -> None:
        a, b = self.servers.addresses
        person = load_person(DEMO_FRAMES)
        async with connect(f"ws://{a}/v1/camera", max_size=None) as connection:
            first = whole_product.Camera(connection)  # it sends a frame again that was dropped
            await first.say("geometry", screen=bench.SCREEN)
            shown = [await first.show(still(person, number, SIZE).jpeg) for number in range(len(person.pictures))]
            await first.calibrate(whole_product.pictures_by_target())
            while (await first.answer("calibration"))["state"] != "saved":
                pass
        boxes = [tuple(gaze["face"]["box"]) if gaze.get("face") else None for gaze in shown]
        shots = moving(person, SIZE, "region", boxes)
        self.cameras = [Camera((a, b) if number % 2 == 0 else (b, a), shots=shots) for number in range(n_cameras)]
        self._start(self.cameras)
        await self.hears(self.cameras)
        of_a, of_b = self.cameras[0].session, self.cameras[1].session
        self.readers = {
            "reader at B of a session at A": Reader((b,), query=f"?session={of_a}"),
            "reader at A of a session at B": Reader((a, b), query=f"?session={of_b}"),
            "reader at B of the newest session": Reader((b,)),
        }
        self._start(list(self.readers.values()))
        await self.hears([*self.cameras, *self.readers.values()])

    async def disturb(self, what: Callable[[], object], clients: Sequence[Peer], seconds: float = 0.0) -> float:
        """Returns when it began (monotonic)."""
        began_s = time.monotonic()
        await asyncio.to_thread(what)
        await self.hears(clients)
        await asyncio.sleep(seconds)
        return began_s

    async def hears(self, clients: Sequence[Peer]) -> None:
        since_s = time.monotonic()
        for _ in attempts():
            if all(client.heard_s and client.heard_s[-1] > since_s for client in clients):
                return
            await asyncio.sleep(POLL_S)
        silent = [client for client in clients if not client.heard_s or client.heard_s[-1] <= since_s]
        raise AssertionError(f"no gaze: {[(one.addresses, one.answers) for one in silent]}")

    async def replaced(self, before: set[int]) -> None:
        for _ in attempts():
            now = {replica.pid for replica in self.cluster.replicas()}
            if len(now) >= len(before) and now != before:
                return
            await asyncio.sleep(POLL_S)
        raise AssertionError("Ray did not replace the replica")

    def profiles_at_b(self) -> list[str]:
        with urllib.request.urlopen(f"http://{self.servers.addresses[1]}/v1/profiles") as answer:
            return [one["user"] for one in json.loads(answer.read())["profiles"]]

    def kill_a(self) -> None:
        process = self.servers.processes[0]
        process.kill()
        process.wait(WAIT_S)

    def restart_ray(self) -> None:
        n_replicas = len(self.cluster.replicas())
        self.cluster.kill()
        self.cluster.start()
        self.cluster.deploy("--replicas", str(n_replicas), "--cores", "0.5")

    def restart_redis(self) -> None:
        self.redis.kill()
        self.redis.start()

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, clients: Sequence[Peer]) -> None:
        self._tasks += [asyncio.create_task(client.run()) for client in clients]


@contextlib.asynccontextmanager
async def scene(folder: Path, cluster: RayCluster, n_cameras: int) -> AsyncIterator[Scene]:
    """cluster: with its replicas."""
    (folder / "redis").mkdir()
    with redis_server(folder / "redis") as redis:
        servers = await asyncio.to_thread(Servers, folder, "--cluster", cluster.address, "--redis", redis.url)
        made = Scene(cluster, redis, servers)
        try:
            await made.begin(n_cameras)
            yield made
        finally:
            await made.end()
            servers.close()


def costs(made: Scene) -> dict[str, float]:
    """Sums since the start of each: CPU seconds, bytes, Redis' commands."""
    links, servers = [], []
    for process in made.servers.processes:
        servers.append(psutil.Process(process.pid))
        links += [one for one in servers[-1].children() if any("cluster_worker" in word for word in one.cmdline())]

    def cpu_s(processes: Sequence[psutil.Process]) -> float:
        return sum(sum(process.cpu_times()[:2]) for process in processes)

    with Redis.from_url(made.redis.url) as client:
        stats, redis_cpu = client.info("stats"), client.info("cpu")
    return {
        "server_s": cpu_s(servers),
        "link_s": cpu_s(links),
        "replica_s": cpu_s(made.cluster.replicas()),
        "redis_s": redis_cpu["used_cpu_user"] + redis_cpu["used_cpu_sys"],
        "redis_commands": stats["total_commands_processed"],
        "redis_in_bytes": stats["total_net_input_bytes"],
        "redis_out_bytes": stats["total_net_output_bytes"],
        "frames": sum(camera.answers[status] for camera in made.cameras for status in camera.answers if status == "ok"),
        "camera_bytes": sum(camera.n_bytes for camera in made.cameras),
        "gaze_read": sum(len(reader.heard_s) for reader in made.readers.values()),
    }


async def show(options: argparse.Namespace, folder: Path, cluster: RayCluster) -> None:
    async with scene(folder, cluster, options.cameras) as made:
        before, began_s = costs(made), time.monotonic()
        await asyncio.sleep(options.seconds)
        seconds, after = time.monotonic() - began_s, costs(made)
        used = {name: after[name] - before[name] for name in after}
        frames = used["frames"]
        n_bytes = used["camera_bytes"] / frames
        print(f"{options.cameras} cameras, {frames / seconds:.0f} frames/s, {n_bytes:.0f} bytes each")
        for name in ("server", "link", "replica", "redis"):
            print(f"CPU of {name}: {1000.0 * used[f'{name}_s'] / frames:.2f} ms a frame")
        received, sent = (used[f"redis_{way}_bytes"] / seconds / 1e3 for way in ("in", "out"))
        print(f"Redis: {used['redis_commands'] / seconds:.0f} commands/s, {received:.1f} kB/s in, {sent:.1f} kB/s out")
        print(f"to readers: {used['gaze_read'] / seconds:.0f} gaze/s")
        everyone: list[Peer] = [*made.cameras, *made.readers.values()]
        at_b: list[Peer] = [*made.cameras, *list(made.readers.values())[1:]]
        for name, what, clients in (
            ("nothing is killed", lambda: None, everyone),
            ("a replica is killed", lambda: cluster.replicas()[0].kill(), everyone),
            ("Redis is killed and started", made.restart_redis, everyone),
            ("server A is killed", made.kill_a, at_b),
            ("Ray is killed, started, and its replicas with it", made.restart_ray, at_b),
        ):
            since_s = await made.disturb(what, clients, options.seconds)
            gaps = [f"{camera.longest_gap_s(since_s):.2f}" for camera in made.cameras]
            print(f"{name}: longest time without gaze, s: cameras {' '.join(gaps)}")
            for reader_name, reader in made.readers.items():
                if reader in clients:
                    print(f"  {reader_name} {reader.longest_gap_s(since_s):.2f}")
        print(f"saved profiles at server B: {', '.join(made.profiles_at_b())}")
        for number, camera in enumerate(made.cameras):
            print(f"camera {number}: {dict(camera.answers)}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.support.whole_cluster")
    parser.add_argument("--cameras", type=int, default=6)
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ray_cluster() as cluster:
        cluster.deploy("--replicas", str(options.replicas), "--cores", "0.5")
        asyncio.run(show(options, Path(folder), cluster))


if __name__ == "__main__":
    main()
