"""The summary: all its numbers are of one kind."""

from __future__ import annotations

import statistics
from dataclasses import replace

import pytest

from calibration.bench.simulated import SCREEN, simulated_session
from calibration.fit import fit_calibration
from calibration.quality.report import CalibrationReport
from calibration.quality.summary import BLIND_SHARE, summary_of
from calibration.targets.ids import HEAD_ID, PURSUIT_ID


@pytest.fixture(scope="module")
def report() -> CalibrationReport:
    samples = [one for one in simulated_session(1).calibrate if one.target_id not in (HEAD_ID, PURSUIT_ID)]
    return fit_calibration(samples, SCREEN).report


def test_headline_targets_and_methods_are_left_out_errors_times_one_factor(report: CalibrationReport) -> None:
    summary = summary_of(report, SCREEN)
    factor = report.expected.median_px / report.mean_error_px
    assert summary.error_px == pytest.approx(report.median_error_px)
    assert summary.radius_px == report.expected.radius_px
    assert summary.error_px == pytest.approx(statistics.fmean(target.error_px for target in summary.targets))
    simpler = report.baselines_px.keys() - report.members.keys()
    assert {"centre", "offset", "affine"} <= simpler
    assert summary.methods_px == {name: pytest.approx(factor * report.baselines_px[name]) for name in simpler}
    for shown, target in zip(summary.targets, report.targets, strict=True):
        assert shown.error_px == pytest.approx(factor * target.error_px)
        distance_px = SCREEN.distance_px((shown.x, shown.y), (shown.gaze_x, shown.gaze_y))
        assert shown.error_px == pytest.approx(distance_px)
    assert report.mean_error_deg is not None
    assert summary.error_deg == pytest.approx(factor * report.mean_error_deg)


def test_a_calibration_as_bad_as_the_centre_is_blind_and_its_errors_keep_their_size(report: CalibrationReport) -> None:
    centre_px = report.mean_error_px / BLIND_SHARE
    blind = replace(report, baselines_px={"centre": centre_px})
    summary = summary_of(blind, SCREEN)
    assert summary.grade == "blind"
    assert (summary.error_px, summary.methods_px) == (report.mean_error_px, {"centre": centre_px})
    sees = summary_of(replace(report, baselines_px={"centre": 1.01 * centre_px}), SCREEN)
    assert sees.grade != "blind"


def test_the_best_method_is_the_one_with_the_smallest_error(report: CalibrationReport) -> None:
    assert report.mean_error_px < report.baselines_px["centre"]
    centre, offset = report.baselines_px["centre"], 0.9 * report.mean_error_px
    assert summary_of(replace(report, baselines_px={"centre": centre}), SCREEN).best == report.method
    assert summary_of(replace(report, baselines_px={"centre": centre, "offset": offset}), SCREEN).best == "offset"


def test_a_report_of_an_old_profile_without_targets_has_a_summary(report: CalibrationReport) -> None:
    summary = summary_of(replace(report, targets=(), baselines_px={}), SCREEN)
    assert summary.grade == "poor"
    assert summary.best == report.method
