"""Decides from a request's headers whether the server accepts it. Pure.

Web pages that the person visits could attack the server in two ways. A firewall stops neither.

- Cross-site WebSocket hijacking: browsers let any page open a WebSocket to 127.0.0.1, and send the page's origin in
  `Origin`. So sockets, and requests that change something, accept only our own pages and the listed origins.
- DNS rebinding: a foreign name that resolves to 127.0.0.1 makes a foreign page look like our own. So the `Host` must be
  a name of this machine or a listed one.

Browsers fetch pictures and scripts without an `Origin`. `Sec-Fetch-Site` then says whether another site requests them.

Programs other than browsers send no Origin. On this machine they are accepted, because they could read the camera
directly. On other machines they need a session's token. Reading also needs one when other machines can reach the
server.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from server.addresses import hostname, is_address, is_loopback_name, parse_origin
from server.errors import HttpRefusal

FORBIDDEN = 403
FOREIGN_SITES = frozenset({"cross-site", "same-site"})  # same-site: another server, on another port of this machine


@dataclass(frozen=True, slots=True)
class AccessRules:
    """The rules of one server. host: where it listens. allow_origins: as `parse_origin` returns them."""

    host: str
    allow_origins: frozenset[str]

    def check_host(self, host_header: str | None) -> None:
        """Raises HttpRefusal unless the Host header is a known name of this machine."""
        name = hostname(host_header or "")
        if is_loopback_name(name) or name == self.host.lower():
            return
        if any(name == urlsplit(origin).hostname for origin in self.allow_origins):
            return
        if not is_loopback_name(self.host) and is_address(name):
            return  # the server listens on the network on purpose, and a rebound name is never an address
        raise HttpRefusal(
            FORBIDDEN,
            "foreign_host",
            f"this server does not accept the host name {name[:80]!r}; open it by its address, "
            f"or start it with --allow-origin http://{name[:80] or 'NAME'}:PORT",
        )

    def is_same_origin(self, origin: str | None, host_header: str | None) -> bool:
        """Whether the request comes from a page that this server delivered."""
        if origin is None or host_header is None:
            return False
        scheme, _, authority = origin.lower().partition("://")
        return scheme in ("http", "https") and authority == host_header.lower()

    def is_allowed(self, origin: str | None) -> bool:
        return origin is not None and origin.lower() in self.allow_origins

    def reading_is_open(self, host_header: str | None, *, forwarded: bool) -> bool:
        """Whether gaze may be read without a token: only from this machine, and not through a proxy."""
        return is_loopback_name(self.host) and is_loopback_name(hostname(host_header or "")) and not forwarded

    def check_origin(
        self,
        origin: str | None,
        host_header: str | None,
        peer: str | None,
        *,
        site: str | None = None,
        has_token: bool = False,
    ) -> None:
        """Accepts our own page, listed origins, and programs on this machine or with a token. Raises HttpRefusal.

        site: the `Sec-Fetch-Site` header, None without one.
        """
        if self.is_same_origin(origin, host_header) or self.is_allowed(origin):
            return
        if origin is None and site in FOREIGN_SITES:
            raise HttpRefusal(FORBIDDEN, "foreign_origin", "this server does not accept pages of other sites")
        if origin is None and (is_loopback_name(peer or "") or site == "same-origin" or has_token):
            return
        callers = "programs on other machines" if origin is None else f"pages of {origin[:80]!r}"
        option = "" if origin is None else f"; to allow them, start it with --allow-origin {origin[:80]}"
        raise HttpRefusal(FORBIDDEN, "foreign_origin", f"this server does not accept {callers}{option}")


def rules(host: str, allow_origins: Iterable[str]) -> AccessRules:
    return AccessRules(host=host, allow_origins=frozenset(parse_origin(origin) for origin in allow_origins))
