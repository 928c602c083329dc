"""Writes the samples, `_physio.tsv.gz`, and their sidecar with filter, calibration and validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from server import __version__
from server.export.bids_files import write_json, write_tsv_gz
from server.recordings.gaze_log import GazeRecording


def write_samples(folder: Path, stem: str, recording: GazeRecording, rate_hz: float) -> list[Path]:
    columns: dict[str, dict[str, str]] = {
        "timestamp": {"Description": "Time at which the webcam took the frame, unix time", "Units": "ms"},
        "x_coordinate": {"Description": "Gaze on the screen from its left edge, CSS pixels", "Units": "pixel"},
        "y_coordinate": {"Description": "Gaze on the screen from its upper edge, CSS pixels", "Units": "pixel"},
        "confidence": {"Description": "0 to 1: how far light and head pose are as in the calibration"},
        "expected_error": {"Description": "Predicted radius that holds 68 % of the frames", "Units": "pixel"},
        "status": {"Description": "ok, or the reason why there is no point"},
    }
    rows = [
        [s["timestamp"], s["x_px"], s["y_px"], s.get("confidence"), s.get("error_px"), s["status"]]
        for s in recording.samples
    ]
    sidecar = {
        "PhysioType": "eyetrack",
        "SamplingFrequency": rate_hz,
        "StartTime": 0,
        "Columns": list(columns),
        "Manufacturer": "Sightline",
        "ManufacturersModelName": "webcam",
        "SoftwareVersions": __version__,
        "RecordedEye": "cyclopean",
        "SampleCoordinateSystem": "gaze-on-screen",
        "EyeTrackingMethod": "appearance-based, from webcam pictures",
        "RawDataFilters": _filters(recording),
        **_calibration(recording),
        **_validation(recording),
        **columns,
    }
    return [write_tsv_gz(folder / f"{stem}.tsv.gz", rows), write_json(folder / f"{stem}.json", sidecar)]


def _filters(recording: GazeRecording) -> str:
    """The filter. A recording does not name it; if the points equal the raw points, there was none."""
    both = [(sample["raw"], sample) for sample in recording.samples if isinstance(sample.get("raw"), Mapping)]
    if both and all(raw.get(axis) == sample[axis] for raw, sample in both for axis in ("x", "y")):
        return "none"
    return "Sightline's filter of gaze points, One Euro by default"


def _calibration(recording: GazeRecording) -> dict[str, Any]:
    """The calibration fields. Errors in degrees need the screen's size and distance at the calibration."""
    report, screen = recording.report, recording.screen
    fields: dict[str, Any] = {"CalibrationCount": recording.n_calibrations}
    if report is None:
        return fields
    targets: Sequence[Mapping[str, Any]] = report.get("targets", ())
    fields["CalibrationType"] = f"HV{len(targets)}"
    fields["CalibrationUnit"] = "pixel"
    fields["CalibrationPosition"] = [
        [round(target["x"] * screen.width_px, 1), round(target["y"] * screen.height_px, 1)] for target in targets
    ]
    errors_deg = [target["error_deg"] for target in targets if target.get("error_deg") is not None]
    if report.get("mean_error_deg") is not None and errors_deg:
        fields["AverageCalibrationError"] = round(report["mean_error_deg"], 3)
        fields["MaximalCalibrationError"] = round(max(errors_deg), 3)
    return fields


def _validation(recording: GazeRecording) -> dict[str, Any]:
    """The validation, as an own field: BIDS has none for a validation with held-out targets."""
    result = recording.result
    if result is None:
        return {}
    error, accuracy, precision = (result.get(name) or {} for name in ("error", "accuracy", "precision"))
    return {
        "Validation": {
            "MedianErrorPixel": error.get("px"),
            "MedianErrorDegree": error.get("deg"),
            "AccuracyPixel": accuracy.get("px"),
            "AccuracyDegree": accuracy.get("deg"),
            "PrecisionRMSPixel": precision.get("rms_s2s_px"),
            "PrecisionSDPixel": precision.get("sd_px"),
            "DataLoss": result.get("data_loss"),
            "PointCount": len(result["points"]),
        }
    }
