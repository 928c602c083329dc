"""The layout of a session folder: names of files and columns, and the version. Readers and writers share them.

    FOLDER/session.json     {"version":1,"person":"p01","screen":{"width_px":1920,"height_px":1080,
                             "width_mm":null,"height_mm":null},"camera":{"hfov_deg":null}}
    FOLDER/frames.csv       one row for each image: COLUMNS, and REGION_COLUMNS for a part of the camera's full picture
    FOLDER/frames/          the images, jpg or png of any size
    FOLDER/samples.ndjson   only in recordings of the server: gaze messages, marks, calibrations and validations
    FOLDER/about.json       what a user wrote about it: label, note, tags
    FOLDER/stimuli/         the pictures that were shown
    FOLDER/areas.json       only in downloads: the areas of interest that were drawn on what was shown

`frame` is a path inside the folder, or a bare name inside frames/. `phase` is one of PHASES. `target_x_px` and
`target_y_px` are pixels of the screen, from its top left. `target_id` is any text that differs for different targets;
the server writes numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

VERSION = 1
SESSION_FILE = "session.json"
FRAMES_FILE = "frames.csv"
FRAMES_FOLDER = "frames"
SAMPLES_FILE = "samples.ndjson"
ABOUT_FILE = "about.json"
STIMULI_FOLDER = "stimuli"
AREAS_FILE = "areas.json"
COLUMNS = ("frame", "captured_ms", "target_x_px", "target_y_px", "target_id", "phase")
REGION_COLUMNS = ("region_x", "region_y", "region_width", "region_height", "full_width", "full_height")
Phase = Literal["calibrate", "test", ""]
PHASES: Mapping[str, Phase] = {"calibrate": "calibrate", "test": "test", "": ""}
