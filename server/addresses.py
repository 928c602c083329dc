"""Host names, addresses and ports: which names mean this machine, and how the command line writes them."""

from __future__ import annotations

import argparse
import ipaddress
from urllib.parse import urlsplit


def hostname(host_header: str) -> str:
    """The name in a Host header, lower case, without port and brackets; empty when there is none."""
    try:
        return urlsplit(f"//{host_header}").hostname or ""
    except ValueError:
        return ""


def is_loopback_name(name: str) -> bool:
    """Whether it is localhost, *.localhost (browsers resolve those to loopback), 127.x.y.z or ::1."""
    name = name.lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def parse_origin(text: str) -> str:
    """An origin as browsers write it: lower case, without a path. Raises ValueError for other text."""
    if text == "null":
        return text  # pages from files and sandboxed frames
    origin = text.rstrip("/").lower()
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or not parts.hostname or origin != f"{parts.scheme}://{parts.netloc}":
        raise ValueError(f"an origin looks like https://example.org or http://localhost:3000, got {text!r}")
    return origin


def parse_port(text: str) -> int:
    """A port on the command line, 0 included. Raises ArgumentTypeError."""
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"a port is a whole number from 0 to 65535, got {text!r}")
    return int(text)
