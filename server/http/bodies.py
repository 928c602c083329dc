"""The body of a request: read up to a limit, and within a time."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web

from server.errors import HttpRefusal
from server.http.connections import BODY_TIMEOUT_S


async def read_body(request: web.Request, limit_bytes: int) -> bytes | None:
    """The body; None if it is longer. Raises HttpRefusal when it does not arrive in time."""
    if (request.content_length or 0) > limit_bytes:
        return None
    try:
        data = await asyncio.wait_for(_body(request, limit_bytes + 1), BODY_TIMEOUT_S)
    except asyncio.TimeoutError:
        raise HttpRefusal(408, "bad_request", f"the body did not arrive within {BODY_TIMEOUT_S:g} s") from None
    return data if len(data) <= limit_bytes else None


async def read_json(request: web.Request, limit_bytes: int, code: str) -> dict[str, Any]:
    """The body as an object. Raises HttpRefusal."""
    body = await read_body(request, limit_bytes)
    if body is None:
        raise HttpRefusal(413, "too_large", f"this request may have {limit_bytes} bytes")
    try:
        values = json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise HttpRefusal(400, code, f"the body is not JSON: {problem}") from problem
    if not isinstance(values, dict):
        raise HttpRefusal(400, code, "the body must be a JSON object")
    return values


async def _body(request: web.Request, limit_bytes: int) -> bytes:
    """At most `limit_bytes` bytes."""
    data = await request.content.read(limit_bytes)
    while len(data) < limit_bytes and (more := await request.content.read(limit_bytes - len(data))):
        data += more
    return data
