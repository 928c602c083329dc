"""A foreign web site on its own origin, with a gaze server that may or may not allow it."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support.times import seconds

TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html; charset=utf-8"}


@dataclass
class Site:
    """`pages`: what it serves, by path. `headers`: what goes with each page. `folders`: prefix -> folder of files."""

    origin: str
    pages: dict[str, str] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    folders: dict[str, Path] = field(default_factory=dict)

    def body(self, path: str) -> tuple[bytes, str] | None:
        if path in self.pages:
            return self.pages[path].encode(), TYPES[".html"]
        for prefix, folder in self.folders.items():
            file = folder / path.removeprefix(prefix)
            if path.startswith(prefix) and file.is_file():
                return file.read_bytes(), TYPES.get(file.suffix, "text/plain")
        return None


@contextlib.contextmanager
def open_site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            found = site.body(path)
            self.send_response(200 if found else 404)
            for name, value in site.headers.get(path, {}).items():
                self.send_header(name, value)
            body, content_type = found or (b"", TYPES[".html"])
            self.send_header("Content-Type", content_type)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # Browsers ask for the icon at times that no test knows, and a missing one is an error on the console.
    site = Site(f"http://127.0.0.1:{server.server_port}", pages={"/favicon.ico": ""})
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=seconds(5))


# Styles that would ruin anything they reach.
HOSTILE_STYLE = """
html { font-size: 7px; }
* { font-family: serif !important; letter-spacing: 4px; color: red; --accent: red; --bg: red; }
div, dialog, aside { display: none !important; }
button { background: lime !important; position: absolute !important; top: -900px !important; }
"""


def plugin_page(server: str, options: dict[str, Any] | None = None) -> str:
    """A page that connects when its button is pressed, and keeps the events it gets in `window.seen`."""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A foreign page</title>
<style nonce="host">{HOSTILE_STYLE} #area {{ position: fixed; display: block !important; left: 10%; top: 10%;
  width: 200px; height: 150px; }}</style></head>
<body><h1>A foreign page</h1><button id="go">Go</button><section id="area"></section>
<script type="module" nonce="host">
import {{ connectGaze }} from "{server}/gaze.js";
const TYPES = ["gaze", "state", "aoi", "fixation", "dwell", "blink"];
const seen = window.seen = {{ keys: 0, outcome: null, ...Object.fromEntries(TYPES.map((type) => [type, []])) }};
// The test's driver evaluates its conditions. HTML text stays forbidden.
window.trustedTypes?.createPolicy("default", {{ createScript: (text) => text }});
document.addEventListener("keydown", () => (seen.keys += 1));
window.connect = async (more = {{}}) => {{
  seen.outcome = null;
  try {{
    const gaze = await connectGaze({{ ...{json.dumps(options or {})}, ...more }});
    window.gaze = gaze;
    for (const type of TYPES) {{
      gaze.addEventListener(type, ({{ detail }}) => seen[type].push(detail));
    }}
    seen.outcome = "connected";
  }} catch (error) {{
    seen.outcome = `${{error.code}}: ${{error.message}}`;
  }}
}};
document.querySelector("#go").addEventListener("click", () => window.connect());
window.ready = true;
</script></body></html>"""


def strict_policy(server: str) -> str:
    """What a careful site allows: the plugin's scripts and its server, no inline styles, no HTML text."""
    socket = server.replace("http", "ws", 1)
    # The test's driver evaluates; the simulated user's pictures are images.
    return (
        f"default-src 'none'; script-src 'nonce-host' 'unsafe-eval' {server}; style-src 'nonce-host'; img-src 'self'; "
        f"connect-src {server} {socket}; require-trusted-types-for 'script'"
    )
