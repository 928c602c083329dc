"""Warns once about each page that the server refuses: its author sees only a CORS error, and no reason."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from server.addresses import parse_origin
from server.advice import with_option

MAX_ORIGINS = 20  # a visitor's browser may have many pages; the log stays short

MAX_ORIGIN_CHARS = 200

log = logging.getLogger(__name__)


class ForeignPages:
    """The origins that were refused."""

    def __init__(self) -> None:
        self._warned: set[str] = set()

    def refused(self, origin: str | None, referer: str | None) -> None:
        """Takes the headers `Origin` and `Referer` of a refused request. Scripts and pictures have only the second."""
        page = _origin_of(origin, referer)
        if page is None or page in self._warned or len(self._warned) >= MAX_ORIGINS:
            return
        self._warned.add(page)
        option = with_option(f"--allow-origin {page}")
        log.warning("a page of %s was refused. To let it use this server, start the server with: %s", page, option)


def _origin_of(origin: str | None, referer: str | None) -> str | None:
    """The page's origin as `--allow-origin` takes it; None when there is none."""
    if origin is None and referer is not None:
        try:
            parts = urlsplit(referer)
        except ValueError:
            return None
        origin = f"{parts.scheme}://{parts.netloc}"
    try:
        page = parse_origin(origin or "")
    except ValueError:
        return None
    return page if len(page) <= MAX_ORIGIN_CHARS and " " not in page else None
