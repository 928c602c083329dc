"""The lab: time lines of recordings, their stimuli, analyses. Access as to the recordings themselves.

PATCH  /v1/recordings/{recording}
GET    /v1/recordings/{recording}/timeline
GET    /v1/recordings/{recording}/stimuli/{stimulus}
PUT    /v1/recordings/{recording}/stimuli/{stimulus}
POST   /v1/analysis
POST   /v1/analysis.csv
POST   /v1/analysis.html
POST   /v1/analysis.zip
"""

from __future__ import annotations

import asyncio
import io
import logging
import zipfile
from collections.abc import Callable
from typing import Annotated, TypeVar

from aiohttp import web
from msgspec import Meta, Struct

from calibration.profiles.disk import disk_problem
from server.analysis.analysis import Analysis, AnalysisError, Subject, analyse
from server.analysis.analysis_json import analysis_json
from server.analysis.request import AnalysisRequest, request_from
from server.analysis.tables import TABLES, csv_text
from server.analysis.timeline_json import timeline_json
from server.errors import HttpRefusal, ProtocolError
from server.http.bodies import read_body, read_json
from server.http.context import CONTEXT, Context
from server.http.recordings import entry, recording_name, recordings_of
from server.http.rest import NO_STORE, json_response, not_written
from server.log import without_path
from server.protocol.parsing import converted
from server.protocol.replies import encode
from server.protocol.types import MAX_NAME_CHARS, Name
from server.recordings.about import MAX_ABOUT_BYTES, AboutChange
from server.recordings.pictures import MAX_PICTURE_BYTES, PictureError, first_picture, picture_files
from server.recordings.reader import RecordingError
from server.recordings.store import NoRecording
from server.report.contents import Contents
from server.report.files import files_of
from server.report.sections import section

MAX_ANALYSIS_BYTES = 1 << 20
MAX_RECORDINGS = 200  # of one analysis
# A picture of a recording may come from another machine. As a document of its own, an SVG could run scripts.
PICTURE_HEADERS = {**NO_STORE, "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}

log = logging.getLogger(__name__)
Written = TypeVar("Written", str, bytes)


class _Chosen(Struct, frozen=True):
    """The recordings to analyse."""

    recordings: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=MAX_RECORDINGS)]


