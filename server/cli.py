"""The command line: reads the settings, chooses the parts and connects them.

python -m server [serve] [options]         serve the page and the streams
python -m server cluster [options]         start replicas in a Ray cluster, which analyse pictures for servers
python -m server watch [URL] [options]     print the gaze of a running server
python -m server mark LABEL [URL] [options] label this moment in a session
python -m server token [URL] [options]     print the token with which programs control a session
python -m server study [FOLDER] [options]  show a study to participants one after the other
python -m server evaluate DIR... [options] measure the calibration on recorded sessions
python -m server export REC... [options]   write recordings as CSV, NDJSON or BIDS
python -m server analyse REC... [options]  report what was looked at: figures, tables, a page
python -m server bench [options]           measure frame rate and latency of this machine
The installed package has the command `sightline`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from server import __version__
from server.errors import StartupError

if TYPE_CHECKING:
    from models.face.tracking import LandmarksName
    from models.predictor import NetworkName
    from server.inference.pipeline import Pipeline
    from server.settings import Settings

OK, FAILED = 0, 1
Run = Callable[[argparse.Namespace], int]


@dataclass(frozen=True, slots=True)
class Command:
    """about: one line for --help. prepare: adds the options to the parser and returns the function to run.

    Only the chosen command is prepared, so `prepare` may import slow modules.
    """

    about: str
    prepare: Callable[[argparse.ArgumentParser], Run]


def main(argv: Sequence[str] | None = None, *, prog: str = "python -m server") -> int:
    os.umask(0o077)  # recordings, exports and results are about a person: only this user may read them
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] not in (*COMMANDS, "-h", "--help", "--version"):
        arguments.insert(0, "serve")
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Screen gaze tracking from any webcam.",
        epilog=f"Without a command: serve. `{prog} COMMAND --help` explains the options of each.",
    )
    parser.add_argument("--version", action="version", version=f"Sightline {__version__}", help="print the version")
    parsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        options_of = parsers.add_parser(name, help=command.about, description=f"{command.about}.")
        if name == arguments[0]:
            options_of.set_defaults(run=command.prepare(options_of))
    options = parser.parse_args(arguments)
    run: Run = options.run
    return run(options)


def _serve(parser: argparse.ArgumentParser) -> Run:
    from server.options import add_serve_options

    add_serve_options(parser)
    return run_server


def _watch(parser: argparse.ArgumentParser) -> Run:
    from server.client import watch

    watch.add_arguments(parser)
    return watch.run


def _mark(parser: argparse.ArgumentParser) -> Run:
    from server.client import mark

    mark.add_arguments(parser)
    return mark.run


def _token(parser: argparse.ArgumentParser) -> Run:
    from server.client import token

    token.add_arguments(parser)
    return token.run


def _study(parser: argparse.ArgumentParser) -> Run:
    from server.options import add_serve_options
    from server.study import command

    add_serve_options(parser)
    command.add_arguments(parser)
    return lambda options: command.run(options, run_server)


def _evaluate(parser: argparse.ArgumentParser) -> Run:
    from server.evaluation import command

    command.add_arguments(parser)
    return command.run


def _export(parser: argparse.ArgumentParser) -> Run:
    from server.export import command

    command.add_arguments(parser)
    return command.run


def _analyse(parser: argparse.ArgumentParser) -> Run:
    from server.report import command

    command.add_arguments(parser)
    return command.run


def _bench(parser: argparse.ArgumentParser) -> Run:
    from server.bench import __main__ as bench

    bench.add_arguments(parser)
    return bench.run


def _cluster(parser: argparse.ArgumentParser) -> Run:
    from server import cluster_command

    cluster_command.add_arguments(parser)
    return cluster_command.run


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "serve": Command("Serve the Sightline page and its gaze streams", _serve),
        "cluster": Command("Start the replicas that analyse pictures in a Ray cluster", _cluster),
        "watch": Command("Print the gaze that a running server sends", _watch),
        "mark": Command("Label this moment in a session and its recording", _mark),
        "token": Command("Print the token with which programs control a session", _token),
        "study": Command("Show a study to participants one after the other", _study),
        "evaluate": Command("Measure the calibration offline on recorded sessions", _evaluate),
        "export": Command("Write recordings as CSV, NDJSON or BIDS", _export),
        "analyse": Command("Report what was looked at in recordings", _analyse),
        "bench": Command("Measure the frame rate and latency of the server on this machine", _bench),
    }
)


def run_server(options: argparse.Namespace) -> int:
    """The command serve. Exit status 1 when the server could not start."""
    from server.log import configure
    from server.options import settings_from
    from server.service import serve

    configure(verbose=options.verbose, log_format=options.log_format)
    try:
        settings = settings_from(options)
        pipeline, features_id = assemble(options.device, options.network, settings, options.landmarks)
        asyncio.run(serve(settings, pipeline, features_id))
    except StartupError as problem:
        print(f"sightline: {problem}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:  # before the signal handlers are set, or on systems without them
        return OK
    return OK


def assemble(
    device: str, network: NetworkName, settings: Settings, landmarks: LandmarksName = "networks"
) -> tuple[Pipeline, str]:
    """Creates the pipeline with workers for the committed networks. Also returns the networks' id.

    Raises StartupError.
    """
    from models.checkpoints import WEIGHTS_DIR
    from server.inference.pipeline import Pipeline
    from server.inference.worker_process import WORKER, usable_cores
    from server.inference.worker_starter import WorkerStarter
    from server.service import weights_id

    try:
        features_id = weights_id(WEIGHTS_DIR / f"{network}.safetensors")
    except OSError as problem:
        from calibration.profiles.disk import file_problem
        from models.runtime import restore_advice

        advice = restore_advice(Path(problem.filename))
        raise StartupError(f"{file_problem(problem)}; {advice}") from problem
    if settings.cluster is not None:
        return _cluster_pipeline(device, network, settings, settings.cluster, landmarks), features_id
    command = (*WORKER, "--device", device, "--network", network, "--landmarks", landmarks)
    cores = usable_cores()
    pipeline = Pipeline(
        start_worker=WorkerStarter(command, cores),
        max_workers=settings.workers or len(cores),
        hfov_deg=settings.hfov_deg,
    )
    return pipeline, features_id


def _cluster_pipeline(
    device: str, network: NetworkName, settings: Settings, address: str, landmarks: LandmarksName
) -> Pipeline:
    """Raises StartupError for options that are about workers on this machine."""
    from server.inference.cluster_link import ClusterStarter
    from server.inference.pipeline import Pipeline
    from server.inference.worker_process import CLUSTER_WORKER
    from server.settings import MAX_SESSIONS

    if landmarks != "networks":
        raise StartupError("replicas of a cluster have no MediaPipe: leave out --landmarks or --cluster")
    if device != "auto":
        raise StartupError("`sightline cluster` says where replicas run (--gpus): leave out --device or --cluster")
    return Pipeline(
        start_worker=ClusterStarter((*CLUSTER_WORKER, "--cluster", address, "--network", network)),
        max_workers=settings.workers or MAX_SESSIONS,
        hfov_deg=settings.hfov_deg,
    )
