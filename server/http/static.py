"""Serves the files of `web/` unchanged. There is no build step, and no file comes from another host."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from server.errors import HttpRefusal

# Listed here, because the system's table may map .js to text/plain, and then modules don't run.
CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".csv": "text/csv; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".yaml": "text/plain; charset=utf-8",  # the example of a study
    ".ts": "text/plain; charset=utf-8",  # types for editors; browsers don't load them
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
}


class StaticFiles:
    """The files of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        path = self.find(request.match_info["path"])
        if path is None:
            raise HttpRefusal(404, "not_found", "there is no such page")
        headers = {
            "Content-Type": CONTENT_TYPES[path.suffix.lower()],
            "Cache-Control": "no-cache",  # browsers ask each time; an unchanged file is answered with 304
        }
        return web.FileResponse(path, headers=headers)

    def find(self, name: str) -> Path | None:
        """The file at a path in the folder; None when it is outside, hidden, or of a type that is not served."""
        if "\x00" in name or any(part.startswith(".") for part in name.split("/")):
            return None
        try:
            path = (self._folder / name).resolve()  # a link that leads outside the folder is refused
            if not path.is_relative_to(self._folder):
                return None
            if path.is_dir():
                path = path / "index.html"
            return path if path.suffix.lower() in CONTENT_TYPES and path.is_file() else None
        except (OSError, ValueError, RuntimeError):  # too long, not encodable, a loop of links
            return None
