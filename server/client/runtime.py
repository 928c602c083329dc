"""The token of a running server, for programs of the same user on this machine.

A server writes a secret into a file that only its own user may read (`DATA/sightline/run/PORT.key`), and removes it at
its end. With the secret, `GET /v1/token` answers with the token of a live session, or with that of the lab.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote, urlsplit

from .stream import REFUSED_STATUS, StreamLost, StreamRefused, refusal_of

ANSWER_S = 10.0
DEFAULT_PORTS = {"http": 80, "https": 443}


def runtime_folder() -> Path:
    """The folder of these files, in the folder for user data of the XDG base directory specification."""
    data_home = os.environ.get("XDG_DATA_HOME")
    base = Path(data_home) if data_home else Path.home() / ".local" / "share"
    return base / "sightline" / "run"


def secret_file(folder: Path, port: int) -> Path:
    return folder / f"{port}.key"


def find_token(url: str, *, session: str | None = None, lab: bool = False) -> str:
    """The token of this session, or of the camera that connected last.

    lab: the token of the lab instead, which opens all recordings until the server stops. Raises StreamRefused (no
    camera is connected, or the server is another user's) and StreamLost (no server, or it can't answer now).
    """
    parts = urlsplit(url)
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    if scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"a server's address looks like http://127.0.0.1:8765, got {url!r}")
    path = secret_file(runtime_folder(), parts.port or DEFAULT_PORTS[scheme])
    try:
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as problem:
        raise StreamRefused(
            "token_missing",
            f"no server of this user is running at {parts.netloc}. Start it (sightline serve), or copy the token from "
            "the foot of the page and give it with --token",
        ) from problem
    query = "?of=lab" if lab else "" if session is None else f"?session={quote(session)}"
    request = urllib.request.Request(f"{scheme}://{parts.netloc}/v1/token{query}")
    request.add_header("Authorization", f"Bearer {secret}")
    try:
        # A proxy of the system must not get the secret.
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=_trusting())
        )
        with opener.open(request, timeout=ANSWER_S) as answer:
            return str(json.load(answer)["token"])
    except urllib.error.HTTPError as refused:
        answered = refusal_of(refused.code, _body(refused))
        if refused.code in REFUSED_STATUS:
            raise answered from refused
        raise StreamLost(f"the server at {parts.netloc} can't answer now: {answered}") from refused
    except (OSError, ValueError, KeyError, TypeError) as problem:
        if isinstance(getattr(problem, "reason", None), ssl.SSLError):
            why = "its certificate is not trusted here; copy the token from the foot of the page"
            raise StreamLost(f"the server at {parts.netloc} can't be asked: {why}") from problem
        raise StreamLost(f"there is no server at {parts.netloc}, or it does not answer") from problem


def _trusting() -> ssl.SSLContext:
    """Also trusts the certificate that `sightline serve --tls auto` has made for this user."""
    context = ssl.create_default_context()
    with contextlib.suppress(OSError):  # there is none
        context.load_verify_locations(runtime_folder().parent / "tls" / "certificate.pem")
    return context


def _body(refused: urllib.error.HTTPError) -> bytes:
    with contextlib.suppress(OSError, http.client.HTTPException):
        return refused.read()
    return b""
