"""The calibration lock: only the client that began a round of targets may continue it. Pure.

1. A round of targets (calibration, validation, drift check) belongs to the sender that began it, until it ends.
2. During the round, requests about targets from other senders are refused. If two programs showed targets at once, the
   calibration would learn from targets at which the person did not look.
3. The camera's own page may cancel every round, so the person can always stop it.
4. When the owner disconnects, its round is cancelled.
"""

from __future__ import annotations

from server.errors import RequestRefused
from server.protocol import requests
from server.session.actions import Sender

BEGINS = (requests.CalibrationStart, requests.ValidationStart, requests.Drift)
CONTINUES = (requests.CalibrationPoint, requests.CalibrationFinish, requests.CalibrationCancel, requests.ProfileLoad)


class CalibrationLock:
    """owner: the sender of the current or the last round; None is the camera's page."""

    def __init__(self) -> None:
        self.owner: Sender | None = None

    def check(self, request: requests.Body, sender: Sender | None, *, busy: bool) -> None:
        """Stores the sender that begins a round, and raises RequestRefused for other senders. busy: a round runs."""
        if not isinstance(request, BEGINS + CONTINUES):
            return
        if busy and sender is not self.owner:
            if sender is None and isinstance(request, requests.CalibrationCancel):
                return
            raise RequestRefused("calibration_owned", "another program shows targets in this session; wait for its end")
        if isinstance(request, BEGINS):
            self.owner = sender
