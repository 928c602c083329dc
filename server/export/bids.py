"""Writes recordings as a data set of the Brain Imaging Data Structure (BIDS 1.11, eye tracking).

    OUT/dataset_description.json, README, participants.tsv, participants.json
    OUT/sub-LABEL/beh/sub-LABEL_task-TASK_run-N_recording-eye3_physio.tsv.gz + .json         the samples
                      ..._recording-eye3_physioevents.tsv.gz + .json       fixations, saccades, blinks, areas looked at
                      ..._events.tsv + .json  stimuli, marks, targets, calibrations, validations; the screen
    OUT/stimuli/      the pictures of stimuli, each with a sidecar of its areas of interest

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
from server.export.areas import Analyses
from server.export.bids_events import DESCRIPTIONS, HEADER, STIMULUS_DESCRIPTIONS, table
from server.export.bids_files import one_line, write_json, write_tsv
from server.export.bids_physio_events import write_physio_events
from server.export.bids_samples import write_samples
from server.export.stimuli import Pictures, picture_name, write_pictures
from server.recordings.gaze_log import GazeRecording
from server.recordings.reader import RecordingError
from server.report.areas_file import area_members

BIDS_VERSION = "1.11.1"
RECORDING = "recording-eye3"
AREA_UNITS = "points: 0 to 1 of the stimulus (without a name: of the screen), from the top left; span_ms: from onset"
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
    analyses: Sequence[Analyses] = (),
) -> list[Path]:
    """Writes the recordings and returns the paths. subjects: one for each recording; runs of a subject are numbered.

    pictures: of the stimuli, one mapping for each recording, or none at all. analyses: of each recording, if there are
    areas from the lab. Raises RecordingError before a file is written.
    """
    pictures = pictures or [{}] * len(recordings)
    analyses = analyses or [()] * len(recordings)
    stimuli = [_stimulus_presentation(recording) for recording in recordings]
    rates_hz = [_sampling_hz(recording) for recording in recordings]
    written = _write_dataset(out, _participants(subjects))
    runs: Counter[str] = Counter()
    for pictured, found in zip(pictures, analyses, strict=True):
        written += write_pictures(out / "stimuli", pictured)
        written += _write_areas_of_pictures(out / "stimuli", pictured, found)
    for recording, subject, stimulus, rate_hz, pictured, found in zip(
        recordings, subjects, stimuli, rates_hz, pictures, analyses, strict=True
    ):
        runs[subject.label] += 1
        run = runs[subject.label]
        folder = out / f"sub-{subject.label}" / "beh"
        folder.mkdir(parents=True, exist_ok=True)
        stem = f"sub-{subject.label}_task-{subject.task}_run-{run:02d}"
        written += _write_events(folder, stem, subject.task, recording, stimulus, pictured, found)
        written += write_samples(folder, f"{stem}_{RECORDING}_physio", recording, rate_hz)
        written += write_physio_events(folder, f"{stem}_{RECORDING}_physioevents", recording, found)
    return list(dict.fromkeys(written))


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
    analyses: Analyses,
) -> list[Path]:
    header, rows = table(recording, pictures)
    described = {**DESCRIPTIONS, **(STIMULUS_DESCRIPTIONS if len(header) > len(HEADER) else {})}
    sidecar = {"TaskName": task, **described, "StimulusPresentation": dict(stimulus), **_areas(analyses)}
    return [
        write_tsv(folder / f"{stem}_events.tsv", header, rows),
        write_json(folder / f"{stem}_events.json", sidecar),
    ]


def _areas(analyses: Analyses) -> dict[str, Any]:
    """The areas from the lab, as an own field: BIDS has none."""
    drawn = {found.request.stimulus or "": area_members(found.request.areas) for found in analyses}
    stimuli = {stimulus: areas for stimulus, areas in drawn.items() if areas}
    return {"AreasOfInterest": {"Units": AREA_UNITS, "Stimuli": stimuli}} if stimuli else {}


def _write_areas_of_pictures(folder: Path, pictures: Pictures, analyses: Analyses) -> list[Path]:
    """A sidecar beside each picture with areas."""
    written = []
    for found in analyses:
        stimulus, areas = found.request.stimulus, area_members(found.request.areas)
        if stimulus is not None and stimulus in pictures and areas:
            path = (folder / picture_name(stimulus, pictures[stimulus])).with_suffix(".json")
            written.append(write_json(path, {"AreasOfInterest": {"Units": AREA_UNITS, "Areas": areas}}))
    return written
