"""A fit job of a returning person learns from the sessions of the profile."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from calibration.fit import fit_calibration
from calibration.profiles.store import ProfileStore
from server.clock import SystemClock
from server.gaze.filters import OneEuroPointFilter
from server.http.jobs import Jobs
from server.session.actions import Action, FitCalibration, Publish
from server.session.session import Session
from tests.support.server import SCREEN, samples


def at_once(call: Callable[..., Any], *arguments: Any) -> Future[Any]:
    """A pipeline's background that has already done it."""
    future: Future[Any] = Future()
    future.set_result(call(*arguments))
    return future


class Remembering(Session):
    """Keeps the fitted calibrations."""

    n_earlier: tuple[int, ...] = ()

    def calibration_fitted(self, command: Any, fit: Any, now_ms: float, noise: Any = None) -> list[Action]:
        self.n_earlier = (*self.n_earlier, fit.calibration.report.n_earlier)
        return []


async def test_the_fit_knows_the_sessions_of_the_named_user_at_this_screen_and_camera_only(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path)
    calibration = fit_calibration(samples(), SCREEN)
    (mine,) = calibration.sessions
    yesterday = replace(calibration, sessions=(replace(mine, captured_ms=mine.captured_ms - 86_400_000.0),))
    store.save("Ada", f"{SCREEN.key}_front", yesterday)
    session = Remembering(session_id="s_1", rng=random.Random(0), point_filter=OneEuroPointFilter())
    jobs = Jobs(pipeline=SimpleNamespace(in_background=at_once), profiles=store, clock=SystemClock(), session=session)  # type: ignore[arg-type]
    for user, camera in (("Ada", "front"), ("Ada", "side"), ("Ben", "front"), (None, "front")):
        command = FitCalibration(run_id=1, samples=tuple(samples()), screen=SCREEN, user=user, camera=camera)
        assert [action for action in await jobs.start(command) if not isinstance(action, Publish)] == []
    assert session.n_earlier == (1, 0, 0, 0)
