"""The command cluster: starts Ray on this machine, and the replicas that analyse pictures, or replaces earlier ones."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from server.addresses import parse_port
from server.options import parse_cluster

DEFAULT_PORT = 6399  # Ray's own is that of Redis
REPLICAS_RUN, FAILED, REFUSED = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.ArgumentDefaultsHelpFormatter
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--head", action="store_true", help="start Ray on this machine, which others may join, and the replicas in it"
    )
    where.add_argument(
        "--join",
        type=parse_cluster,
        metavar="HOST:PORT",
        help="start Ray on this machine, as a part of the cluster of this head; replicas then run here, too",
    )
    where.add_argument(
        "--cluster",
        type=parse_cluster,
        metavar="ADDRESS",
        help="start the replicas in a cluster that runs: HOST:PORT of the head on a machine of the cluster, or "
        "ray://HOST:PORT elsewhere",
    )
    where.add_argument("--stop", action="store_true", help="end all of this user's Ray on this machine")
    parser.add_argument("--port", type=parse_port, default=DEFAULT_PORT, help="port of the head")
    parser.add_argument("--network", choices=("fast", "accurate"), default="fast", help="the one of the servers")
    parser.add_argument("--replicas", type=_count, default=2, metavar="N", help="processes that analyse pictures")
    parser.add_argument(
        "--max-replicas",
        type=_count,
        metavar="N",
        help="let Ray start further ones under load, up to N (default: none)",
    )
    parser.add_argument("--cores", type=_share, default=1.0, metavar="X", help="cores for each replica")
    parser.add_argument("--gpus", type=_share, default=0.0, metavar="X", help="GPUs for each replica, such as 0.5")


def run(options: argparse.Namespace) -> int:
    """Exit status 1 when the cluster can't be used, 2 for options that contradict each other."""
    from server.inference.cluster import ClusterProblem, Deployment, deploy, run_ray
    from server.inference.replica import networks_loader

    most = options.max_replicas or options.replicas
    if most < options.replicas:
        print(f"error: --max-replicas {most} is less than --replicas {options.replicas}", file=sys.stderr)
        return REFUSED
    address = f"127.0.0.1:{options.port}" if options.head else options.cluster
    wanted = Deployment(options.network, options.replicas, most, options.cores, options.gpus)
    try:
        for command in ray_commands(options):
            run_ray(command)
        if address is None:
            return REPLICAS_RUN
        deploy(address, wanted, networks_loader("cuda" if options.gpus else "cpu", options.network))
    except ClusterProblem as problem:
        print(f"sightline: {problem}", file=sys.stderr)
        return FAILED
    print(f"The replicas are ready: sightline serve --cluster {address} --network {options.network}")
    return REPLICAS_RUN


def ray_commands(options: argparse.Namespace) -> list[Sequence[str]]:
    """What `ray` has to do before the replicas start."""
    if options.head:
        return [("start", "--head", f"--port={options.port}", "--include-dashboard=false")]
    if options.join is not None:
        return [("start", f"--address={options.join}")]
    return [("stop",)] if options.stop else []


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 10_000):
        raise argparse.ArgumentTypeError(f"a number of replicas lies between 1 and 10000, got {text!r}")
    return int(text)


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1024.0:
        raise argparse.ArgumentTypeError(f"a number of cores or GPUs lies between 0 and 1024, got {text!r}")
    return value
