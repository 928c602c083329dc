"""The page: the files of `web/` as they are. Nothing is built and nothing comes from other hosts."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from server.errors import HttpRefusal

# Named here, because the system's own table may say that .js is text/plain, and modules then don't run.
CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".csv": "text/csv; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".ts": "text/plain; charset=utf-8",  # types for editors; browsers don't run them
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
    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        path = self.find(request.match_info["path"])
        if path is None:
            raise HttpRefusal(404, "not_found", "there is no such page")
        headers = {
            "Content-Type": CONTENT_TYPES[path.suffix.lower()],
            "Cache-Control": "no-cache",  # ask each time; an unchanged file is a 304
        }
        return web.FileResponse(path, headers=headers)

    def find(self, name: str) -> Path | None:
        """The file for a path below the folder; None for what is outside, hidden, or no part of a page."""
        if "\x00" in name or any(part.startswith(".") for part in name.split("/")):
            return None
        path = (self._folder / name).resolve()  # resolved: a link that points outside is outside
        if not path.is_relative_to(self._folder):
            return None
        if path.is_dir():
            path = path / "index.html"
        return path if path.suffix.lower() in CONTENT_TYPES and path.is_file() else None
