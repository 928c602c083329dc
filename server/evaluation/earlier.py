"""The earlier sessions of each person, for `python -m server evaluate --earlier`.

1. Sessions are evaluated in the order of their first frames, whatever their order on the command line. Without a common
   clock (all times begin at 0), that order counts.
2. The targets of each phase `calibrate` are kept. A later session of the same person at the same screen learns from
   them (`calibration.mapping.pooled`), in whatever number it uses of its own.
3. A session without a person's name is not pooled.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from calibration.errors import CalibrationError
from calibration.fit import fit_calibration
from calibration.samples.past import PastSession
from server.evaluation.observations import Observation, calibration_samples, with_distance
from server.recordings.reader import Recording


def by_time(recordings: Sequence[Recording]) -> list[Recording]:
    return sorted(recordings, key=lambda recording: recording.frames[0].captured_ms)


class EarlierSessions:
    """The sessions so far, by person and screen."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[str, str], list[PastSession]] = defaultdict(list)

    def of(self, recording: Recording) -> tuple[PastSession, ...]:
        return tuple(self._sessions[recording.person, recording.screen.key]) if recording.person else ()

    def add(self, recording: Recording, observations: Sequence[Observation]) -> None:
        mine = self._sessions[recording.person, recording.screen.key]
        screen = with_distance(recording.screen, observations)
        with suppress(CalibrationError):
            (session,) = fit_calibration(calibration_samples(observations), screen).sessions
            # A place in the order, not a time: sessions may have clocks of their own.
            mine.append(replace(session, captured_ms=float(len(mine))))
