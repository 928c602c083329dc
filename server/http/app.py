"""The application: routes, the checks of every request, start and shutdown.

    create_app(settings, ...)  ->  web.Application

The application opens the outputs (`server.outputs`) when it starts, and closes its sockets at shutdown. The caller
creates the pipeline and closes it after that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping

from aiohttp import web
from aiohttp.typedefs import Handler

from calibration.profiles.interface import Profiles
from server.clock import Clock
from server.errors import HttpRefusal
from server.http import access, areas, lab, operations, programs, recordings, study
from server.http import profiles as profile_routes
from server.http import rest as http
from server.http.callers import TOKEN_HEADER
from server.http.camera_socket import camera_socket
from server.http.connections import WAITING, Waiting
from server.http.context import CONTEXT, OPEN_READERS, OPEN_SOCKETS, Context
from server.http.drain import close_sockets
from server.http.elsewhere import find_elsewhere
from server.http.foreign_pages import ForeignPages
from server.http.static import StaticFiles
from server.http.stream import stream_ndjson, stream_socket, stream_sse
from server.inference.pipeline import Pipeline
from server.outputs import open_outputs
from server.outputs.output import Output, ServerParts
from server.peers.interface import Alone, Peers
from server.protocol.replies import to_wire
from server.protocol.session import ErrorReply
from server.recordings.store import RecordingStore
from server.report.kept_areas import KeptAreas
from server.settings import Settings

log = logging.getLogger(__name__)
FOREIGN_PAGES: web.AppKey[ForeignPages] = web.AppKey("foreign_pages", ForeignPages)
OPEN_OUTPUTS: web.AppKey[tuple[Output, ...]] = web.AppKey("open_outputs", tuple)
# The page loads scripts and styles from this server only, and can send pictures of a face to this machine only. Other
# ports of this machine are allowed for a camera that another local program simulates.
_THIS_MACHINE = "'self' blob: data: http://127.0.0.1:* http://localhost:*"
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        f"connect-src {_THIS_MACHINE} ws://127.0.0.1:* ws://localhost:*",
        f"img-src {_THIS_MACHINE}",
        f"media-src {_THIS_MACHINE}",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
}
CORS_MAX_AGE_S = 600
# Experiments, and pages that a study shows, load them with a plain <script src>, which browsers allow for such answers
# only. They are public, and what they open is checked like every other request.
OPEN_SCRIPTS = frozenset({"/webgazer-compat.js", "/page-place.js"})


def create_app(
    settings: Settings, *, pipeline: Pipeline, profiles: Profiles, clock: Clock, peers: Peers | None = None
) -> web.Application:
    """peers: None without other servers."""
    app = web.Application(middlewares=[_check_every_request])
    app[CONTEXT] = Context(
        settings=settings,
        access=access.rules(settings.host, settings.allow_origins),
        pipeline=pipeline,
        profiles=profiles,
        recordings=RecordingStore(settings.recordings),
        areas=KeptAreas(settings.recordings),
        clock=clock,
        peers=peers or Alone(clock),
    )
    operations.watch(app[CONTEXT])
    app[OPEN_SOCKETS] = set()
    app[FOREIGN_PAGES] = ForeignPages()
    app[OPEN_READERS] = set()
    app[WAITING] = Waiting()
    app.on_response_prepare.append(_add_headers)
    app.on_startup.append(_make_recordings_private)
    app.cleanup_ctx.append(_run_peers)
    app.cleanup_ctx.append(_run_outputs)
    app.on_shutdown.append(close_sockets)
    app.add_routes(
        [
            web.get("/v1/camera", camera_socket),
            web.get("/v1/stream", stream_socket),
            # Streams have no HEAD, because the answer would send the body.
            web.get("/v1/stream/sse", stream_sse, allow_head=False),
            web.get("/v1/stream/ndjson", stream_ndjson, allow_head=False),
            web.get("/v1/gaze/latest", http.latest_gaze),
            web.get("/v1/sessions", http.sessions),
            web.get("/v1/token", programs.token, allow_head=False),
            web.post("/v1/marks", programs.marks),
            web.get("/v1/heatmap.png", http.heatmap),
            web.get("/v1/profiles", profile_routes.list_profiles),
            web.delete("/v1/profiles/{user}/{screen}", profile_routes.delete),
            web.get("/v1/profiles/{user}/{screen}/export", profile_routes.export_profile),
            web.post("/v1/profiles/import", profile_routes.import_profile),
            web.get("/v1/recordings", recordings.recordings),
            web.get("/v1/recordings/{recording}", recordings.download, allow_head=False),
            web.delete("/v1/recordings/{recording}", recordings.delete),
            web.patch("/v1/recordings/{recording}", lab.change),
            web.get("/v1/recordings/{recording}/timeline", lab.timeline, allow_head=False),
            web.get("/v1/recordings/{recording}/stimuli/{stimulus}", lab.picture, allow_head=False),
            web.put("/v1/recordings/{recording}/stimuli/{stimulus}", lab.keep_picture),
            web.post("/v1/analysis", lab.analysis),
            web.post("/v1/analysis.csv", lab.analysis_csv),
            web.post("/v1/analysis.html", lab.analysis_html),
            web.post("/v1/analysis.zip", lab.analysis_zip),
            web.get("/v1/areas", areas.areas, allow_head=False),
            web.put("/v1/areas", areas.keep),
            web.get("/v1/study", study.about),
            web.post("/v1/study/participants", study.participants),
            web.get("/v1/study/files/{number}", study.file),
            web.get("/healthz", http.healthz),
            web.get("/readyz", operations.readyz),
            web.get("/metrics", operations.metrics),
            web.get("/v1/schema", http.message_schema),
            web.get("/v1/protocol", http.protocol_document),
            web.get("/{path:.*}", StaticFiles(settings.web).serve),
        ]
    )
    return app


@web.middleware
async def _check_every_request(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        with request.app[WAITING].handling(request.protocol):
            _check_names(request)
            if request.method == "OPTIONS" and "Origin" in request.headers:
                return _preflight()
            await find_elsewhere(request)
            return await handler(request)
    except HttpRefusal as refusal:
        return _refused(request, refusal, {})
    except web.HTTPException as problem:  # from aiohttp: a method that does not exist, an invalid handshake
        if problem.status < 400:
            raise
        allow = {name: value for name, value in problem.headers.items() if name == "Allow"}
        return _refused(request, HttpRefusal(problem.status, "bad_request", problem.text or problem.reason), allow)
    except ConnectionError:
        if request.transport is not None and not request.transport.is_closing():
            raise  # not of this client's connection
        log.debug("%s %s: the client has disconnected before the answer", request.method, _route(request))
        return web.Response()  # aiohttp needs one and does not send it


def _check_names(request: web.Request) -> None:
    """Checks host and origin of every request, also for the page's own files. Raises HttpRefusal."""
    rules, host, origin = request.app[CONTEXT].access, request.headers.get("Host"), request.headers.get("Origin")
    rules.check_host(host)
    if origin is not None:
        rules.check_origin(origin, host, request.remote)


