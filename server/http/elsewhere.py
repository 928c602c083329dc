"""Requests about sessions of other servers. It is asked for before the request's own handler, which then finds them."""

from __future__ import annotations

from aiohttp import web

from server.errors import HttpRefusal
from server.http.callers import OWN_ELSEWHERE, is_local_only, token_in
from server.http.context import CONTEXT
from server.peers.interface import PeersUnavailable

FOLLOWED = ("/v1/stream", "/v1/stream/sse", "/v1/stream/ndjson", "/v1/gaze/latest", "/v1/heatmap.png", "/v1/marks")


async def find_elsewhere(request: web.Request) -> None:
    """Finds the session of the token that was sent, and follows the one that is read. Raises HttpRefusal."""
    OWN_ELSEWHERE.set(None)  # one task handles all requests of a connection
    if not request.path.startswith("/v1/"):
        return
    try:
        await _find(request)
    except PeersUnavailable:
        raise HttpRefusal(
            503, "session_unreachable", "this session may be at another server, and Redis does not answer: try again"
        ) from None


async def _find(request: web.Request) -> None:
    context = request.app[CONTEXT]
    peers, token, wanted = context.peers, token_in(request), request.query.get("session")
    if token and context.opens_lab(token):
        return
    if token and context.session_of(token) is None and (own := await peers.find_by_token(token)) is not None:
        OWN_ELSEWHERE.set(own.session_id)
        if request.path in FOLLOWED and wanted in (None, own.session_id):
            await peers.follow(own)
    elif request.path not in FOLLOWED or token:
        return
    elif wanted is None:
        if is_local_only(request):
            await peers.follow_newest()
    elif wanted not in context.live and (known := await peers.find(wanted)) is not None:
        if not (known.is_open and is_local_only(request)):
            raise HttpRefusal(403, "token_missing", "reading this session needs its token")
        await peers.follow(known)
