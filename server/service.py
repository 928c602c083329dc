"""Runs the server until a signal stops it.

1. The listening socket opens first, then the workers load; `/readyz` says when the first has answered.
2. The first SIGTERM, SIGINT or SIGHUP begins the end: `/readyz` says 503, cameras get the message `stopping`, their
   recordings are closed, sockets are closed with 1001, the workers end. If that takes longer than STOP_LIMIT_S, the
   process ends with status 1.
3. A second signal ends the process at once. Workers notice that and end, too.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import logging
import os
import signal
import socket
import threading
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

from aiohttp import web

from calibration.errors import ProfileUnavailable
from calibration.profiles.disk import disk_advice, disk_problem, unwritable
from calibration.profiles.folders import make_private_folder, replacing
from calibration.profiles.interface import Profiles
from calibration.profiles.store import ProfileStore
from calibration.profiles.unsaved import pack_unsaved, unpack_unsaved
from models.checkpoints import WEIGHTS_DIR
from models.predictor import NETWORK_NAMES
from server.addresses import is_loopback_name
from server.advice import with_option
from server.client.runtime import secret_file
from server.clock import SystemClock
from server.errors import ServerError, StartupError
from server.http.app import OPEN_OUTPUTS, create_app
from server.http.connections import REQUEST_TIMEOUT_S, close_waiting
from server.http.context import CONTEXT, Context
from server.http.drain import drain
from server.inference.pipeline import Pipeline
from server.inference.worker_process import WorkerFailed
from server.peers.interface import Peers
from server.settings import SHUTDOWN_S, STOP_LIMIT_S, Settings
from server.sources import Source, SourceParts, open_source
from server.tls import invitation, open_context

# SIGHUP: the terminal was closed. Windows does not have it.
_STOP_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
TOO_SLOW = 1  # exit status

log = logging.getLogger(__name__)


async def serve(settings: Settings, pipeline: Pipeline, features_id: str) -> None:
    """Serves until Ctrl-C, SIGTERM or SIGHUP. Raises StartupError."""
    weights = {name: WEIGHTS_DIR / f"{name}.safetensors" for name in NETWORK_NAMES}
    remedies = {
        weights_id(path): f"start the server with --network {name}" for name, path in weights.items() if path.is_file()
    }
    profiles = await asyncio.to_thread(open_profiles, settings, features_id, remedies)
    source = None if settings.source is None else await asyncio.to_thread(open_source, settings.source, profiles)
    encryption = open_context(settings)
    peers = open_peers(settings, features_id, remedies)
    app = create_app(settings, pipeline=pipeline, profiles=profiles, clock=SystemClock(), peers=peers)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S, keepalive_timeout=REQUEST_TIMEOUT_S)
    limit = threading.Timer(STOP_LIMIT_S, _end_late)  # in a thread, because the event loop may be what does not go on
    limit.daemon = True
    with _stop_signals() as stop:
        stopping = asyncio.create_task(stop.wait())
        opening = asyncio.create_task(pipeline.open())
        tasks: list[asyncio.Task[object]] = [stopping, opening]
        shared: Path | None = None
        try:
            await runner.setup()
            tasks.append(asyncio.create_task(close_waiting(runner)))
            try:
                await web.TCPSite(runner, settings.host, settings.port, ssl_context=encryption).start()
            except OSError as problem:
                raise StartupError(_listen_problem(settings, problem)) from problem
            await asyncio.wait((opening, stopping), return_when=asyncio.FIRST_COMPLETED)
            if opening.done():
                try:
                    opening.result()
                except WorkerFailed as problem:
                    raise StartupError(str(problem)) from problem
                shared = await asyncio.to_thread(_share_secret, settings, runner)
                _say_ready(settings, runner, source)
                if source is not None:
                    tasks.append(asyncio.create_task(_play(source, settings, runner)))
                await stopping
            limit.start()
            with contextlib.suppress(OSError):  # the terminal may be closed; the recordings are not
                print("Sightline is stopping.", flush=True)
            await drain(app)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if shared is not None:
                with contextlib.suppress(OSError):
                    shared.unlink(missing_ok=True)
            await runner.cleanup()
            await pipeline.close()
            limit.cancel()


def open_profiles(settings: Settings, features_id: str, remedies: Mapping[str, str]) -> Profiles:
    """The store of saved calibrations. Raises StartupError when its Redis does not answer."""
    if settings.redis is None:
        return ProfileStore(settings.profiles, features_id=features_id, remedies=remedies)
    try:
        from calibration.profiles.redis_store import RedisProfileStore, connected
    except ImportError as problem:
        text = "--redis needs the extra: pip install 'sightline-gaze[cluster]' (in the checkout '.[cluster]')"
        raise StartupError(text) from problem
    try:
        profiles = RedisProfileStore(connected(settings.redis), features_id=features_id, remedies=remedies)
        profiles.check()
    except (ValueError, ProfileUnavailable) as problem:
        raise StartupError(
            "the Redis of --redis does not answer or refuses the connection. Check the address and the password, and "
            "start it: redis-server --appendonly yes --appendfsync always"
        ) from problem
    return profiles


def open_peers(settings: Settings, features_id: str, remedies: Mapping[str, str]) -> Peers | None:
    """What connects this server with others that have the same Redis. None without one."""
    if settings.redis is None:
        return None
    from server.peers.shared import SharedPeers

    return SharedPeers(
        settings.redis,
        machine=machine_id() if is_loopback_name(settings.host) else None,
        pack=lambda calibration: pack_unsaved(calibration, features_id),
        unpack=lambda data: unpack_unsaved(data, features_id, remedies),
    )


def machine_id() -> str:
    """Equal for the servers of one machine. It is shared with other servers, so it is a hash."""
    return hashlib.sha256(f"{socket.gethostname()} {uuid.getnode():x}".encode()).hexdigest()[:16]


def weights_id(weights: Path) -> str:
    """Twelve hex digits of the weights' hash. A calibration fits the features of its own network only."""
    return hashlib.sha256(weights.read_bytes()).hexdigest()[:12]


