"""The process that hands a server's frames to the replicas of a Ray cluster (server/inference/replica.py).

    python -m server.inference.cluster_worker --cluster 10.0.0.1:6379 --network fast

1. Ray runs in this process and not in the server. It takes over signals, and ends its process when its cluster is
   gone. The server starts another one then (server/inference/cluster_link.py), and sessions stay.
2. It connects and answers with Ready, or with Unable. Then standard input brings frames, and standard output takes
   their outcomes as they come. Before each stands the number of its lane, and the lengths (FRAME, OUTCOME).
3. A frame that waits delays no other. One that has no result in CALL_S, or whose replica ended, is `Unanswered`. It is
   `Lost` if other frames had results in the last CALL_S: then its picture may be the cause.
4. It ends itself when no frame has had a result for LOST_S, because the next process connects anew.
5. It ends when its standard input closes, so it never outlives its server.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import msgspec

from server.inference import jobs
from server.inference.cluster import ClusterProblem, app_name, connect, is_end_of_replica
from server.inference.jobs import Lost, Outcome, Ready, Unable, Unanswered
from server.inference.replica import Frame
from server.inference.worker import LENGTH, LoadFailed, end_with_the_server, read_bytes, write_bytes

CALL_S = 1.0  # a frame takes 20 ms, and its page stands still meanwhile; newer frames are worth more than this one
LOST_S = 5.0
MAX_FRAMES = 512  # on their way at once; the server has fewer lanes
FRAME = struct.Struct("<III")  # lane, bytes of the job, bytes of the JPEG
OUTCOME = struct.Struct("<II")  # lane, bytes

log = logging.getLogger(__name__)


class Response(Protocol):
    """Implemented by Ray's DeploymentResponse."""

    def result(self, timeout_s: float) -> bytes: ...

    def cancel(self) -> None: ...


class Calls:
    """Sends frames to replicas, and waits for their results. Several threads may call it."""

    def __init__(self, send: Callable[[Frame], Response], *, call_s: float = CALL_S) -> None:
        self._send = send
        self._call_s = call_s
        self._lost_since_s: float | None = None
        self._answered_s: float | None = None  # the time of the last result

    @property
    def lost_s(self) -> float:
        """How long no frame has had a result, while some were sent."""
        since_s = self._lost_since_s
        return 0.0 if since_s is None else time.monotonic() - since_s

    def outcome(self, frame: Frame) -> Outcome:
        outcome = self._outcome(frame)
        if not isinstance(outcome, Lost | Unanswered):
            self._lost_since_s = None
        elif self._lost_since_s is None:
            self._lost_since_s = time.monotonic()
        return outcome

    def _outcome(self, frame: Frame) -> Outcome:
        response: Response | None = None
        try:
            response = self._send(frame)
            (outcome,) = jobs.decode_outcomes(response.result(timeout_s=self._call_s))
        except (msgspec.ValidationError, msgspec.DecodeError):
            log.warning("a replica's answer is not one of ours: its version differs from that of this server")
            return Unanswered()
        except TimeoutError:
            if response is not None:
                response.cancel()
        except Exception as problem:  # Ray raises many kinds
            log.warning("a replica gave no result: %s", type(problem).__name__)
            if not is_end_of_replica(problem):
                return Unanswered()
        else:
            self._answered_s = time.monotonic()
            return outcome
        works = self._answered_s is not None and time.monotonic() - self._answered_s < self._call_s
        return Lost() if works else Unanswered()


def serve(answers: int, calls: Calls) -> None:
    """Passes frames from standard input to replicas, and outcomes to `answers`, until the input closes."""
    writing = threading.Lock()

    def carry(lane: int, frame: Frame) -> None:
        message = jobs.encode([calls.outcome(frame)])
        with writing:
            write_bytes(answers, OUTCOME.pack(lane, len(message)) + message)
        if calls.lost_s >= LOST_S:
            print("the cluster gives no results; connecting anew", file=sys.stderr, flush=True)
            os._exit(1)

    with ThreadPoolExecutor(MAX_FRAMES, thread_name_prefix="frame") as threads:
        while (head := read_bytes(FRAME.size)) is not None:
            lane, n_job, n_jpeg = FRAME.unpack(head)
            job, jpeg = read_bytes(n_job), read_bytes(n_jpeg)
            if job is None or jpeg is None:
                return
            threads.submit(carry, lane, (job, jpeg))


def load(address: str, network: str) -> Calls:
    """Raises LoadFailed when there is no cluster, or no deployment with this network."""
    try:
        ray = connect(address)
        handle = ray.serve.get_app_handle(app_name(network))
    except ClusterProblem as problem:
        raise LoadFailed(str(problem)) from problem
    except Exception as problem:
        raise LoadFailed(
            f"the cluster at {address} has no deployment with the network {network}. Start one: "
            f"sightline cluster --cluster {address} --network {network}"
        ) from problem
    logging.getLogger("ray.serve").setLevel(logging.ERROR)  # Ray warns of each slow answer of a replica
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # and leaves tasks without a result when replicas end
    return Calls(handle.remote)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m server.inference.cluster_worker")
    parser.add_argument("--cluster", required=True)
    parser.add_argument("--network", required=True)
    options = parser.parse_args(argv)
    run(lambda: load(options.cluster, options.network))


def run(load: Callable[[], Calls]) -> None:
    _ignore_signals()
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not mix with the answers
    end_with_the_server()
    try:
        calls = load()
        _ignore_signals()  # Ray takes them, and prints a stack
        first: Ready | Unable = Ready((1,), prepared=True, max_workers=None)
    except LoadFailed as problem:
        first = Unable(str(problem))
    message = jobs.encode(first)
    write_bytes(answers, LENGTH.pack(len(message)) + message)
    if isinstance(first, Ready):
        serve(answers, calls)
    os._exit(0)  # Ray's threads and those of frames that wait must not delay the end


def _ignore_signals() -> None:
    """Ctrl-C and a closed terminal reach all processes; the server ends this one."""
    for name in ("SIGINT", "SIGHUP", "SIGTERM"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


if __name__ == "__main__":
    main()
