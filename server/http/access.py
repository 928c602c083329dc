"""Which requests the server accepts, decided from their headers. Pure.

Two attacks come from web pages that the person happens to visit, and neither needs a hole in this machine's firewall:

- Cross-site WebSocket hijacking: browsers let any page open a WebSocket to 127.0.0.1. The page's origin is in
  `Origin`. So sockets, and requests that change something, are open to our own pages and to the listed origins only.
- DNS rebinding: a foreign name that resolves to 127.0.0.1 makes a foreign page "our own". So the `Host` must be a
  name of this machine or a listed one.

- Pictures, scripts and the like are fetched without an `Origin`. Browsers then say in `Sec-Fetch-Site` that another
  site asks.

Programs that are no browsers send no Origin. From this machine they are let in: they could read the camera without us.
From elsewhere they need the token of a session, and so does reading as soon as other machines can reach the server.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from server.addresses import hostname, is_address, is_loopback_name, parse_origin
from server.errors import HttpRefusal

FORBIDDEN = 403
FOREIGN_SITES = frozenset({"cross-site", "same-site"})  # same-site: another port of this machine, another page's server


@dataclass(frozen=True, slots=True)
class AccessRules:
    """From the command line. `allow_origins` as `parse_origin` returns them."""

    host: str
    allow_origins: frozenset[str]

    def check_host(self, host_header: str | None) -> None:
        """Raises HttpRefusal unless the request was meant for this machine by a name we know."""
        name = hostname(host_header or "")
        if is_loopback_name(name) or name == self.host.lower():
            return
        if any(name == urlsplit(origin).hostname for origin in self.allow_origins):
            return
        if not is_loopback_name(self.host) and is_address(name):
            return  # bound to the network on purpose; a rebound name is never a bare address
        raise HttpRefusal(
            FORBIDDEN,
            "foreign_host",
            f"this server does not answer for the host {name[:80]!r}; open it by its address, "
            f"or start it with --allow-origin http://{name[:80] or 'NAME'}:PORT",
        )

    def is_same_origin(self, origin: str | None, host_header: str | None) -> bool:
        """Whether a page that this very server delivered is asking."""
        if origin is None or host_header is None:
            return False
        scheme, _, authority = origin.lower().partition("://")
        return scheme in ("http", "https") and authority == host_header.lower()

    def is_allowed(self, origin: str | None) -> bool:
        return origin is not None and origin.lower() in self.allow_origins

    def reading_is_open(self, host_header: str | None, *, forwarded: bool) -> bool:
        """Whether gaze may be read without a token: by this machine alone, not through a proxy for others."""
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
        """Raises HttpRefusal unless our own page, a listed origin, or a program on this machine or with a token asks.

        site: what `Sec-Fetch-Site` says, None without it.
        """
        if self.is_same_origin(origin, host_header) or self.is_allowed(origin):
            return
        if origin is None and site in FOREIGN_SITES:
            raise HttpRefusal(FORBIDDEN, "foreign_origin", "this server is not open to pages of other sites")
        if origin is None and (is_loopback_name(peer or "") or site == "same-origin" or has_token):
            return
        who = "programs on other machines" if origin is None else f"pages of {origin[:80]!r}"
        option = "" if origin is None else f"; to allow them, start it with --allow-origin {origin[:80]}"
        raise HttpRefusal(FORBIDDEN, "foreign_origin", f"this server is not open to {who}{option}")


def rules(host: str, allow_origins: Iterable[str]) -> AccessRules:
    return AccessRules(host=host, allow_origins=frozenset(parse_origin(origin) for origin in allow_origins))
