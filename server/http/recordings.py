"""GET and DELETE /v1/recordings.

Our own page on this machine has access to all recordings, and so has a caller with the token of the lab, from anywhere.
A session's token gives access to those of that session.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tempfile
from typing import Any, BinaryIO

from aiohttp import web
from msgspec import structs

from calibration.profiles.disk import disk_problem
from server.errors import HttpRefusal
from server.http.access import FORBIDDEN
from server.http.callers import TOKEN_HEADER, check_access
from server.http.context import CONTEXT, Context
from server.http.rest import NO_STORE, check_may_change, json_response
from server.log import without_path
from server.recordings.store import NoRecording, RecordingInfo
from server.report.areas_file import AreasError
from server.settings import STALLED_S

CHUNK_BYTES = 1 << 18

log = logging.getLogger(__name__)


async def recordings(request: web.Request) -> web.Response:
    """The list reveals who used the machine and when, so it requires the same permission as deletion."""
    context = request.app[CONTEXT]
    own = recordings_of(request, context)

    def listed() -> list[dict[str, Any]]:
        entries = []
        for info in context.recordings.list():
            if own is None or info.recording in own:
                with contextlib.suppress(NoRecording):  # deleted meanwhile
                    entries.append(entry(context, info))
        return entries

    return json_response({"recordings": await asyncio.to_thread(listed)})


def entry(context: Context, info: RecordingInfo) -> dict[str, Any]:
    """One entry of the list. Reads files."""
    folder = context.recordings.folder(info.recording)
    about = structs.asdict(context.recordings.about(info.recording))
    return {**info.to_json(), **about, **context.opened.summary(folder)}


async def download(request: web.Request) -> web.StreamResponse:
    context = request.app[CONTEXT]
    name = recording_name(request, context)
    async with context.downloads.take(_only_session(request, context)):
        return await _send(request, context, name)


async def _send(request: web.Request, context: Context, name: str) -> web.StreamResponse:
    with await _packed(context, name) as packed:
        size = packed.tell()
        packed.seek(0)
        response = web.StreamResponse(headers={**NO_STORE, "Content-Disposition": f'attachment; filename="{name}.zip"'})
        response.content_type = "application/zip"
        response.content_length = size
        await response.prepare(request)
        try:
            while chunk := await asyncio.to_thread(packed.read, CHUNK_BYTES):
                await asyncio.wait_for(response.write(chunk), STALLED_S)
            await response.write_eof()
        except asyncio.TimeoutError:
            if request.transport is not None:
                request.transport.abort()  # the client does not read
    return response


async def _packed(context: Context, name: str) -> BinaryIO:
    """A temporary file with the recording's zip. Raises HttpRefusal."""
    try:
        packed = tempfile.TemporaryFile()  # noqa: SIM115  the caller closes it
    except OSError as problem:
        log.warning("no temporary file for a recording: %s", without_path(problem))
        text = f"the server's folder for temporary files can't be used: {disk_problem(problem)}. Free some space in it"
        raise HttpRefusal(507, "not_packed", text) from problem
    try:
        await asyncio.to_thread(lambda: context.recordings.pack(name, packed, areas=_areas_of(context, name)))
    except BaseException as problem:
        with contextlib.suppress(OSError):  # closing writes what is left, and the disk may be full
            packed.close()
        if isinstance(problem, NoRecording):
            raise HttpRefusal(404, "no_recording", str(problem)) from problem
        if isinstance(problem, OSError):
            log.warning("the recording %s was not packed: %s", name, without_path(problem))
            text = f"the recording could not be packed: {disk_problem(problem)}. Copy it from the server's folder"
            raise HttpRefusal(507, "not_packed", text) from problem
        raise
    return packed


def _areas_of(context: Context, name: str) -> str:
    """The text of the file with the areas of what a recording shows; empty without areas. Raises NoRecording."""
    try:
        kept = context.areas.read()
    except AreasError as problem:
        log.warning("the areas are not in the download of %s: %s", name, problem)
        return ""
    found = kept.only(context.opened.summary(context.recordings.folder(name))["stimuli"])
    return "" if found.empty else found.text()


async def delete(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    name = recording_name(request, context)
    if any(name == live.session.recording_id for live in context.live.values()):
        raise HttpRefusal(409, "recording_busy", "this recording is still running; stop it first")
    try:
        folder = context.recordings.folder(name)
        await asyncio.to_thread(context.recordings.delete, name)
        async with context.analysing.take():
            context.opened.forget(folder)
    except NoRecording as problem:
        raise HttpRefusal(404, "no_recording", str(problem)) from problem
    except OSError as problem:
        log.warning("the recording %s was not deleted: %s", name, without_path(problem))
        text = f"the recording could not be deleted: {disk_problem(problem)}. Delete its folder on the server's machine"
        raise HttpRefusal(409, "recording_busy", text) from problem
    return web.Response(status=204)


def recordings_of(request: web.Request, context: Context) -> frozenset[str] | None:
    """The recordings that the caller has access to, None for all. Raises HttpRefusal."""
    session_id = _only_session(request, context)
    if session_id is None:
        return None
    live = context.live.get(session_id)
    return frozenset() if live is None else live.session.recordings  # those of other servers are in their folders


def _only_session(request: web.Request, context: Context) -> str | None:
    """The session whose recordings alone the caller has access to; None for all recordings. Raises HttpRefusal."""
    if check_access(request).opens_lab:
        return None
    try:
        return check_may_change(request, context)
    except HttpRefusal as refusal:
        if refusal.code != "token_missing":
            raise
        text = f"send {TOKEN_HEADER} with the token of a live session, or with what `sightline token --lab` prints"
        raise HttpRefusal(FORBIDDEN, refusal.code, text) from None


def recording_name(request: web.Request, context: Context) -> str:
    """The id of the requested recording. One of another session is reported as not found. Raises HttpRefusal."""
    name, own = request.match_info["recording"], recordings_of(request, context)
    if own is not None and name not in own:
        raise HttpRefusal(404, "no_recording", f"there is no recording {name[:80]!r} of this token's session")
    return name