def _refused(request: web.Request, refusal: HttpRefusal, headers: Mapping[str, str]) -> web.Response:
    request.app[CONTEXT].metrics.refused(refusal.code)
    if refusal.code == "foreign_origin":
        request.app[FOREIGN_PAGES].refused(request.headers.get("Origin"), request.headers.get("Referer"))
    log.info("%s %s: %d %s", request.method, _route(request), refusal.status, refusal.code)
    answer = to_wire(ErrorReply(refusal.code, str(refusal)))
    return web.json_response(answer, status=refusal.status, headers={**http.NO_STORE, **headers})


def _route(request: web.Request) -> str:
    """The pattern of the address. The address itself may have a token or a person's name."""
    resource = request.match_info.route.resource
    return "(no route)" if resource is None else resource.canonical


def _preflight() -> web.Response:
    """Answers a CORS preflight: a page of a listed origin, or our own, may send our headers."""
    return web.Response(
        status=204,
        headers={
            "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
            "Access-Control-Allow-Headers": f"{TOKEN_HEADER}, {http.OWN_PAGE_HEADER}, Content-Type",
            "Access-Control-Max-Age": str(CORS_MAX_AGE_S),
            # Chromium requires this before it lets a page of another site send requests to this machine.
            "Access-Control-Allow-Private-Network": "true",
        },
    )


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    rules = request.app[CONTEXT].access
    response.headers.update(SECURITY_HEADERS)
    framed_by = " ".join(("'self'", *sorted(rules.allow_origins - {"null"})))  # CSP does not know "null"
    policy = CONTENT_SECURITY_POLICY
    if request.app[CONTEXT].settings.test_driver:
        policy = policy.replace("script-src 'self'", "script-src 'self' 'unsafe-eval'")
    frames = " ".join(("'self'", *sorted(await study.framed_sites(request))))
    # A picture of a recording has a stricter one.
    response.headers.setdefault("Content-Security-Policy", f"{policy}; frame-src {frames}; frame-ancestors {framed_by}")
    # On every answer: a cache must not give a copy made for our own page to another origin, nor the reverse.
    response.headers["Vary"] = "Origin"
    origin = request.headers.get("Origin")
    if origin is not None and rules.is_allowed(origin):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    else:
        everywhere = origin is None and request.path in OPEN_SCRIPTS
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin" if everywhere else "same-origin"


async def _make_recordings_private(app: web.Application) -> None:
    await asyncio.to_thread(app[CONTEXT].recordings.make_private)


async def _run_peers(app: web.Application) -> AsyncIterator[None]:
    context = app[CONTEXT]
    running = asyncio.create_task(context.peers.run(context.hub, context.live))
    yield
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await context.peers.close()


async def _run_outputs(app: web.Application) -> AsyncIterator[None]:
    context = app[CONTEXT]
    parts = ServerParts(hub=context.hub, clock=context.clock, sessions=context.live, port=context.settings.port)
    async with open_outputs(context.settings.outputs, parts) as outputs:
        app[OPEN_OUTPUTS] = outputs
        yield
