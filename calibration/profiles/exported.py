"""One profile as a zip, for another machine."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

from calibration.errors import ProfileError
from calibration.profiles.names import NAME_FILE, folder_of, is_encoded, is_user_name, normalised

MAX_PACKED_BYTES = 8 << 20  # an unpacked profile; its arrays have about 100 KiB
# The screen, and the camera if it has a name: "1920x1080_hd-webcam-1234-5678".
SCREEN_PATTERN = re.compile(r"[1-9]\d{0,4}x[1-9]\d{0,4}(?:_[a-z0-9][a-z0-9-]{0,39})?", re.ASCII)


def zipped(user: str, files: Mapping[str, bytes]) -> bytes:
    """files: the JSON and the arrays, by their names."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{normalised(user)}/{name}", content)
    return packed.getvalue()


def unzip(data: bytes, folder: Path) -> tuple[str, str]:
    """Write the two files of one profile to `folder`, after checking everything. -> user and key."""
    no_profile = "this file is not an exported calibration"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if len(infos) != 2 or sum(info.file_size for info in infos) > MAX_PACKED_BYTES:
                raise ProfileError(no_profile)
            (user, name), (other, arrays) = (info.filename.rpartition("/")[::2] for info in infos)
            screen_key = name.removesuffix(".json")
            known = is_user_name(user) and SCREEN_PATTERN.fullmatch(screen_key) and user == other
            if not known or not re.fullmatch(rf"{screen_key}\.c_[0-9a-f]{{1,64}}\.npz", arrays):
                raise ProfileError(no_profile)
            place = folder_of(folder, user)
            place.mkdir()
            (place / f"{screen_key}.json").write_bytes(archive.read(infos[0]))
            (place / arrays).write_bytes(archive.read(infos[1]))
            if is_encoded(place):
                (place / NAME_FILE).write_text(normalised(user), encoding="utf-8")
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        raise ProfileError(no_profile) from error
    return user, screen_key
