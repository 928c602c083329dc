"""The name of a camera without its serial number: the names of files must not identify a person's device."""

from __future__ import annotations

import re

_SERIALS = (
    re.compile(r"\b(?:s/?n|serial(?:\s*(?:no|nr|number))?)\b\.?\s*[:#=]?\s*[\w-]*\d[\w-]*", re.IGNORECASE),
    re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE),  # a UUID
    re.compile(r"\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b", re.IGNORECASE),  # a network address
    # Long runs with four digits or more. Sizes (1920x1080) and the USB ids of the model (046d:0825) are no serials.
    re.compile(r"#?(?<![a-z0-9])(?!\d+x\d+(?![a-z0-9]))(?=(?:[a-z]*\d){4})[a-z0-9]{8,}(?![a-z0-9])", re.IGNORECASE),
    re.compile(r"(?<![a-z0-9])\d{6,}(?![a-z0-9])"),
)
_EMPTY = re.compile(r"[(\[{]\s*[)\]}]|[\s,;:#_/-]+(?=$|[)\]}])")


def without_serial(name: str) -> str:
    """The camera's name, as browsers report it, without what looks like a serial number."""
    for serial in _SERIALS:
        name = serial.sub(" ", name)
    return " ".join(_EMPTY.sub("", name).split())
