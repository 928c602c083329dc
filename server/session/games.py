"""Games that a program asks for: the camera's page plays them. Pure."""

from __future__ import annotations

from server.errors import RequestRefused
from server.protocol import requests
from server.protocol.calibration import (
    CalibrationRefused,
    CalibrationRequested,
    ValidationRefused,
    ValidationRequested,
)
from server.session import replies
from server.session.actions import Action, Origin, Reply, ToPage


def start(game: requests.Game, origin: Origin, *, calibrating: bool, calibrated: bool) -> list[Action]:
    """The page begins it when the person is ready, and the sender follows its messages."""
    if calibrating:
        raise RequestRefused("calibration_busy", "a round of targets is running; wait for its end")
    if game == "validation" and not calibrated:
        raise RequestRefused("not_calibrated", "there is no calibration to measure")
    requested = CalibrationRequested if game == "calibration" else ValidationRequested
    return [ToPage(requested("requested", by="program")), *replies.accepted(origin)]


def refuse(refused: requests.GameRefuse, origin: Origin) -> list[Action]:
    """Passes the page's reason to the programs that follow its games."""
    if origin.sender is not None:
        raise RequestRefused("not_the_page", "only the camera's page plays games, so only it can refuse one")
    message = CalibrationRefused if refused.game == "calibration" else ValidationRefused
    return [Reply(message("refused", refused.reason))]
