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

from server import __version__
from server.access import is_loopback_name, parse_origin
from server.errors import StartupError
from server.outputs import options as output_options
from server.settings import Settings

if TYPE_CHECKING:
    from models.predictor import NetworkName
    from server.pipeline import Pipeline

log = logging.getLogger(__name__)

OK, FAILED = 0, 1


def main(argv: Sequence[str] | None = None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["evaluate"]:
        return _evaluate(arguments[1:])
    if arguments[:1] == ["export"]:
        return _export(arguments[1:])
    if arguments[:1] == ["watch"]:
        from server import watch

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


def serve_parser() -> argparse.ArgumentParser:
    """Defaults come from `Settings`, so there is one place for each."""
    defaults = Settings()
    parser = argparse.ArgumentParser(
        prog="python -m server",
        description="Serve the Sightline page and its gaze streams.",
        epilog="Other commands: python -m server watch, evaluate, export (each with --help). "
        "The streams are described in PROTOCOL.md.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--host",
        default=defaults.host,
        help="address to listen on; with anything but a loopback address other machines can reach the server, and "
        "browsers there give no camera to a page without HTTPS",
    )
    parser.add_argument("--port", type=_port, default=defaults.port, help="port to listen on; 0 takes a free one")
    parser.add_argument(
        "--profiles",
        type=Path,
        default=defaults.profiles,
        metavar="DIR",
        help="folder for saved calibrations: numbers only, never pictures",
    )
    parser.add_argument(
        "--recordings",
        type=Path,
        default=defaults.recordings,
        metavar="DIR",
        help="folder for recorded sessions; pictures only where the person agreed to it on the page",
    )
    parser.add_argument(
        "--allow-origin",
        type=_origin,
        action="append",
        default=[],
        metavar="ORIGIN",
        help="let pages of this origin (such as http://localhost:3000) use the sockets and read the answers; may be "
        "given several times",
    )
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="where the networks run; auto takes CUDA when it is there",
    )
    parser.add_argument(
        "--network",
        choices=("accurate", "fast"),
        default="accurate",
        help="fast takes less time a frame, for slow machines and many people; a profile belongs to one of them",
    )
    parser.add_argument(
        "--hfov-deg",
        type=_field_of_view,
        default=defaults.hfov_deg,
        metavar="DEGREES",
        help="the camera's field of view along the longer side of its picture, for pages that don't send one; a wrong "
        "value scales distances, not directions",
    )
    parser.add_argument(
        "--ignore-onlookers",
        action="store_true",
        help="go on while a second face is in the picture, for places where one hangs on the wall; without this, the "
        "gaze waits until the person is alone",
    )
    output_options.add_options(parser, defaults, port=_port)
    parser.add_argument("--verbose", action="store_true", help="log connections and refusals too")
    parser.add_argument("--version", action="version", version=f"Sightline {__version__}", help="print the version")
    return parser


def settings_from(options: argparse.Namespace) -> Settings:
    return Settings(
        host=options.host,
        port=options.port,
        allow_origins=tuple(options.allow_origin),
        hfov_deg=options.hfov_deg,
        count_faces=not options.ignore_onlookers,
        profiles=options.profiles.expanduser(),
        recordings=options.recordings.expanduser(),
        **output_options.settings_from(options),
    )


def assemble(device: str, network: NetworkName, settings: Settings) -> tuple[Pipeline, str]:
    """The real parts: MediaPipe's landmarks, the committed networks. Also the networks' id, for the profiles.

    Imported here, because PyTorch takes seconds to import and `--help` should not.
    """
    from models.analyzer import create_analyzer
    from models.checkpoints import WEIGHTS_DIR, CheckpointError
    from models.faces import MediaPipeFaceFinder
    from models.predictor import load_predictor
    from server.pipeline import Pipeline

    try:
        predictor = load_predictor(device, network)
    except (CheckpointError, ValueError, OSError) as problem:
        raise StartupError(str(problem)) from problem
    pipeline = Pipeline(
        create_analyzer=lambda: create_analyzer(predictor),
        create_finder=MediaPipeFaceFinder,
        hfov_deg=settings.hfov_deg,
    )
    return pipeline, weights_id(WEIGHTS_DIR / f"{network}.safetensors")


def weights_id(weights: Path) -> str:
    """Twelve hex digits of the weights: a calibration fits the features of the very network it was made with."""
    return hashlib.sha256(weights.read_bytes()).hexdigest()[:12]


async def serve(settings: Settings, pipeline: Pipeline, features_id: str) -> None:
    """Until Ctrl-C or SIGTERM. Closes the sockets with 1001, then the pipeline's threads."""
    from aiohttp import web

    from calibration.profiles import ProfileStore
    from server.app import OUTPUTS, create_app
    from server.clock import SystemClock

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
        for line in app[OUTPUTS].described:
            print(f"  {line}", flush=True)
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
    from server import evaluate

    parser = argparse.ArgumentParser(prog="python -m server evaluate")
    evaluate.add_arguments(parser)
    return evaluate.run(parser.parse_args(arguments))


def _export(arguments: list[str]) -> int:
    from server.exports import command

    parser = argparse.ArgumentParser(prog="python -m server export")
    command.add_arguments(parser)
    return command.run(parser.parse_args(arguments))


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"a port is a whole number from 0 to 65535, got {text!r}")
    return int(text)


def _origin(text: str) -> str:
    try:
        return parse_origin(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from problem


def _field_of_view(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 10.0 < value < 170.0:
        raise argparse.ArgumentTypeError(f"a field of view lies between 10 and 170 degrees, got {text!r}")
    return value
