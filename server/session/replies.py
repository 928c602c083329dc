"""Builds answers: most are the messages of calibration, validation and drift check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from calibration.calibration import Calibration
from calibration.quality.summary import summary_of
from calibration.quality.validation import Validation
from calibration.samples.selection import SETTLE_MS
from calibration.targets.ids import HEAD_ID, PURSUIT_ID
from calibration.targets.patterns import Target
from server.protocol import calibration as wire
from server.protocol.session import Accepted
from server.session.actions import Action, Origin, Reply
from server.session.target_plan import HEAD_MS, CalibrationPlan
from server.session.target_run import MIN_SAMPLES, WINDOW_MS, Progress, Purpose


def accepted(origin: Origin) -> list[Action]:
    """The answer to a request that has no other one: for those with an id."""
    return [] if origin.request_id is None else [Reply(Accepted())]


def calibration_started(plan: CalibrationPlan) -> Reply:
    return Reply(
        wire.CalibrationStarted(
            state="started",
            targets=_places(plan.targets),
            pursuit=UNSET if plan.pursuit is None else wire.PursuitPlan(PURSUIT_ID, plan.pursuit),
            head_round=wire.HeadRoundPlan(HEAD_ID, 0.5, 0.5, HEAD_MS) if plan.head_round else UNSET,
            settle_ms=SETTLE_MS,
            window_ms=WINDOW_MS,
            min_samples=MIN_SAMPLES,
        )
    )


def validation_started(targets: Iterable[Target]) -> Reply:
    return Reply(wire.ValidationStarted("started", _places(targets), SETTLE_MS, WINDOW_MS, MIN_SAMPLES))


def drift_started() -> Reply:
    return Reply(wire.DriftStarted("started", SETTLE_MS, WINDOW_MS, MIN_SAMPLES))


def collecting(purpose: Purpose, progress: Progress) -> Reply:
    figures = (progress.target_id, progress.n_valid, progress.enough)
    match purpose:
        case "calibration":
            return Reply(wire.CalibrationCollecting("collecting", *figures))
        case "drift":
            return Reply(wire.DriftCollecting("collecting", *figures))
        case "validation" | "check":
            return Reply(wire.ValidationCollecting("collecting", *figures))


def cancelled(purpose: Purpose) -> Reply:
    match purpose:
        case "calibration":
            return Reply(wire.CalibrationStep("cancelled"))
        case "drift":
            return Reply(wire.DriftStep("cancelled"))
        case "validation" | "check":
            return Reply(wire.ValidationCancelled("cancelled"))


def again(reasons: Mapping[Target, wire.AgainReason]) -> Reply:
    targets = (wire.TargetPlace(target.id, target.x, target.y, reason) for target, reason in reasons.items())
    return Reply(wire.CalibrationAgain("again", tuple(targets)))


def calibrated(
    state: Literal["done", "loaded"],
    calibration: Calibration,
    lag_ms: float | UnsetType | None = UNSET,
    glare: float | UnsetType = UNSET,
) -> Reply:
    report = _report(calibration)
    share = UNSET if glare is UNSET else round(glare, 3)
    return Reply(wire.CalibrationActive(state, calibration.calibration_id, report, lag_ms, share))


def fitting() -> Reply:
    return Reply(wire.CalibrationStep("fitting"))


def failed(reason: str) -> Reply:
    return Reply(wire.CalibrationFailed("failed", reason))


def measured(result: Validation, glare: float, shift: wire.CommonShift | UnsetType | None = UNSET) -> Reply:
    """shift: the common shift that a check has removed."""
    figures = msgspec.convert(result.to_json(), wire.ValidationResult)
    return Reply(wire.ValidationDone("done", figures, rounded(result.brightness), shift, round(glare, 3)))


def rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _places(targets: Iterable[Target]) -> tuple[wire.TargetPlace, ...]:
    return tuple(wire.TargetPlace(target.id, target.x, target.y) for target in targets)


def _report(calibration: Calibration) -> wire.Report:
    """The report in the same form as in profiles, and its summary for people."""
    values = calibration.report.to_json()
    values["targets"] = tuple(wire.TargetError(**target) for target in values["targets"])
    values["expected"] = wire.Expected(**values["expected"])
    summary = msgspec.convert(summary_of(calibration.report, calibration.screen), wire.Summary, from_attributes=True)
    return wire.Report(lam=values.pop("lambda"), summary=summary, **values)
