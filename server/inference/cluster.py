"""The connection to a Ray cluster, and the deployment of our replicas in it.

Ray is imported here and nowhere else, after its usage reports are switched off.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from server.inference.replica import Frame, Replica
from server.inference.worker import Loaded
from server.inference.worker_process import APP

CONNECT_S = 3.0
BATCH_WAIT_S = 0.005
MAX_ONGOING = 16
"""Frames that a replica holds: above the batch size, so that the next batch is there when one is done. The front ends
hold one of each session, so the queue does not grow."""

TARGET_ONGOING = 3.0  # frames at a replica from which on Ray starts another one; four fill a batch
UPSCALE_S = 5.0  # for so long
HEALTH_S = 5.0
NOWHERE = "http://127.0.0.1:9"  # a port without a program


class ClusterProblem(Exception):  # noqa: N818
    """The cluster can't be used. The text says what to do."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """How many replicas, and what each of them gets. max_replicas above replicas: Ray adds and removes them."""

    network: str = "fast"
    replicas: int = 2
    max_replicas: int = 2
    cores: float = 1.0
    gpus: float = 0.0


def app_name(network: str) -> str:
    """A front end's network finds the deployment with the same one, because profiles fit one network."""
    return f"sightline-{network}"


def connect(address: str) -> Any:
    """Connects this process to the cluster and returns the module ray. Raises ClusterProblem.

    address: HOST:PORT of the head, for a machine that is part of the cluster, or ray://HOST:PORT for any other one.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:  # Ray waits for two minutes
        socket.create_connection((host, int(port)), CONNECT_S).close()
    except OSError as problem:
        raise ClusterProblem(
            f"no Ray cluster answers at {address}. Start one (sightline cluster --head), or check --cluster"
        ) from problem
    ray = import_ray()
    logging.getLogger("ray").setLevel(logging.WARNING)
    logging.getLogger("ray.serve").setLevel(logging.WARNING)
    try:
        ray.init(address=address, namespace="sightline", log_to_driver=False, logging_level=logging.WARNING)
    except Exception as problem:  # Ray raises many kinds
        reason = (str(problem).strip() or type(problem).__name__).splitlines()[-1]
        raise ClusterProblem(
            f"the Ray cluster at {address} refuses this machine ({reason}). Check that both have the same versions of "
            "Ray and Python"
        ) from problem
    return ray


def ray_environment() -> dict[str, str]:
    """Of Ray's own processes, so that they connect to no other host than those of the cluster.

    Without its reports, Ray 2.60 still asks for the cloud's name at 169.254.169.254, and reports once that the reports
    are switched off. Both go through the proxy of the environment, which grpc does not read in capital letters.
    """
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return kept | {"RAY_USAGE_STATS_ENABLED": "0", "HTTP_PROXY": NOWHERE, "HTTPS_PROXY": NOWHERE}


def run_ray(arguments: Sequence[str]) -> None:
    """Runs the command `ray`. Raises ClusterProblem."""
    import_ray()
    command = [sys.executable, "-m", "ray.scripts.scripts", *arguments]
    done = subprocess.run(command, env=ray_environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ClusterProblem(f"`ray {' '.join(arguments)}` failed:\n{(done.stderr or done.stdout).strip()}")


def is_end_of_replica(problem: Exception) -> bool:
    """Whether Ray says so with this error."""
    import ray.exceptions

    return isinstance(problem, ray.exceptions.RayActorError)


def deploy(address: str, deployment: Deployment, load: Callable[[], Loaded]) -> None:
    """Starts the replicas, or replaces those of an earlier deployment. Waits until they are ready.

    load: called in each replica. Raises ClusterProblem.
    """
    ray = connect(address)
    try:
        ray.serve.start(proxy_location="Disabled")  # only front ends call the replicas
        ray.serve.run(_application(ray, deployment, load), name=app_name(deployment.network), route_prefix=None)
    except RuntimeError as problem:
        raise ClusterProblem(f"the replicas did not start: {problem}") from problem
    finally:
        ray.shutdown()


def _application(ray: Any, deployment: Deployment, load: Callable[[], Loaded]) -> Any:
    batched: Callable[..., Callable[[object], Any]] = ray.serve.batch

    class Analysis:
        def __init__(self) -> None:
            self._replica = Replica(load)
            self._batch.set_max_batch_size(self._replica.max_batch)

        @batched(max_batch_size=4, batch_wait_timeout_s=BATCH_WAIT_S)
        async def _batch(self, frames: list[Frame]) -> list[bytes]:
            return await self._replica.run(frames)

        async def __call__(self, frame: Frame) -> bytes:
            result: bytes = await self._batch(frame)
            return result

        def check_health(self) -> None:
            self._replica.check_health()

    scale: dict[str, Any] = {"num_replicas": deployment.replicas}
    if deployment.max_replicas > deployment.replicas:
        scale = {
            "autoscaling_config": {
                "min_replicas": deployment.replicas,
                "max_replicas": deployment.max_replicas,
                "target_ongoing_requests": TARGET_ONGOING,
                "upscale_delay_s": UPSCALE_S,
            }
        }
    return ray.serve.deployment(
        name="analysis",
        max_ongoing_requests=MAX_ONGOING,
        health_check_period_s=HEALTH_S,
        health_check_timeout_s=HEALTH_S,
        graceful_shutdown_timeout_s=HEALTH_S,
        ray_actor_options={
            "num_cpus": deployment.cores,
            "num_gpus": deployment.gpus,
            # Our packages are not in the folder of Python's packages (server/launcher).
            "runtime_env": {"env_vars": {"PYTHONPATH": str(APP), "RAY_USAGE_STATS_ENABLED": "0"}},
        },
        **scale,
    )(Analysis).bind()


def import_ray() -> Any:
    """Raises ClusterProblem when it is not installed."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    # Frames go to replicas over gRPC and not as actor tasks. It takes half the CPU time, and when a server is killed,
    # replicas still answer the others at once.
    os.environ["RAY_SERVE_USE_GRPC_BY_DEFAULT"] = "1"
    try:
        import ray
        import ray.serve
    except ImportError as problem:
        text = "install the extra: pip install 'sightline-gaze[cluster]' (in the checkout '.[cluster]')"
        raise ClusterProblem(text) from problem
    return ray
