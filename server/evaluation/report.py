"""The results of `python -m server evaluate` as tables and as JSON."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence

from calibration.quality.methods import DEFAULT_METHOD
from server.evaluation.accuracy import SessionResult
from server.evaluation.metrics import MethodErrors


def to_json(results: Sequence[SessionResult]) -> str:
    """JSON: a list of sessions, each {session, methods: {NAME: {median_px, ...}}, frames_total, ...}."""
    return json.dumps([result.to_json() for result in results], indent=1, allow_nan=False) + "\n"


def table(result: SessionResult) -> str:
    """The table of one session: a line for each method, then the numbers of frames."""
    title = f"{result.session} ({result.person})" if result.person else result.session
    lines = [
        f"{title}: {result.targets_calibrate - result.targets_lost} calibration targets, "
        f"{result.frames_test_used} test frames"
        + (f", with {result.earlier_sessions} earlier sessions" if result.earlier_sessions else ""),
        f"  {'':<11}{'px: median':>12}{'mean':>8}{'95 %':>8}{'% diag: median':>17}{'mean':>8}{'95 %':>8}"
        f"{'deg: median':>14}{'mean':>8}{'95 %':>8}{'of centre':>12}",
    ]
    lines += _rows(result.methods)
    if result.left_out is not None:
        lines += ["  on calibration targets left out of the fit:", *_rows(result.left_out)]
    if (expected := result.announced) is not None:
        true_px = result.methods[DEFAULT_METHOD].median_px if DEFAULT_METHOD in result.methods else None
        lines.append(
            f"  predicted error: median {expected.median_px:.1f} px (measured: {_cell(true_px)}, "
            f"{expected.true_over_predicted:.2f} times as much), {expected.frames_in_radius:.0%} of the frames "
            f"within their error radius of {expected.radius_px:.0f} px (aim: 68 %)"
        )
    if (drift := result.drift) is not None:
        thirds = ", ".join(f"{px:.0f}" for px in drift.thirds_px)
        lines.append(
            f"  drift: {drift.dx_px_per_minute:+.1f} px right, {drift.dy_px_per_minute:+.1f} px down a minute "
            f"(± {drift.uncertainty_px_per_minute:.1f}) over {drift.minutes:.1f} minutes; "
            f"median error in thirds {thirds} px"
        )
    lines.append(
        f"  frames: {result.frames_total}, without a face {result.frames_without_face}, "
        f"eyes shut {result.frames_eyes_closed}, glare {result.frames_glare}, broken {result.frames_broken}; "
        f"calibrate {result.frames_calibrate_used} of {result.frames_calibrate} used, "
        f"test {result.frames_test_used} of {result.frames_test}; targets lost {result.targets_lost}"
    )
    return "\n".join(lines)


def _rows(methods: Mapping[str, MethodErrors]) -> list[str]:
    return [
        f"  {name:<11}{e.median_px:>12.1f}{e.mean_px:>8.1f}{e.p95_px:>8.1f}"
        f"{e.median_diag:>17.2f}{e.mean_diag:>8.2f}{e.p95_diag:>8.2f}"
        f"{_cell(e.median_deg):>14}{_cell(e.mean_deg):>8}{_cell(e.p95_deg):>8}{_cell(e.median_of_centre):>12}"
        for name, e in methods.items()
    ]


def overview(results: Sequence[SessionResult]) -> str:
    """All sessions: for each method, the median of `median_of_centre`."""
    lines = [f"{len(results)} sessions, median error divided by that of always-centre, median over sessions:"]
    for name in results[0].methods:
        ratios = [e.median_of_centre for r in results if (e := r.methods[name]).median_of_centre is not None]
        lines.append(f"  {name:<11}{_cell(statistics.median(ratios) if ratios else None):>8}")
    expected = [result.announced for result in results if result.announced is not None]
    if expected:
        near = statistics.fmean(abs(one.true_over_predicted - 1.0) < 0.25 for one in expected)
        inside = [one.frames_in_radius for one in expected]
        lines += [
            f"predicted error: in {near:.0%} of the sessions the true median error is within 25 % of it; "
            f"{statistics.fmean(inside):.0%} of the frames are within their error radius",
            f"median over sessions: {statistics.median(one.true_over_predicted for one in expected):.2f} times the "
            f"predicted error, {statistics.median(inside):.0%} of the frames within their radius",
        ]
    return "\n".join(lines)


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
