"""The command line: where settings are read and the parts are chosen and put together.

python -m server [options]                 serve the page and the streams
python -m server watch [URL] [options]     print the gaze of a running server
python -m server evaluate DIR... [options] offline figures over recorded sessions
python -m server export REC... [options]   recordings to CSV, NDJSON, BIDS
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import hashlib
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from server.addresses import is_loopback_name
from server.errors import StartupError
from server.options import serve_parser, settings_from
from server.settings import Settings

if TYPE_CHECKING:
    from models.predictor import NetworkName
    from server.inference.pipeline import Pipeline

log = logging.getLogger(__name__)

OK, FAILED = 0, 1


def main(argv: Sequence[str] | None = None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["evaluate"]:
        return _evaluate(arguments[1:])
    if arguments[:1] == ["export"]:
        return _export(arguments[1:])
    if arguments[:1] == ["watch"]:
        from server.client import watch

        return watch.main(arguments[1:])
    if arguments[:1] == ["serve"]:
        arguments = arguments[1:]
    options = serve_parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    if options.verbose:
        logging.getLogger("server").setLevel(logging.INFO)  # not the libraries'
    settings = settings_from(options)
    try:
        pipeline, features_id = assemble(options.device, options.network, settings)
        asyncio.run(serve(settings, pipeline, features_id))
    except StartupError as problem:
        print(f"sightline: {problem}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:  # before the signal handlers stood, or on systems without them
        return OK
    return OK


def assemble(device: str, network: NetworkName, settings: Settings) -> tuple[Pipeline, str]:
    """The real parts: MediaPipe's landmarks, the committed networks. Also the networks' id, for the profiles.

    Imported here, because PyTorch takes seconds to import and `--help` should not.
    """
    from models.analyzer import create_analyzer
    from models.checkpoints import WEIGHTS_DIR, CheckpointError
    from models.face.detector import FaceDetector
    from models.predictor import load_predictor
    from server.inference.pipeline import Pipeline

    try:
        predictor = load_predictor(device, network)
    except (CheckpointError, ValueError, OSError) as problem:
        raise StartupError(str(problem)) from problem
    pipeline = Pipeline(
        create_analyzer=lambda: create_analyzer(predictor),
        create_finder=FaceDetector,
        hfov_deg=settings.hfov_deg,
    )
    return pipeline, weights_id(WEIGHTS_DIR / f"{network}.safetensors")


def weights_id(weights: Path) -> str:
    """Twelve hex digits of the weights: a calibration fits the features of the very network it was made with."""
    return hashlib.sha256(weights.read_bytes()).hexdigest()[:12]


async def serve(settings: Settings, pipeline: Pipeline, features_id: str) -> None:
    """Until Ctrl-C or SIGTERM. Closes the sockets with 1001, then the pipeline's threads."""
    from aiohttp import web

    from calibration.profiles.store import ProfileStore
    from server.clock import SystemClock
    from server.http.app import OPEN_OUTPUTS, create_app

    profiles = ProfileStore(settings.profiles, features_id=features_id)
    app = create_app(settings, pipeline=pipeline, profiles=profiles, clock=SystemClock())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=3.0)
    try:
        await runner.setup()
        try:
            await web.TCPSite(runner, settings.host, settings.port).start()
        except OSError as problem:
            raise StartupError(_listen_problem(settings, problem)) from problem
        stop = _stop_event()
        await asyncio.wrap_future(pipeline.warm_up())
        print(f"Sightline is ready: {_url(settings, runner.addresses[0][1])}  (Ctrl-C stops it)", flush=True)
        for output in app[OPEN_OUTPUTS]:
            print(f"  {output.describe()}", flush=True)
        if not is_loopback_name(settings.host):
            log.warning("listening on %s: other machines on the network can reach this server", settings.host)
        await stop.wait()
        print("Sightline is stopping.", flush=True)
    finally:
        await runner.cleanup()
        pipeline.close()


def _stop_event() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C then arrives as KeyboardInterrupt
            loop.add_signal_handler(number, stop.set)
    return stop


def _url(settings: Settings, port: int) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "localhost"}.get(settings.host, settings.host)
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _listen_problem(settings: Settings, problem: OSError) -> str:
    where = f"{settings.host} port {settings.port}"
    if problem.errno == errno.EADDRINUSE:
        return (
            f"{where} is in use, perhaps by another Sightline. Stop that program, or choose another port: "
            f"python -m server --port {settings.port + 1 if settings.port < 65535 else settings.port - 1}"
        )
    if problem.errno == errno.EACCES:
        return f"{where} needs special rights. Choose a port above 1023: python -m server --port 8765"
    return f"can't listen on {where}: {problem.strerror or problem}. Check --host."


def _evaluate(arguments: list[str]) -> int:
    from server.evaluation import command as evaluate

    parser = argparse.ArgumentParser(prog="python -m server evaluate")
    evaluate.add_arguments(parser)
    return evaluate.run(parser.parse_args(arguments))


def _export(arguments: list[str]) -> int:
    from server.export import command

    parser = argparse.ArgumentParser(prog="python -m server export")
    command.add_arguments(parser)
    return command.run(parser.parse_args(arguments))
