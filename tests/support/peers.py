"""The connection to other servers over a Redis of the test."""

from __future__ import annotations

from calibration.profiles.unsaved import pack_unsaved, unpack_unsaved
from server.peers.shared import SharedPeers


def peers(url: str, machine: str | None = "this machine") -> SharedPeers:
    return SharedPeers(
        url,
        machine=machine,
        pack=lambda calibration: pack_unsaved(calibration, ""),
        unpack=lambda data: unpack_unsaved(data, ""),
    )