async def change(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    name = recording_name(request, context)
    values = await read_json(request, MAX_ABOUT_BYTES, "bad_note")
    try:
        wanted = converted("recording", values, AboutChange)
        await asyncio.to_thread(context.recordings.change, name, wanted)
        info = await asyncio.to_thread(context.recordings.info, name)
        return json_response(await asyncio.to_thread(entry, context, info))
    except ProtocolError as problem:
        raise HttpRefusal(400, "bad_note", str(problem)) from problem
    except NoRecording as problem:
        raise HttpRefusal(404, "no_recording", str(problem)) from problem
    except OSError as problem:
        raise not_written(problem) from problem


async def timeline(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    name = recording_name(request, context)

    def opened() -> str:
        folder = context.recordings.folder(name)
        answer = timeline_json(context.opened.timeline(folder), frozenset(picture_files(folder)))
        return encode({**answer, "label": context.recordings.about(name).label})

    async with context.analysing.take():
        try:
            text = await asyncio.to_thread(opened)
        except (NoRecording, RecordingError) as problem:
            raise HttpRefusal(404, "no_recording", str(problem)) from problem
    response = web.Response(text=text, content_type="application/json", headers=NO_STORE)
    response.enable_compression()
    return response


async def picture(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    name, stimulus = recording_name(request, context), request.match_info["stimulus"]
    try:
        found = await asyncio.to_thread(context.recordings.picture, name, stimulus)
    except NoRecording as problem:
        raise HttpRefusal(404, "no_recording", str(problem)) from problem
    except OSError as problem:
        log.warning("a picture of a stimulus was not read: %s", without_path(problem))
        raise HttpRefusal(404, "no_stimulus", f"the picture can't be read: {disk_problem(problem)}") from problem
    if found is None:
        raise HttpRefusal(404, "no_stimulus", f"the stimulus {stimulus[:80]!r} has no picture in this recording")
    content, content_type = found
    return web.Response(body=content, content_type=content_type, headers=PICTURE_HEADERS)


async def keep_picture(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    name, stimulus = recording_name(request, context), request.match_info["stimulus"]
    if not (1 <= len(stimulus) <= MAX_NAME_CHARS and stimulus.isprintable()):
        raise HttpRefusal(400, "bad_picture", f"the name of a stimulus has 1 to {MAX_NAME_CHARS} printable characters")
    content = await read_body(request, MAX_PICTURE_BYTES)
    if content is None:
        raise HttpRefusal(413, "too_large", f"a picture may have {MAX_PICTURE_BYTES} bytes")
    try:
        await asyncio.to_thread(context.recordings.keep_picture, name, stimulus, content, request.content_type)
    except NoRecording as problem:
        raise HttpRefusal(404, "no_recording", str(problem)) from problem
    except PictureError as problem:
        raise HttpRefusal(400, "bad_picture", str(problem)) from problem
    except OSError as problem:
        raise not_written(problem) from problem
    return web.Response(status=204)


async def analysis(request: web.Request) -> web.Response:
    found = await _analysed(request)
    response = web.Response(
        text=await asyncio.to_thread(lambda: encode(analysis_json(found))),
        content_type="application/json",
        headers=NO_STORE,
    )
    response.enable_compression()
    return response


async def analysis_csv(request: web.Request) -> web.Response:
    """One table of the analysis, `?table=metrics`."""
    table = TABLES.get(request.query.get("table", "metrics"))
    if table is None:
        raise HttpRefusal(400, "bad_query", f"table must be one of {', '.join(TABLES)}")
    found = await _analysed(request)
    text = await asyncio.to_thread(lambda: csv_text(table(found)))
    headers = {**NO_STORE, "Content-Disposition": 'attachment; filename="analysis.csv"'}
    return web.Response(text=text, content_type="text/csv", charset="utf-8", headers=headers)


async def analysis_html(request: web.Request) -> web.Response:
    """The report that `sightline analyse` writes, about one stimulus."""
    text = await _reported(request, lambda contents: contents.html())
    headers = {**NO_STORE, "Content-Disposition": 'attachment; filename="report.html"'}
    return web.Response(text=text, content_type="text/html", charset="utf-8", headers=headers)


async def analysis_zip(request: web.Request) -> web.Response:
    """All files that `sightline analyse` writes, about one stimulus."""
    packed = await _reported(request, _packed)
    headers = {**NO_STORE, "Content-Disposition": 'attachment; filename="analysis.zip"'}
    return web.Response(body=packed, content_type="application/zip", headers=headers)


async def _reported(request: web.Request, write: Callable[[Contents], Written]) -> Written:
    """Raises HttpRefusal."""
    context = request.app[CONTEXT]
    found = await _analysed(request)

    def written() -> Written:
        picture = None
        if found.request.stimulus is not None:
            folders = (context.recordings.folder(person.subject.line.name) for person in found.people)
            picture = first_picture(folders, found.request.stimulus)
        lines = tuple((person.subject.title, person.subject.line) for person in found.people)
        return write(Contents((section(found, picture),), lines, ()))

    async with context.analysing.take():
        try:
            return await asyncio.to_thread(written)
        except (NoRecording, OSError) as problem:
            raise HttpRefusal(404, "no_recording", "a recording was deleted meanwhile") from problem


def _packed(contents: Contents) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files_of(contents):
            archive.writestr(f"analysis/{name}", content)
    return file.getvalue()


async def _analysed(request: web.Request) -> Analysis:
    """Raises HttpRefusal."""
    context = request.app[CONTEXT]
    own = recordings_of(request, context)
    values = await read_json(request, MAX_ANALYSIS_BYTES, "bad_analysis")
    try:
        chosen = converted("analysis", values, _Chosen).recordings
        wanted = request_from(values)
    except ProtocolError as problem:
        raise HttpRefusal(400, "bad_analysis", str(problem)) from problem
    for name in chosen:
        if own is not None and name not in own:
            raise HttpRefusal(404, "no_recording", f"there is no recording {name!r} of this token's session")
    async with context.analysing.take():
        try:
            return await asyncio.to_thread(_analyse, context, dict.fromkeys(chosen), wanted)
        except (NoRecording, RecordingError) as problem:
            raise HttpRefusal(404, "no_recording", str(problem)) from problem
        except AnalysisError as problem:
            raise HttpRefusal(400, "bad_analysis", str(problem)) from problem


def _analyse(context: Context, names: dict[str, None], wanted: AnalysisRequest) -> Analysis:
    subjects = [
        Subject(context.opened.timeline(context.recordings.folder(name)), context.recordings.about(name).label)
        for name in names
    ]
    return analyse(subjects, wanted)
