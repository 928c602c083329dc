"""Writes recordings as a data set of the Brain Imaging Data Structure (BIDS 1.11, eye tracking).

    OUT/dataset_description.json, README, participants.tsv, participants.json
    OUT/sub-LABEL/beh/sub-LABEL_task-TASK_run-N_recording-eye3_physio.tsv.gz + .json         the samples
                      ..._recording-eye3_physioevents.tsv.gz + .json       fixations, saccades, blinks, area visits
                      ..._events.tsv + .json  stimuli, marks, targets, calibrations, validations; the screen
    OUT/stimuli/      the pictures of stimuli

`eye3` and RecordedEye "cyclopean": one point for both eyes. Coordinates are CSS pixels of the screen, origin top left;
timestamps are unix ms, durations seconds. Unknown values are n/a. BIDS requires the screen's size and its distance, so
a recording without them is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from unicodedata import normalize

from server import __version__
from server.export.bids_events import DESCRIPTIONS, HEADER, STIMULUS_DESCRIPTIONS, table
from server.export.bids_files import one_line, write_json, write_tsv, write_tsv_gz
from server.export.bids_physio_events import write_physio_events
from server.export.stimuli import Pictures, write_pictures
from server.recordings.gaze_log import GazeRecording
from server.recordings.reader import RecordingError

BIDS_VERSION = "1.11.1"
RECORDING = "recording-eye3"
LABEL = re.compile(r"[0-9a-zA-Z]+")


@dataclass(frozen=True, slots=True)
class Subject:
    """The BIDS labels of a recording. Raises RecordingError unless they have letters and digits only.

    name: of the person or, without one, of the recording. None: the data set does not hold it.
    """

    label: str
    task: str
    name: str | None = None

    def __post_init__(self) -> None:
        for value in (self.label, self.task):
            if not LABEL.fullmatch(value):
                raise RecordingError(f"a BIDS label has letters and digits only, got {value!r}")


def write_bids(
    recordings: Sequence[GazeRecording],
    out: Path,
    *,
    subjects: Sequence[Subject],
    pictures: Sequence[Pictures] = (),
) -> list[Path]:
    """Writes the recordings and returns the paths. subjects: one for each recording; runs of a subject are numbered.

    pictures: of the stimuli, one mapping for each recording, or none at all. Raises RecordingError before a file is
    written.
    """
    pictures = pictures or [{}] * len(recordings)
    stimuli = [_stimulus_presentation(recording) for recording in recordings]
    rates_hz = [_sampling_hz(recording) for recording in recordings]
    written = _write_dataset(out, _participants(subjects))
    runs: Counter[str] = Counter()
    for pictured in pictures:
        written += write_pictures(out / "stimuli", pictured)
    for recording, subject, stimulus, rate_hz, pictured in zip(
        recordings, subjects, stimuli, rates_hz, pictures, strict=True
    ):
        runs[subject.label] += 1
        run = runs[subject.label]
        folder = out / f"sub-{subject.label}" / "beh"
        folder.mkdir(parents=True, exist_ok=True)
        stem = f"sub-{subject.label}_task-{subject.task}_run-{run:02d}"
        written += _write_events(folder, stem, subject.task, recording, stimulus, pictured)
        written += _write_samples(folder, f"{stem}_{RECORDING}_physio", recording, rate_hz)
        written += write_physio_events(folder, f"{stem}_{RECORDING}_physioevents", recording)
    return written


def check_bids(recording: GazeRecording) -> None:
    """Raises RecordingError if the recording lacks what BIDS requires."""
    _stimulus_presentation(recording)
    _sampling_hz(recording)


def _participants(subjects: Sequence[Subject]) -> dict[str, str | None]:
    """The name for each label. Raises RecordingError if two people share a label, also when case is ignored."""
    names: dict[str, str | None] = {}
    spelt: dict[str, str] = {}
    for subject in subjects:
        name = None if subject.name is None else normalize("NFC", subject.name)
        label = spelt.setdefault(subject.label.casefold(), subject.label)
        if label != subject.label or names.setdefault(label, name) != name:
            raise RecordingError(f"two people have the BIDS label {subject.label!r}: {names[label]} and {name}")
    return names


def _stimulus_presentation(recording: GazeRecording) -> dict[str, Any]:
    """The screen in metres and pixels. Without a viewing distance, the head's median distance is used."""
    screen = recording.screen
    if screen.size_mm is None:
        raise RecordingError(
            f"{recording.name}: BIDS needs the screen's size in mm: measure its width and give --screen-width-mm"
        )
    distances = [sample["head"]["z"] for sample in recording.samples if sample.get("head")]
    distance_mm = screen.distance_mm or (median(distances) if distances else None)
    if distance_mm is None:
        raise RecordingError(f"{recording.name}: BIDS needs the viewing distance: give --distance-mm")
    return {
        "ScreenDistance": round(distance_mm / 1000.0, 3),
        "ScreenOrigin": ["top", "left"],
        "ScreenResolution": [round(screen.width_px), round(screen.height_px)],
        "ScreenSize": [round(side / 1000.0, 4) for side in screen.size_mm],
    }


def _sampling_hz(recording: GazeRecording) -> float:
    interval_ms = recording.median_interval_ms
    if interval_ms is None:
        raise RecordingError(
            f"{recording.name}: there is no time between its samples ({len(recording.samples)}), "
            "so there is no sampling frequency"
        )
    return round(1000.0 / interval_ms, 2)


def _write_dataset(out: Path, names: Mapping[str, str | None]) -> list[Path]:
    """names: of the participants, by label."""
    out.mkdir(parents=True, exist_ok=True)
    description = {
        "Name": "Webcam gaze recorded with Sightline",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "raw",
        "GeneratedBy": [{"Name": "Sightline", "Version": __version__}],
    }
    readme = out / "README"
    readme.write_text(
        "Gaze on the screen, estimated from webcam pictures by Sightline. The pictures are not part of this data set.\n"
        "Samples without a point (no face, closed eyes) are rows of n/a with their status. No sample is left out.\n"
        "participants.tsv has the name of each person. A label is made from the name, and always the same for it.\n",
        encoding="utf-8",
    )
    participants = [[f"sub-{label}", None if name is None else one_line(name)] for label, name in names.items()]
    columns = {
        "participant_id": {"Description": "One person before one camera"},
        "name": {"Description": "The person as named in the recording; remove this column to share the data"},
    }
    return [
        write_json(out / "dataset_description.json", description),
        readme,
        write_tsv(out / "participants.tsv", list(columns), participants),
        write_json(out / "participants.json", columns),
    ]


def _write_events(
    folder: Path,
    stem: str,
    task: str,
    recording: GazeRecording,
    stimulus: Mapping[str, Any],
    pictures: Pictures,
) -> list[Path]:
    header, rows = table(recording, pictures)
    described = {**DESCRIPTIONS, **(STIMULUS_DESCRIPTIONS if len(header) > len(HEADER) else {})}
    sidecar = {"TaskName": task, **described, "StimulusPresentation": dict(stimulus)}
    return [
        write_tsv(folder / f"{stem}_events.tsv", header, rows),
        write_json(folder / f"{stem}_events.json", sidecar),
    ]


def _write_samples(folder: Path, stem: str, recording: GazeRecording, rate_hz: float) -> list[Path]:
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
