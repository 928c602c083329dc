"""The rights of a request's caller: the session it is about, and whether the caller may read or control it."""

from __future__ import annotations

import secrets
from contextvars import ContextVar
from dataclasses import dataclass

from aiohttp import web

from server.errors import HttpRefusal
from server.http.access import FORBIDDEN
from server.http.context import CONTEXT

TOKEN_HEADER = "X-Sightline-Token"
OWN_ELSEWHERE: ContextVar[str | None] = ContextVar("own_elsewhere", default=None)
"""The session of another server whose token the present request has sent (server/http/elsewhere.py)."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The source of a request.

    session_id: the requested session, None for the newest. token_of: the session whose token it sent, or None.
    opens_lab: it sent the token of the lab, which is about all recordings and about nothing else.
    """

    session_id: str | None
    token_of: str | None
    opens_lab: bool = False


def token_in(request: web.Request) -> str | None:
    return request.query.get("token") or request.headers.get(TOKEN_HEADER)


def check_access(request: web.Request) -> Caller:
    """Raises HttpRefusal for foreign pages, for invalid tokens, and for a token of another session."""
    context = request.app[CONTEXT]
    token = token_in(request)
    opens_lab = token is not None and context.opens_lab(token)
    token_of = context.session_of(token) or OWN_ELSEWHERE.get() if token else None
    context.access.check_origin(
        request.headers.get("Origin"),
        request.headers.get("Host"),
        request.remote,
        site=request.headers.get("Sec-Fetch-Site"),
        has_token=opens_lab or token_of is not None,
    )
    session_id = request.query.get("session")
    if token and not opens_lab and (token_of is None or session_id not in (None, token_of)):
        raise HttpRefusal(FORBIDDEN, "wrong_token", "this is not the token of that session, or the session has ended")
    return Caller(session_id or token_of, token_of, opens_lab)


def check_reader(request: web.Request) -> Caller:
    """`check_access` for requests that only read. Also raises HttpRefusal for other machines without a token."""
    caller = check_access(request)
    other = caller.session_id is not None and not request.app[CONTEXT].peers.may_read(caller.session_id)
    if caller.token_of is None and (other or not is_local_only(request)):
        raise HttpRefusal(
            FORBIDDEN,
            "token_missing",
            f"other machines can reach {'the server of this session' if other else 'this server'}, so reading needs "
            "the session's token, "
            f"as ?token= or in {TOKEN_HEADER}",
        )
    return caller


def check_operator(request: web.Request) -> None:
    """For requests about the server as a whole: the operator's token, or this machine. Raises HttpRefusal.

    A session's token is about that session only, so it does not count.
    """
    expected = request.app[CONTEXT].settings.metrics_token
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        if expected is None or not secrets.compare_digest(expected.encode(), sent.strip().encode(errors="replace")):
            raise HttpRefusal(FORBIDDEN, "wrong_token", "this is not the token of --metrics-token")
        return
    check_access(request)
    if not is_local_only(request):
        raise HttpRefusal(
            FORBIDDEN,
            "token_missing",
            "other machines can reach this server; start it with --metrics-token FILE and send the token in that file "
            "as Authorization: Bearer",
        )


def is_local_only(request: web.Request) -> bool:
    """Whether only this machine can have sent the request."""
    forwarded = "Forwarded" in request.headers or "X-Forwarded-For" in request.headers
    return request.app[CONTEXT].access.reading_is_open(request.headers.get("Host"), forwarded=forwarded)
