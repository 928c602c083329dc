"""What takes longer than an answer may: fits, and profiles on the disk. Each ends with what the session says to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any

from calibration.errors import CalibrationError, ProfileError
from calibration.fit import GameSamples, fit
from calibration.profiles.store import ProfileStore, profile_key
from calibration.samples.selection import SETTLE_MS
from server.events.noise import calibration_noise
from server.inference.pipeline import Pipeline
from server.session.actions import Action, FitCalibration, LoadProfile, SaveProfile
from server.session.live import LiveSession

log = logging.getLogger(__name__)


class Jobs:
    def __init__(self, *, pipeline: Pipeline, profiles: ProfileStore, live: LiveSession) -> None:
        self._pipeline = pipeline
        self._profiles = profiles
        self._live = live

    async def fit(self, command: FitCalibration) -> list[Action]:
        game = GameSamples(command.samples, command.head, command.pursuit)
        try:
            fitted = await asyncio.wrap_future(self._pipeline.in_background(fit, game, command.screen))
        except CalibrationError as problem:
            return self._live.session.calibration_failed(command.run_id, str(problem), command.request_id)
        calibration = fitted.calibration
        noise = self._pipeline.in_background(calibration_noise, calibration, command.samples, SETTLE_MS)
        self._live.annotator.set_noise(calibration.calibration_id, await asyncio.wrap_future(noise))
        return self._live.session.calibration_fitted(command.run_id, fitted, command.request_id)

    def save(self, command: SaveProfile) -> Coroutine[Any, Any, list[Action]]:
        """The saving begins at once, and goes on when the connection ends: somebody who closes the page keeps it."""
        saving = self._pipeline.in_background(
            self._profiles.save, command.user, profile_key(command.screen_key, command.camera), command.calibration
        )
        return self._saved(command, saving)

    async def _saved(self, command: SaveProfile, saving: Future[None]) -> list[Action]:
        try:
            await asyncio.shield(asyncio.wrap_future(saving))
        except (ProfileError, OSError) as problem:
            log.warning("the profile of %r was not saved: %s", command.user, problem)
            return self._live.session.profile_failed(f"the profile was not saved: {problem}", command.request_id)
        return self._live.session.profile_saved(command.user, command.screen_key, command.request_id)

    async def load(self, command: LoadProfile) -> list[Action]:
        loading = self._pipeline.in_background(
            self._profiles.load, command.user, profile_key(command.screen_key, command.camera)
        )
        try:
            calibration = await asyncio.wrap_future(loading)
        except (ProfileError, OSError) as problem:
            return self._live.session.profile_failed(str(problem), command.request_id)
        return self._live.session.profile_loaded(calibration, command.request_id)
