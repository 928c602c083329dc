"""Jobs that take too long for the event loop: fits, and profiles on the disk. Each returns the session's actions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from typing import Any

from typing_extensions import assert_never

from calibration.errors import CalibrationError, ProfileError
from calibration.fit import CollectedSamples, FitResult, fit
from calibration.profiles.disk import disk_advice, disk_problem
from calibration.profiles.interface import Profiles
from calibration.profiles.store import older_profile_key, profile_key
from calibration.samples.past import PastSession
from calibration.samples.selection import SETTLE_MS
from server.clock import Clock
from server.events.noise import calibration_noise
from server.inference.pipeline import Pipeline
from server.log import without_path
from server.session.actions import Action, FitCalibration, Job, LoadProfile, SaveProfile
from server.session.session import Session

log = logging.getLogger(__name__)


def profile_problem(problem: ProfileError | OSError) -> str:
    """What happened to a profile and what to do, for people."""
    if isinstance(problem, ProfileError):
        return str(problem)
    return f"{disk_problem(problem)}. {disk_advice(problem, '--profiles')}"


class Jobs:
    """The jobs of one session."""

    def __init__(self, *, pipeline: Pipeline, profiles: Profiles, clock: Clock, session: Session) -> None:
        self._pipeline = pipeline
        self._profiles = profiles
        self._clock = clock
        self._session = session

    def start(self, command: Job) -> Coroutine[Any, Any, list[Action]]:
        """Starts a job. The coroutine waits for its end and returns the session's actions."""
        match command:
            case FitCalibration():
                return self._fit(command)
            case SaveProfile():
                key = profile_key(command.screen_key, command.camera)
                # Submitted here, so the profile is saved even if the page closes before the coroutine runs.
                saving = self._pipeline.in_background(self._profiles.save, command.user, key, command.calibration)
                return self._save(command, saving)
            case LoadProfile():
                return self._load(command)
            case _:
                assert_never(command)

    async def _fit(self, command: FitCalibration) -> list[Action]:
        collected = CollectedSamples(command.samples, command.head, command.pursuit)
        try:
            fitted = await asyncio.wrap_future(self._pipeline.in_background(self._fitted, collected, command))
        except CalibrationError as problem:
            return self._session.calibration_failed(command, str(problem), self._clock.now_ms())
        calibration = replace(fitted.calibration, camera_px=command.camera_px)
        fitted = replace(fitted, calibration=calibration)
        noise = self._pipeline.in_background(calibration_noise, fitted.calibration, command.samples, SETTLE_MS)
        measured = await asyncio.wrap_future(noise)
        return self._session.calibration_fitted(command, fitted, self._clock.now_ms(), measured)

    def _fitted(self, collected: CollectedSamples, command: FitCalibration) -> FitResult:
        """The fit, with what the person's profile knows of earlier sessions. Raises CalibrationError."""
        earlier: tuple[PastSession, ...] = ()
        if command.user is not None:
            with suppress(ProfileError, OSError):
                earlier = self._profiles.sessions(command.user, profile_key(command.screen.key, command.camera))
        return fit(collected, command.screen, earlier=earlier)

    async def _save(self, command: SaveProfile, saving: Future[None]) -> list[Action]:
        try:
            await asyncio.shield(asyncio.wrap_future(saving))
        except (ProfileError, OSError) as problem:
            log.warning("a profile was not saved: %s", without_path(problem))
            why = profile_problem(problem)
            return self._session.profile_failed(command, f"the calibration was not saved: {why}", self._clock.now_ms())
        return self._session.profile_saved(command, self._clock.now_ms())

    async def _load(self, command: LoadProfile) -> list[Action]:
        keys = (make(command.screen_key, command.camera) for make in (profile_key, older_profile_key))
        try:
            calibration = await asyncio.wrap_future(
                self._pipeline.in_background(self._profiles.load, command.user, *keys)
            )
        except (ProfileError, OSError) as problem:
            log.warning("a profile was not loaded: %s", without_path(problem))
            return self._session.profile_failed(command, profile_problem(problem), self._clock.now_ms())
        return self._session.profile_loaded(command, calibration, self._clock.now_ms())
