"""Plain HTTP answers: health, sessions, the newest gaze, the heat map. Also the permission to change stored files."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from pathlib import Path

from aiohttp import web

from calibration.profiles.disk import disk_problem
from server import __version__
from server.errors import HttpRefusal
from server.events.heatmap import FloatGrid, render_png
from server.http.callers import TOKEN_HEADER, check_access, check_reader, is_local_only
from server.http.context import CONTEXT, Context
from server.http.stream import query_of
from server.log import without_path
from server.peers.interface import PeersUnavailable
from server.protocol.replies import encode
from server.protocol.schema import schema_text
from server.settings import MAX_HEATMAP_SIDE_PX

PROTOCOL = Path(__file__).resolve().parents[2] / "PROTOCOL.md"
NO_STORE = {"Cache-Control": "no-store"}
OWN_PAGE_HEADER = "X-Sightline-Request"  # HTML forms can't send headers of their own

log = logging.getLogger(__name__)


async def healthz(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    uptime_s = round(time.monotonic() - context.started_s, 1)
    return json_response({"status": "ok", "version": __version__, "uptime_s": uptime_s, "sessions": len(context.live)})


async def message_schema(request: web.Request) -> web.Response:
    """The JSON schema. It needs no token, because it holds no data of a person."""
    return web.Response(text=schema_text(), content_type="application/schema+json", headers=NO_STORE)


async def protocol_document(request: web.Request) -> web.FileResponse:
    """PROTOCOL.md, as text because browsers save Markdown instead of showing it."""
    return web.FileResponse(
        PROTOCOL, headers={"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-cache"}
    )


async def sessions(request: web.Request) -> web.Response:
    """The live sessions, newest first: a stream without a session follows the first. A token lists its session only."""
    context = request.app[CONTEXT]
    only = check_reader(request).token_of
    try:
        others = await context.peers.listed()
    except PeersUnavailable:
        others = ()
    listed: list[dict[str, object]] = [
        {
            "session": known.session_id,
            "started_ms": known.started_ms,
            "frames": known.n_frames,
            "calibrated": known.calibrated,
        }
        for known in others
        if known.session_id == only or (only is None and known.is_open)
    ]
    listed += [
        {
            "session": session_id,
            "started_ms": live.started_ms,
            "frames": live.session.n_frames,
            "calibrated": live.session.calibrated,
        }
        for session_id, live in context.live.items()
        if only in (None, session_id)
    ]
    listed.reverse()
    listed.sort(key=lambda one: one["started_ms"], reverse=True)  # type: ignore[arg-type, return-value]
    return json_response({"sessions": listed})


async def latest_gaze(request: web.Request) -> web.Response:
    """The newest gaze message; status 204 before the first."""
    context = request.app[CONTEXT]
    message = context.hub.latest(session_id_of(request, context))
    view = query_of(request).view
    return web.Response(status=204, headers=NO_STORE) if message is None else json_response(message.projected(view))


async def heatmap(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    width_px, height_px = _side(request, "width", 1280), _side(request, "height", 720)
    grid = await _grid(session_id_of(request, context), context)
    async with context.drawing.take():
        png = await asyncio.to_thread(render_png, grid, width_px, height_px)
    return web.Response(body=png, content_type="image/png", headers=NO_STORE)


async def _grid(session_id: str, context: Context) -> FloatGrid:
    """Raises HttpRefusal."""
    if session_id in context.live:
        return context.live[session_id].session.heat.snapshot()
    try:
        grid = await context.peers.heat(session_id)
    except PeersUnavailable:
        raise HttpRefusal(503, "session_unreachable", "the server of this session does not answer: try again") from None
    if grid is None:
        raise HttpRefusal(404, "no_session", f"there is no live session {session_id[:80]!r}")
    return grid


def check_may_change(request: web.Request, context: Context) -> str | None:
    """None for our own page on this machine, which may change everything; else the session of the token.

    Raises HttpRefusal. If other machines can reach the server, only tokens count, because programs can send any header.
    """
    caller = check_access(request)
    if is_local_only(request) and _is_own_page(request, context):
        return None
    if caller.token_of is None:
        raise HttpRefusal(403, "token_missing", f"send {TOKEN_HEADER} with the token of a live session")
    return caller.token_of


def _is_own_page(request: web.Request, context: Context) -> bool:
    """Whether a request by a page can only come from a script of our own page."""
    origin = request.headers.get("Origin")
    ours = context.access.is_same_origin(origin, request.headers.get("Host"))
    if origin is None:
        # Browsers send no Origin with a page's own GET. They send this header, which scripts can't set.
        ours = request.headers.get("Sec-Fetch-Site") == "same-origin"
    return ours and OWN_PAGE_HEADER in request.headers


def session_id_of(request: web.Request, context: Context) -> str:
    """The session that is asked for, or the newest. Raises HttpRefusal."""
    session_id = check_reader(request).session_id or context.hub.newest()
    if session_id is None:
        raise HttpRefusal(404, "no_session", "no camera is connected; open the page and start it")
    if session_id not in context.hub:
        raise HttpRefusal(404, "no_session", f"there is no live session {session_id[:80]!r}")
    return session_id


def _side(request: web.Request, name: str, default_px: int) -> int:
    text = request.query.get(name, str(default_px))
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= MAX_HEATMAP_SIDE_PX):
        raise HttpRefusal(
            400, "bad_size", f"{name} must be a whole number from 1 to {MAX_HEATMAP_SIDE_PX}, got {text[:40]!r}"
        )
    return int(text)


def not_written(problem: OSError) -> HttpRefusal:
    """What was sent could not be saved."""
    log.warning("what was sent was not saved: %s", without_path(problem))
    return HttpRefusal(507, "not_written", f"it could not be saved: {disk_problem(problem)}")


def json_response(payload: Mapping[str, object], *, status: int = 200) -> web.Response:
    return web.json_response(payload, status=status, dumps=lambda value: encode(value), headers=NO_STORE)
