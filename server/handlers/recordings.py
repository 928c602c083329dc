"""GET and DELETE /v1/recordings: what was recorded belongs to whoever sits at this machine, and to nobody else."""

from __future__ import annotations

import asyncio
import tempfile

from aiohttp import web

from server.errors import HttpRefusal
from server.handlers.http import NO_STORE, check_may_change, json_response
from server.handlers.sockets import CONTEXT
from server.recorder.store import NoRecording

CHUNK_BYTES = 1 << 18


async def recordings(request: web.Request) -> web.Response:
    """Reading needs the rights of changing: the list says who sat here when."""
    context = request.app[CONTEXT]
    check_may_change(request, context)
    infos = await asyncio.to_thread(context.recordings.list)
    return json_response({"recordings": [info.to_json() for info in infos]})


async def download(request: web.Request) -> web.StreamResponse:
    context = request.app[CONTEXT]
    check_may_change(request, context)
    name = request.match_info["recording"]
    with tempfile.TemporaryFile() as packed:
        try:
            await asyncio.to_thread(context.recordings.pack, name, packed)
        except NoRecording as problem:
            raise HttpRefusal(404, "no_recording", str(problem)) from problem
        size = packed.tell()
        packed.seek(0)
        response = web.StreamResponse(headers={**NO_STORE, "Content-Disposition": f'attachment; filename="{name}.zip"'})
        response.content_type = "application/zip"
        response.content_length = size
        await response.prepare(request)
        while chunk := await asyncio.to_thread(packed.read, CHUNK_BYTES):
            await response.write(chunk)
        await response.write_eof()
    return response


async def delete(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    check_may_change(request, context)
    name = request.match_info["recording"]
    if any(name == live.recording_id for live in context.live.values()):
        raise HttpRefusal(409, "recording_busy", "it is being recorded; stop that first")
    try:
        await asyncio.to_thread(context.recordings.delete, name)
    except NoRecording as problem:
        raise HttpRefusal(404, "no_recording", str(problem)) from problem
    except OSError as problem:
        raise HttpRefusal(409, "recording_busy", f"it could not be deleted: {problem}") from problem
    return web.Response(status=204)
