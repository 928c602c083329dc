"""The areas of interest that were drawn in the lab, in one file beside the recordings.

RECORDINGS/areas.json    as `server.report.areas_file` has it

Areas belong to a stimulus, which many recordings show, so they are not in the folders of these. A stimulus whose areas
were all deleted stays in the file: another browser that still has them then deletes them, too.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from calibration.profiles.folders import make_private_folder, replacing
from models.datasets.session_layout import AREAS_FILE
from server.report.areas_file import NO_AREAS, AreasError, AreasFile, StimulusAreas, read_areas

MAX_KEPT_BYTES = 16 * 1024 * 1024  # 30,000 polygons with 20 corners


class KeptAreas:
    """Requests come in several threads. Messages name no folder, because they go to other machines."""

    def __init__(self, recordings: Path) -> None:
        self._path = recordings / AREAS_FILE
        self._changes = threading.Lock()

    def read(self) -> AreasFile:
        """Empty when there is no file. Raises AreasError if it can't be used."""
        if not self._path.exists():
            return NO_AREAS
        try:
            return read_areas(self._path)
        except AreasError as problem:
            raise AreasError(str(problem).replace(str(self._path), f"{AREAS_FILE} of the recordings")) from problem

    def keep(self, changed: StimulusAreas) -> None:
        """Replaces the areas of one stimulus. Raises AreasError and OSError; then the file stays as it was."""
        with self._changes:
            kept = self.read()
            if changed.stimulus is None:
                kept = replace(kept, whole_screen=changed.areas)
            else:
                kept = replace(kept, stimuli={**kept.stimuli, changed.stimulus: changed.areas})
            text = kept.text()
            if len(text.encode()) > MAX_KEPT_BYTES:
                raise AreasError(f"{AREAS_FILE} of the recordings can have {MAX_KEPT_BYTES} bytes: delete areas")
            make_private_folder(self._path.parent)
            with replacing(self._path) as file:
                file.write_text(text, encoding="utf-8")