def warn_of_folders(settings: Settings) -> None:
    """Tracking works without them, so the server starts. Without a warning, the first save would be lost."""
    options = {"saved calibrations": "--profiles", "recordings": "--recordings"}
    for what, folder in settings.folders():
        option = options[what]
        if (problem := unwritable(folder)) is not None:
            why, advice = disk_problem(problem), disk_advice(problem, option)
            log.warning("%s can't be saved in %s: %s. %s.", what.removeprefix("saved "), folder, why, advice)


def _share_secret(settings: Settings, runner: web.AppRunner) -> Path | None:
    """Writes the secret with which this user's programs find the token of a session. Tracking works without it."""
    if settings.runtime is None:
        return None
    path = secret_file(settings.runtime, runner.addresses[0][1])
    try:
        make_private_folder(settings.runtime)
        with replacing(path) as temporary:
            temporary.write_text(runner.app[CONTEXT].secret, encoding="ascii")
    except OSError as problem:
        log.warning("`sightline token` and marks without a token do not work: %s", disk_problem(problem))
        return None
    return path


def source_parts(context: Context, camera_url: str) -> SourceParts:
    peers = context.peers
    return SourceParts(context.hub, context.clock, context.live, camera_url, peers.new_session_id, peers.new_token)


async def _play(source: Source, settings: Settings, runner: web.AppRunner) -> None:
    """Runs the source beside the server. Its end ends its session only."""
    context = runner.app[CONTEXT]
    camera_url = f"{_url(settings, runner.addresses[0][1]).replace('http', 'ws', 1)}v1/camera"
    try:
        await source.run(source_parts(context, camera_url))
        with contextlib.suppress(OSError):
            print(f"The {source.kind} has ended. The server still runs (Ctrl-C stops it).", flush=True)
    except ServerError as problem:
        log.error("%s", problem)
    except Exception:
        log.exception("a bug ended the replay or the video")


def _say_ready(settings: Settings, runner: web.AppRunner, source: Source | None) -> None:
    warn_of_folders(settings)
    print(f"Sightline is ready: {_url(settings, runner.addresses[0][1])}  (Ctrl-C stops it)", flush=True)
    if invited := invitation(settings, runner.addresses[0][1]):
        print(invited, flush=True)
    for output in runner.app[OPEN_OUTPUTS]:
        print(f"  {output.describe()}", flush=True)
    if source is not None:
        print(f"  {source.describe()}", flush=True)
    if settings.study is not None:
        print(f"  Study: {_url(settings, runner.addresses[0][1])}study/", flush=True)
    if not is_loopback_name(settings.host):
        log.warning("listening on %s: other machines on the network can reach this server", settings.host)


@contextlib.contextmanager
def _stop_signals() -> Iterator[asyncio.Event]:
    """Sets the event at the first signal, and leaves the next ones to the system, which ends the process."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    # nohup ignores SIGHUP, and that stays so.
    before = {number: signal.getsignal(number) for number in _STOP_SIGNALS}
    handled = [number for number, handler in before.items() if handler is not signal.SIG_IGN]

    def first() -> None:
        stop.set()
        for number in handled:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    try:
        with contextlib.suppress(NotImplementedError):  # on Windows, Ctrl-C raises KeyboardInterrupt instead
            for number in handled:
                loop.add_signal_handler(number, first)
        yield stop
    finally:
        for number in handled:
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(number)
            signal.signal(number, before[number])


def _end_late() -> None:
    log.error("the end takes longer than %g s: something is not written, or does not stop", STOP_LIMIT_S)
    os._exit(TOO_SLOW)


def _url(settings: Settings, port: int) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "localhost"}.get(settings.host, settings.host)
    scheme = "http" if settings.tls is None else "https"
    return f"{scheme}://[{host}]:{port}/" if ":" in host else f"{scheme}://{host}:{port}/"


def _listen_problem(settings: Settings, problem: OSError) -> str:
    where = f"{settings.host} port {settings.port}"
    if problem.errno == errno.EADDRINUSE:
        return (
            f"{where} is in use, perhaps by another Sightline. Stop that program, or choose another port: "
            + with_option(f"--port {settings.port + 1 if settings.port < 65535 else settings.port - 1}")
        )
    if problem.errno == errno.EACCES:
        return f"{where} needs administrator rights. Choose a port above 1023: {with_option('--port 8765')}"
    if isinstance(problem, socket.gaierror) or problem.errno == errno.EADDRNOTAVAIL:
        return f"can't listen on {where}: this machine has no such address. Check --host."
    return f"can't listen on {where}: the system refuses it. Check --host and --port."
