"""PyGaze's own Open Gaze client reads gaze for a while. Usage: pygaze_reader.py PORT SECONDS LOG; prints JSON.

PyGaze appends every record to its log, LOG.
"""

from __future__ import annotations

import json
import sys
import time

from pygaze._eyetracker.opengaze import OpenGazeTracker

port, seconds, log = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
tracker = OpenGazeTracker(ip="127.0.0.1", port=port, logfile=log)
facts = {
    "tick_frequency": tracker.get_time_tick_frequency(),
    "screen": tracker.get_screen_size(),
    "camera": tracker.get_camera_size(),
    "product": tracker.get_product_id(),
    "company": tracker.get_company_id(),
    "api": tracker.get_api_id(),
    "started": tracker.enable_send_data(True),
}
points = []
until = time.monotonic() + seconds
while time.monotonic() < until:
    points.append(tracker.sample())
    time.sleep(0.02)  # faster than the samples come
tracker.log("half time")
facts["pupil"] = tracker.pupil_size()
time.sleep(0.5)  # PyGaze writes its log in a thread of its own
facts["stopped"] = tracker.enable_send_data(False)
tracker.close()
print(json.dumps({"facts": facts, "points": points}))
