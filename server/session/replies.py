"""The answers about targets: messages of calibration, validation and drift."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calibration.calibration import Calibration
from calibration.quality.validation import Validation
from calibration.samples.selection import SETTLE_MS
from calibration.targets.patterns import Target
from server.session.actions import Reply
from server.session.target_plan import target_to_wire
from server.session.target_run import MIN_SAMPLES, WINDOW_MS, Progress, Purpose


def reply(purpose: Purpose, state: str, **fields: Any) -> Reply:
    kind = "validation" if purpose == "check" else purpose
    return Reply({"type": kind, "state": state, **fields})


def started(purpose: Purpose, **plan: Any) -> Reply:
    return reply(purpose, "started", **plan, settle_ms=SETTLE_MS, window_ms=WINDOW_MS, min_samples=MIN_SAMPLES)


def collecting(purpose: Purpose, progress: Progress) -> Reply:
    fields = {"target_id": progress.target_id, "n_valid": progress.n_valid, "enough": progress.enough}
    return reply(purpose, "collecting", **fields)


def again(reasons: Mapping[Target, str]) -> Reply:
    targets = [{**target_to_wire(target), "reason": reason} for target, reason in reasons.items()]
    return reply("calibration", "again", targets=targets)


def calibrated(state: str, calibration: Calibration, **more: Any) -> Reply:
    report = calibration.report.to_json()
    return reply("calibration", state, calibration=calibration.calibration_id, report=report, **more)


def failed(reason: str) -> Reply:
    return reply("calibration", "failed", reason=reason)


def measured(purpose: Purpose, result: Validation, **more: Any) -> Reply:
    return reply(purpose, "done", result=result.to_json(), brightness=rounded(result.brightness), **more)


def rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
