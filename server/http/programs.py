"""For programs on this machine: the token of a session or of the lab, and marks without a socket.

GET  /v1/token   with the secret in a file that only the server's user may read (`server.client.runtime`); ?of=lab
POST /v1/marks   with the token of a session: {"label": "trial 7"}
"""

from __future__ import annotations

import asyncio
import json
import secrets

from aiohttp import web

from server.errors import HttpRefusal, ProtocolError
from server.http.access import FORBIDDEN
from server.http.callers import TOKEN_HEADER, check_access
from server.http.connections import BODY_TIMEOUT_S
from server.http.context import CONTEXT
from server.http.rest import json_response
from server.protocol.events import MarkEvent
from server.protocol.parsing import parse_text
from server.protocol.replies import encode, to_wire
from server.protocol.requests import Mark
from server.protocol.session import ErrorReply
from server.protocol.types import RequestId, ServerMessage
from server.settings import MAX_TEXT_BYTES

WRITTEN_S = 30.0  # longer than a busy disk takes


async def token(request: web.Request) -> web.Response:
    """No page has the secret, so no `Origin` is admitted either."""
    context = request.app[CONTEXT]
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    own = scheme.lower() == "bearer" and secrets.compare_digest(
        context.secret.encode(), sent.strip().encode(errors="replace")
    )
    if not own or "Origin" in request.headers:
        text = "this needs the secret of the server's own user; `sightline token` sends it"
        raise HttpRefusal(FORBIDDEN, "token_missing", text)
    # The secret is proof enough, also where other machines can reach the server.
    caller = check_access(request)
    match request.query.get("of", "session"):
        case "lab":
            return json_response({"token": context.lab_token})
        case "session":
            pass
        case _:
            raise HttpRefusal(400, "bad_query", "of must be lab or session")
    session_id = caller.session_id or context.hub.newest(local=True)
    if session_id is None:
        raise HttpRefusal(404, "no_session", "no camera is connected; open the page and start it")
    if session_id not in context.live:
        raise HttpRefusal(404, "no_session", "there is no such camera at this server")
    return json_response({"session": session_id, "token": context.live[session_id].token})


async def marks(request: web.Request) -> web.Response:
    """Answers when the mark is in the running recording."""
    context = request.app[CONTEXT]
    caller = check_access(request)
    if caller.token_of is None:
        raise HttpRefusal(FORBIDDEN, "token_missing", f"send {TOKEN_HEADER} with the token of a live session")
    mark = _mark(await _body(request))
    answer = _Answer()
    commander = context.commander_of(caller.token_of)
    if commander is None:
        raise HttpRefusal(404, "no_session", "the session has ended")
    try:
        await commander.command(mark, answer, request_id=1)
        message = await asyncio.wait_for(answer.received, WRITTEN_S)
    except asyncio.TimeoutError:
        raise HttpRefusal(404, "no_session", "the session has ended before the mark was written") from None
    finally:
        await commander.leave(answer)
    if isinstance(message, ErrorReply):
        raise HttpRefusal(409, message.code, message.message)
    assert isinstance(message, MarkEvent)
    return json_response(to_wire(message))


class _Answer:
    """A sender that takes one answer."""

    def __init__(self) -> None:
        self.received: asyncio.Future[ServerMessage] = asyncio.get_running_loop().create_future()

    async def send(self, message: ServerMessage, request_id: RequestId | None = None) -> None:
        if not self.received.done():
            self.received.set_result(message)


def _mark(body: bytes) -> Mark:
    """Raises HttpRefusal."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise HttpRefusal(400, "bad_json", 'the body must be a JSON object, such as {"label":"trial 7"}')
    try:
        mark = parse_text(encode(dict(message, type="mark"))).body
    except (ProtocolError, ValueError) as problem:
        code = problem.code if isinstance(problem, ProtocolError) else "bad_json"
        raise HttpRefusal(400, code, str(problem)) from None
    assert isinstance(mark, Mark)
    return mark


async def _body(request: web.Request) -> bytes:
    try:
        return await asyncio.wait_for(_read(request), BODY_TIMEOUT_S)
    except asyncio.TimeoutError:
        raise HttpRefusal(408, "bad_request", f"the mark did not arrive within {BODY_TIMEOUT_S:g} s") from None


async def _read(request: web.Request) -> bytes:
    data = b""
    while more := await request.content.read(MAX_TEXT_BYTES + 1 - len(data)):
        data += more
        if len(data) > MAX_TEXT_BYTES:
            raise HttpRefusal(413, "text_too_big", f"a mark may have {MAX_TEXT_BYTES} bytes")
    return data
