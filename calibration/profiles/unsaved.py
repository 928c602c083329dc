"""A calibration that belongs to no profile, as bytes: for another server, to which its page connects next."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from types import MappingProxyType

from calibration.calibration import Calibration
from calibration.profiles.store import ProfileStore, unpacked

NAME = "unsaved"  # in the place of a person's


def pack_unsaved(calibration: Calibration, features_id: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        store = ProfileStore(folder, features_id=features_id)
        store.save(NAME, calibration.screen.key, calibration)
        return store.pack(NAME, calibration.screen.key)


def unpack_unsaved(data: bytes, features_id: str, remedies: Mapping[str, str] = MappingProxyType({})) -> Calibration:
    """Raises ProfileError for data of other networks."""
    return unpacked(data, features_id=features_id, remedies=remedies)[2]
