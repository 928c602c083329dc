"""GET /v1/profiles/{user}/{screen}/export, POST /v1/profiles/import: a calibration from one machine to another."""

from __future__ import annotations

import asyncio

from aiohttp import web

from calibration.errors import ProfileError, ProfileNameError, ProfileNotFound
from calibration.profiles.store import MAX_PACKED_BYTES
from server.errors import HttpRefusal
from server.http.rest import NO_STORE, check_may_change, json_response
from server.http.sockets import CONTEXT


async def export(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    check_may_change(request, context)
    user, key = request.match_info["user"], request.match_info["screen"]
    try:
        packed = await asyncio.wrap_future(context.pipeline.in_background(context.profiles.pack, user, key))
    except ProfileNameError as problem:
        raise HttpRefusal(400, "bad_name", str(problem)) from problem
    except ProfileNotFound as problem:
        raise HttpRefusal(404, "no_profile", str(problem)) from problem
    except (ProfileError, OSError) as problem:
        raise HttpRefusal(409, "profile_failed", str(problem)) from problem
    headers = {**NO_STORE, "Content-Disposition": 'attachment; filename="sightline-profile.zip"'}
    return web.Response(body=packed, content_type="application/zip", headers=headers)


async def take_in(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    check_may_change(request, context)
    if (request.content_length or 0) > MAX_PACKED_BYTES:
        raise HttpRefusal(413, "profile_failed", f"an exported profile has at most {MAX_PACKED_BYTES} bytes")
    data = await request.content.read(MAX_PACKED_BYTES)
    while len(data) < MAX_PACKED_BYTES and (more := await request.content.read(MAX_PACKED_BYTES - len(data))):
        data += more
    try:
        user, key = await asyncio.wrap_future(context.pipeline.in_background(context.profiles.unpack, data))
    except (ProfileError, OSError) as problem:
        raise HttpRefusal(409, "profile_failed", str(problem)) from problem
    return json_response({"user": user, "key": key})
