"""The areas of interest that were drawn in the lab. Access as to all recordings.

GET  /v1/areas
PUT  /v1/areas
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from server.errors import HttpRefusal, ProtocolError
from server.http.access import FORBIDDEN
from server.http.bodies import read_json
from server.http.context import CONTEXT, Context
from server.http.recordings import recordings_of
from server.http.rest import NO_STORE, not_written
from server.protocol.parsing import converted
from server.report.areas_file import AreasError, StimulusAreas

MAX_AREAS_BYTES = 1 << 20
UNUSABLE = 409  # the file on the disk, not the request


async def areas(request: web.Request) -> web.Response:
    """All areas that are kept, as a file areas.json."""
    context = _opened(request)
    try:
        text = await asyncio.to_thread(lambda: context.areas.read().text())
    except AreasError as problem:
        raise HttpRefusal(UNUSABLE, "bad_areas", str(problem)) from problem
    return web.Response(text=text, content_type="application/json", headers=NO_STORE)


async def keep(request: web.Request) -> web.Response:
    """Replaces the areas of one stimulus."""
    context = _opened(request)
    values = await read_json(request, MAX_AREAS_BYTES, "bad_areas")
    try:
        changed = converted("areas", values, StimulusAreas)
    except ProtocolError as problem:
        raise HttpRefusal(400, "bad_areas", str(problem)) from problem
    try:
        await asyncio.to_thread(context.areas.keep, changed)
    except AreasError as problem:
        raise HttpRefusal(UNUSABLE, "bad_areas", str(problem)) from problem
    except OSError as problem:
        raise not_written(problem) from problem
    return web.Response(status=204)


def _opened(request: web.Request) -> Context:
    """Raises HttpRefusal unless the caller has access to all recordings: areas belong to the stimuli of all."""
    context = request.app[CONTEXT]
    if recordings_of(request, context) is not None:
        text = "areas belong to the stimuli of all recordings: use the token that `sightline token --lab` prints"
        raise HttpRefusal(FORBIDDEN, "wrong_token", text)
    return context
