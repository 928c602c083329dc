"""Dots have one owner at a time: who began to show them. Pure.

1. A round of dots (calibration, validation, a drift check) belongs to the socket that began it, until it is over.
2. Meanwhile another socket's requests about dots are refused. Two programs that show dots at once would each teach the
   calibration that the eyes were on theirs.
3. Whoever sits before the camera may always stop it: the camera's own page can cancel anybody's round.
4. When the owner goes, its round is cancelled.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from server.errors import RequestRefused
from server.protocol import requests as ask

BEGINS = (ask.CalibrationStart, ask.ValidationStart, ask.Drift)
GOES_ON = (ask.CalibrationPoint, ask.CalibrationFinish, ask.CalibrationCancel, ask.ProfileLoad)


Sender = TypeVar("Sender")


class CalibrationLock(Generic[Sender]):
    def __init__(self, *, page: Sender) -> None:
        self._page = page
        self._owner = page

    def check(self, body: ask.Body, sender: Sender, *, busy: bool) -> None:
        """Notes who begins a round. Raises RequestRefused when it is somebody else's. busy: a round is going on."""
        if not isinstance(body, BEGINS + GOES_ON):
            return
        if busy and sender is not self._owner:
            if sender is self._page and isinstance(body, ask.CalibrationCancel):
                return
            raise RequestRefused(
                "calibration_owned", "another program is showing dots in this session; wait for its end"
            )
        if isinstance(body, BEGINS):
            self._owner = sender

    def of(self, *, busy: bool) -> Sender:
        """Who gets what comes of the round; the page between rounds."""
        return self._owner if busy else self._page

    def is_left_by(self, sender: Sender, *, busy: bool) -> bool:
        """Whether the round has to be cancelled because this sender goes."""
        return busy and sender is self._owner
