"""Targets that join today's session of a calibration after they have measured it: of validations, and accepted clicks.

Later fits learn from them (`calibration.mapping.pooled`). The active map does not change, and no error of its report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from calibration.calibration import Calibration
from calibration.samples.past import PastSession, newest
from calibration.samples.sample import Blocks
from calibration.samples.selection import TargetMean, mean_blocks
from calibration.screen import Point, ScreenGeometry

CLICK_ID = 9000  # targets of clicks


def with_targets(
    calibration: Calibration, more: Sequence[TargetMean], screen: ScreenGeometry, first_ms: float, *, loaded: bool
) -> Calibration:
    """loaded: the calibration is of an earlier session, so today's begins at `first_ms`."""
    before, today = list(calibration.sessions), PastSession(first_ms, screen, ())
    if before and not loaded:
        today = before.pop()
    kept = today.with_means(more)
    n_added = calibration.report.n_added + len(kept.means) - len(today.means)
    report = replace(calibration.report, n_added=n_added)
    return replace(calibration, sessions=newest([*before, kept]), report=report)


def click_target(place: Point, frames: Sequence[Blocks]) -> list[TargetMean]:
    """The target of a click from the frames just before it; none without frames that have the same blocks."""
    shapes = [{name: values.shape for name, values in blocks.items()} for blocks in frames]
    if not frames or any(shape != shapes[0] for shape in shapes):
        return []
    return [TargetMean(CLICK_ID, place, mean_blocks(frames), len(frames), len(frames))]
