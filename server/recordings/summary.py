"""What a list shows of a recording's messages, without reading all of them.

Gaze messages are counted by their first bytes and a member, as our writer writes them; only each PARSED-th is parsed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from models.datasets.session_layout import SAMPLES_FILE
from server.recordings.collected import Collected
from server.recordings.gaze_log import MAX_LINE_CHARS, parsed_message
from server.recordings.reader import RecordingError
from server.recordings.sample_line import parsed

PARSED = 50
_GAZE, _VALID = b'{"type":"gaze"', b'"valid":true'


@dataclass(frozen=True, slots=True)
class Scan:
    """collected: all but gaze. radii_px: the error radius of some samples."""

    n_samples: int
    n_valid: int
    radii_px: tuple[float, ...]
    collected: Collected


def scan(folder: Path) -> Scan:
    """Damaged lines are left out. Raises OSError."""
    n, n_valid = 0, 0
    radii: list[float] = []
    collected = Collected()
    with (folder / SAMPLES_FILE).open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(MAX_LINE_CHARS), b""), start=1):
            try:
                if line.startswith(_GAZE):
                    n += 1
                    n_valid += _VALID in line
                    if n % PARSED == 1:
                        sample = parsed("", line)
                        collected.now_ms = sample.timestamp
                        if sample.valid and sample.error_px:
                            radii.append(sample.error_px)
                    continue
                message = parsed_message(f"{SAMPLES_FILE}:{number}", line.decode())
                if message is not None and message["type"] != "gaze":
                    collected.take(f"{SAMPLES_FILE}:{number}", message)
            except (RecordingError, UnicodeDecodeError):
                continue
    return Scan(n, n_valid, tuple(radii), collected)
