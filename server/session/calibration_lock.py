"""One sender at a time shows targets: the one that began the round. Pure.

1. A round of targets (calibration, validation, a drift check) belongs to the sender that began it, until it is over.
2. Meanwhile another sender's requests about targets are refused. Two programs that show targets at once would each
   teach the calibration that the eyes were on theirs.
3. The person in front of the camera can always stop it: the camera's own page may cancel every round.
4. When the owner leaves, its round is cancelled.
"""

from __future__ import annotations

from server.errors import RequestRefused
from server.protocol import requests as ask
from server.session.actions import Sender

BEGINS = (ask.CalibrationStart, ask.ValidationStart, ask.Drift)
CONTINUES = (ask.CalibrationPoint, ask.CalibrationFinish, ask.CalibrationCancel, ask.ProfileLoad)


class CalibrationLock:
    """`owner`: the sender of the round, or of the last one; None is the camera's page."""

    def __init__(self) -> None:
        self.owner: Sender | None = None

    def check(self, request: ask.Body, sender: Sender | None, *, busy: bool) -> None:
        """Notes the sender that begins a round. Raises RequestRefused for the others. busy: a round is going on."""
        if not isinstance(request, BEGINS + CONTINUES):
            return
        if busy and sender is not self.owner:
            if sender is None and isinstance(request, ask.CalibrationCancel):
                return
            raise RequestRefused(
                "calibration_owned", "another program is showing dots in this session; wait for its end"
            )
        if isinstance(request, BEGINS):
            self.owner = sender
