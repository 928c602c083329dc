"""Finds fixations with pymovements, and maps given fixations to areas of interest.

Reads from standard input {"time_ms": [...], "x_deg": [...], "y_deg": [...], "dispersion_deg": d, "minimum_ms": m,
"known": [[start_ms, end_ms, x, y], ...], "areas": [[name, x, y, width, height], ...]}. Prints the fixations of its
dispersion threshold (I-DT), and of the known fixations the number and the total duration in each area.
"""

from __future__ import annotations

import json
import sys

import numpy as np
import polars
import pymovements
from pymovements.stimulus import TextStimulus

asked = json.load(sys.stdin)
found = pymovements.events.idt(
    np.column_stack([asked["x_deg"], asked["y_deg"]]),
    timesteps=np.array(asked["time_ms"], np.int64),
    minimum_duration=asked["minimum_ms"],
    dispersion_threshold=asked["dispersion_deg"],
)
columns = {"aoi": 0, "x": 1, "y": 2, "width": 3, "height": 4}
areas = polars.DataFrame({name: [area[place] for area in asked["areas"]] for name, place in columns.items()})
stimulus = TextStimulus(
    areas, aoi_column="aoi", start_x_column="x", start_y_column="y", width_column="width", height_column="height"
)
known = pymovements.Events(
    polars.DataFrame(
        {
            "name": ["fixation"] * len(asked["known"]),
            "onset": [row[0] for row in asked["known"]],
            "offset": [row[1] for row in asked["known"]],
            "location": [row[2:4] for row in asked["known"]],
        }
    )
)
known.map_to_aois(stimulus, verbose=False)
totals: dict[str, list[float]] = {}
for name, onset, offset in known.frame.select("aoi", "onset", "offset").rows():
    if name is not None:
        count, total = totals.get(name, [0, 0.0])
        totals[name] = [count + 1, total + offset - onset]
print(
    json.dumps(
        {
            "version": pymovements.__version__,
            "fixations": [list(row) for row in found.frame.select("onset", "offset").rows()],
            "areas": totals,
        }
    )
)
