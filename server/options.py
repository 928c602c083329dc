"""The options of the command serve, and their conversion to settings."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Literal

from server import __version__, outputs, sources
from server.addresses import parse_origin, parse_port
from server.client.runtime import runtime_folder
from server.gaze.filters import FILTERS
from server.log import LOG_FORMATS
from server.settings import MAX_WORKERS, Settings

MIN_SECRET_CHARS = 16


def add_serve_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command serve. Defaults come from `Settings`, so each stands in one place."""
    defaults = Settings()
    parser.formatter_class = argparse.ArgumentDefaultsHelpFormatter
    parser.epilog = "PROTOCOL.md describes the streams."
    parser.add_argument(
        "--host",
        default=defaults.host,
        help="address to listen on; with an address other than loopback, other machines can reach the server, and "
        "their browsers require HTTPS for camera access",
    )
    parser.add_argument("--port", type=parse_port, default=defaults.port, help="port to listen on; 0 takes a free one")
    parser.add_argument(
        "--profiles",
        type=Path,
        default=defaults.profiles,
        metavar="DIR",
        help="folder for saved calibrations; each holds numbers, among them an averaged grey picture of each eye of "
        "20 x 10 points",
    )
    parser.add_argument(
        "--cluster",
        type=parse_cluster,
        metavar="ADDRESS",
        help="let the replicas of a Ray cluster analyse pictures, which `cluster` starts, and not this machine: "
        "HOST:PORT of the head on a machine of the cluster, or ray://HOST:PORT elsewhere "
        "(extra sightline-gaze[cluster])",
    )
    parser.add_argument(
        "--redis",
        type=_redis,
        metavar="URL",
        help="share saved calibrations (in place of the folder of --profiles), streams and requests with other servers "
        "that have this Redis (redis://HOST:PORT/0; extra sightline-gaze[cluster])",
    )
    parser.add_argument(
        "--recordings",
        type=Path,
        default=defaults.recordings,
        metavar="DIR",
        help="folder for recorded sessions; they hold pictures only if the person agreed on the page",
    )
    parser.add_argument(
        "--allow-origin",
        type=_origin,
        action="append",
        default=[],
        metavar="ORIGIN",
        help="allow pages of this origin (such as http://localhost:3000) to use the sockets and read the answers; may "
        "be repeated",
    )
    add_network_options(parser)
    parser.add_argument(
        "--workers",
        type=_number_of_workers,
        default=defaults.workers,
        metavar="N",
        help="the most processes that analyse pictures; each further one starts with a further camera; without this "
        "option, one for each core, and a single one on a GPU",
    )
    parser.add_argument(
        "--hfov-deg",
        type=_field_of_view,
        default=defaults.hfov_deg,
        metavar="DEGREES",
        help="the camera's field of view along the longer side of its picture, for pages that send none; a wrong value "
        "changes distances, not directions",
    )
    parser.add_argument(
        "--ignore-onlookers",
        action="store_true",
        help="track while a second face is in the picture, such as a portrait on the wall; without this option, gaze "
        "is invalid while a second person is near",
    )
    add_filter_option(parser, default=defaults.point_filter)
    parser.add_argument(
        "--tls",
        type=_tls,
        metavar="auto|FILE",
        help="serve HTTPS, which browsers require for the camera of another machine: auto makes a self-signed "
        "certificate for the addresses of --host, and prints the address and a QR code for a phone (extra "
        "sightline-gaze[lan]); or a PEM file with your certificate",
    )
    parser.add_argument(
        "--tls-key",
        type=Path,
        metavar="FILE",
        help="PEM file with the key of the certificate, if it is not in the file of --tls",
    )
    parser.add_argument(
        "--metrics-token",
        type=_secret,
        metavar="FILE",
        help="file with a text of 16 characters or more; a program that sends it as Authorization: Bearer may read "
        "/metrics from another machine; without this option, only programs on this machine may",
    )
    outputs.add_options(parser)
    sources.add_options(parser)
    parser.add_argument("--verbose", action="store_true", help="log connections and refusals too")
    parser.add_argument(
        "--log-format",
        choices=LOG_FORMATS,
        default=LOG_FORMATS[0],
        help="format of the log on stderr; json has one object on each line; no format has names, tokens or addresses",
    )
    parser.add_argument("--version", action="version", version=f"Sightline {__version__}", help="print the version")


