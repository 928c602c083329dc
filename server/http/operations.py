"""For the operator: GET /readyz and GET /metrics."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from aiohttp import web

from calibration.errors import ProfileUnavailable
from calibration.profiles.disk import unwritable
from server.http.callers import check_operator
from server.http.context import CONTEXT, Context
from server.http.rest import NO_STORE, json_response
from server.metrics import CONTENT_TYPE
from server.settings import MIN_FREE_BYTES

UNAVAILABLE = 503


def watch(context: Context) -> None:
    """Has the levels read when the figures are requested."""
    metrics, live, hub = context.metrics, context.live, context.hub
    metrics.sessions.set_function(lambda: len(live))
    # The page of each camera has a subscription for its events, which is not a reader.
    metrics.readers.set_function(lambda: hub.subscriber_count - len(live))
    metrics.recordings.set_function(lambda: sum(one.session.recording_id is not None for one in live.values()))
    metrics.draining.set_function(lambda: context.draining.is_set())


async def metrics(request: web.Request) -> web.Response:
    check_operator(request)
    text = request.app[CONTEXT].metrics.text()
    return web.Response(body=text, headers={**NO_STORE, "Content-Type": CONTENT_TYPE})


async def readyz(request: web.Request) -> web.Response:
    """200 when a new camera would be served, else 503 with the reasons. It names no paths, which have users' names."""
    context = request.app[CONTEXT]
    reasons = []
    if context.draining.is_set():
        reasons.append("the server is stopping")
    if not context.pipeline.is_ready:
        reasons.append("no worker is ready")
    try:
        await asyncio.to_thread(context.profiles.check)
    except ProfileUnavailable as unavailable:
        reasons.append(str(unavailable))
    for name, folder in context.settings.folders():
        problem = await asyncio.to_thread(folder_problem, folder)
        if problem is not None:
            reasons.append(f"the folder of {name} {problem}")
    return json_response({"ready": not reasons, "reasons": reasons}, status=UNAVAILABLE if reasons else 200)


def folder_problem(folder: Path) -> str | None:
    """Why nothing can be written there; None if it can. The folder itself is created with the first file in it."""
    if unwritable(folder) is not None:
        return "can't be written"
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if shutil.disk_usage(existing).free < MIN_FREE_BYTES:
        return f"has less than {MIN_FREE_BYTES // 1024**2} MiB of free space"
    return None
