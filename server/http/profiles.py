"""Saved calibrations: list, delete, export and import.

GET    /v1/profiles
DELETE /v1/profiles/{user}/{screen}
GET    /v1/profiles/{user}/{screen}/export
POST   /v1/profiles/import
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

from aiohttp import web

from calibration.errors import ProfileError, ProfileNameError, ProfileNotFound, ProfileUnavailable
from calibration.profiles.exported import MAX_PACKED_BYTES
from server.errors import HttpRefusal
from server.http.bodies import read_body
from server.http.callers import check_reader
from server.http.context import CONTEXT, Context
from server.http.jobs import profile_problem
from server.http.rest import NO_STORE, check_may_change, json_response
from server.log import without_path

T = TypeVar("T")

log = logging.getLogger(__name__)


async def list_profiles(request: web.Request) -> web.Response:
    check_reader(request)
    context = request.app[CONTEXT]
    listed = []
    for info in await _in_background(context, context.profiles.list):
        fields = asdict(info)
        fields["key"] = fields.pop("screen_key")
        fields["screen"], _, camera = fields["key"].partition("_")
        fields["camera"] = camera or None
        listed.append(fields)
    return json_response({"profiles": listed})


async def delete(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    check_may_change(request, context)
    await _in_background(context, context.profiles.delete, request.match_info["user"], request.match_info["screen"])
    return web.Response(status=204)


async def export_profile(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    check_may_change(request, context)
    user, key = request.match_info["user"], request.match_info["screen"]
    packed = await _in_background(context, context.profiles.pack, user, key)
    headers = {**NO_STORE, "Content-Disposition": 'attachment; filename="sightline-calibration.zip"'}
    return web.Response(body=packed, content_type="application/zip", headers=headers)


async def import_profile(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    check_may_change(request, context)
    data = await read_body(request, MAX_PACKED_BYTES)
    if data is None:
        raise HttpRefusal(413, "profile_failed", f"an exported calibration has at most {MAX_PACKED_BYTES} bytes")
    user, key = await _in_background(context, context.profiles.unpack, data)
    return json_response({"user": user, "key": key})


async def _in_background(context: Context, call: Callable[..., T], *arguments: Any) -> T:
    """Runs a call of the profile store outside the event loop. Converts its errors to HttpRefusal."""
    try:
        return await asyncio.wrap_future(context.pipeline.in_background(call, *arguments))
    except ProfileNameError as problem:
        raise HttpRefusal(400, "bad_name", str(problem)) from problem
    except ProfileNotFound as problem:
        raise HttpRefusal(404, "no_profile", str(problem)) from problem
    except ProfileUnavailable as problem:
        raise HttpRefusal(503, "profile_failed", str(problem)) from problem
    except (ProfileError, OSError) as problem:
        log.warning("profiles: %s", without_path(problem))
        raise HttpRefusal(409, "profile_failed", profile_problem(problem)) from problem