def add_network_options(parser: argparse.ArgumentParser) -> None:
    """Adds --device, --network and --landmarks, for all commands that analyse pictures."""
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="where the networks run; auto uses CUDA when it is available (default: %(default)s)",
    )
    parser.add_argument(
        "--network",
        choices=("fast", "accurate"),
        default="fast",
        help="accurate takes three times as long for each frame. Its error is 6 percent lower on rendered people, and "
        "the same on real recordings. A saved calibration works only with its own network (default: %(default)s)",
    )
    parser.add_argument(
        "--landmarks",
        choices=("networks", "mediapipe"),
        default="networks",
        help="what finds the points of the face: MediaPipe's networks, or MediaPipe itself, as a reference; that needs "
        "the extra sightline-gaze[mediapipe] and has one process for all cameras (default: %(default)s)",
    )


def add_filter_option(parser: argparse.ArgumentParser, *, default: str) -> None:
    """Adds --filter, for all commands that smooth gaze points."""
    parser.add_argument(
        "--filter",
        choices=tuple(FILTERS),
        default=default,
        help="the filter that smooths gaze points; none leaves them as estimated (default: %(default)s)",
    )


def settings_from(options: argparse.Namespace) -> Settings:
    """Raises StartupError for options that do not fit together."""
    return Settings(
        host=options.host,
        port=options.port,
        allow_origins=tuple(options.allow_origin),
        hfov_deg=options.hfov_deg,
        workers=options.workers,
        count_faces=not options.ignore_onlookers,
        point_filter=options.filter,
        profiles=options.profiles.expanduser(),
        recordings=options.recordings.expanduser(),
        cluster=options.cluster,
        redis=options.redis,
        tls=options.tls,
        tls_key=options.tls_key,
        metrics_token=options.metrics_token,
        outputs=options,
        source=sources.source_from(options),
        runtime=runtime_folder(),
        study=getattr(options, "study", None),
        test_driver=os.environ.get("SIGHTLINE_TEST_DRIVER") == "1",
    )


def _origin(text: str) -> str:
    try:
        return parse_origin(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from problem


def _tls(text: str) -> Path | Literal["auto"]:
    return "auto" if text == "auto" else Path(text).expanduser()


def parse_cluster(text: str) -> str:
    host, _, port = text.removeprefix("ray://").rpartition(":")
    try:
        parse_port(port)
    except (ValueError, argparse.ArgumentTypeError):
        host = ""
    if not host or "/" in host:
        raise argparse.ArgumentTypeError(f"the address of a cluster is HOST:PORT or ray://HOST:PORT, got {text!r}")
    return text


def _redis(text: str) -> str:
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise argparse.ArgumentTypeError("the address of a Redis begins with redis://, rediss:// or unix://")
    return text


def _secret(text: str) -> str:
    try:
        secret = Path(text).expanduser().read_text(encoding="ascii").strip()
    except (OSError, ValueError) as problem:
        raise argparse.ArgumentTypeError(f"{text} can't be read, or holds more than ASCII text") from problem
    if len(secret) < MIN_SECRET_CHARS or not secret.isprintable() or " " in secret:
        raise argparse.ArgumentTypeError(
            f"{text} must hold one word of {MIN_SECRET_CHARS} or more characters; openssl rand -hex 16 makes one"
        )
    return secret


def _number_of_workers(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_WORKERS):
        raise argparse.ArgumentTypeError(f"a number of workers lies between 1 and {MAX_WORKERS}, got {text!r}")
    return int(text)


def _field_of_view(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 10.0 < value < 170.0:
        raise argparse.ArgumentTypeError(f"a field of view lies between 10 and 170 degrees, got {text!r}")
    return value
