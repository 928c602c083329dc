"""The study of `sightline study`, or the example, for the page at /study/.

GET  /v1/study                  the texts
POST /v1/study/participants     the steps of the next participant
GET  /v1/study/files/{number}   the file of a stimulus

study.yaml is read for each request, so its author sees a change after a reload.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web

from server.errors import HttpRefusal
from server.http.callers import check_access
from server.http.context import CONTEXT, Context
from server.http.rest import NO_STORE, check_may_change, json_response
from server.http.static import CONTENT_TYPES
from server.recordings.runs import study_recordings
from server.settings import Settings
from server.study import plan
from server.study.order import EarlierRun, next_run
from server.study.reader import OpenedStudy, StudyError, read_study

_PAGE = ("/study/", "/study/index.html")


def study_folder(settings: Settings) -> Path:
    return settings.study or settings.web / "study" / "example"


async def about(request: web.Request) -> web.Response:
    check_access(request)
    return json_response(plan.about((await _opened(request.app[CONTEXT])).study))


async def participants(request: web.Request) -> web.Response:
    """Gives the next number, which no earlier participant has."""
    context = request.app[CONTEXT]
    check_may_change(request, context)
    study = (await _opened(context)).study
    recorded = await asyncio.to_thread(study_recordings, context.settings.recordings, study.name)
    earlier = [EarlierRun(run.participant, run.row, run.complete) for run in recorded]
    last_given = context.participants.get(study.name, 0)
    participant, row = next_run(len(study.stimuli), earlier, last_given=last_given)
    context.participants[study.name] = participant
    return json_response(plan.plan(study, participant, row))


async def file(request: web.Request) -> web.StreamResponse:
    check_access(request)
    text = request.match_info["number"]
    opened = await _opened(request.app[CONTEXT])
    path = opened.files.get(int(text)) if text.isascii() and text.isdigit() and len(text) <= 6 else None
    if path is None:
        raise HttpRefusal(404, "not_found", "the study has no such file")
    return web.FileResponse(path, headers={**NO_STORE, "Content-Type": CONTENT_TYPES[path.suffix.lower()]})


async def framed_sites(request: web.Request) -> frozenset[str]:
    """The sites whose pages an answer may show in a frame (Content-Security-Policy): the study's, for its own page."""
    if request.path not in _PAGE:
        return frozenset()
    try:
        return frozenset((await _opened(request.app[CONTEXT])).study.origins())
    except HttpRefusal:  # the page shows it
        return frozenset()


async def _opened(context: Context) -> OpenedStudy:
    """Raises HttpRefusal with the line of the mistake."""
    try:
        return await asyncio.to_thread(read_study, study_folder(context.settings))
    except StudyError as problem:
        raise HttpRefusal(409, "bad_study", str(problem)) from problem
