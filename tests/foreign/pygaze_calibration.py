"""PyGaze's own client calibrates at points that it draws itself. Usage: pygaze_calibration.py PORT LOG LIMIT_S; prints
JSON.

The calls and their order are those of PyGaze's `OpenGazeTracker.calibrate`, whose drawing needs a display.
"""

from __future__ import annotations

import json
import sys
import time

from pygaze._eyetracker.opengaze import OpenGazeTracker

port, log, limit_s = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
tracker = OpenGazeTracker(ip="127.0.0.1", port=port, logfile=log)
# PyGaze's reading thread holds the lock of the socket for up to this time (1 s by default), and takes it again at once.
# Its writing thread then waits for seconds on a busy machine, and requests are sent twice or never.
tracker._sock.settimeout(0.02)
tracker.calibrate_delay(0.3)
tracker.calibrate_timeout(1.5)
wanted = [(x, y) for x in (0.1, 0.5, 0.9) for y in (0.1, 0.5, 0.9)]
tracker.calibrate_clear()
for x, y in wanted:
    tracker.calibrate_addpoint(x, y)
tracker.clear_calibration_result()
points = tracker.get_calibration_points()
started = tracker.calibrate_start(True)
shown = []
for _ in points:
    shown.append(tracker.wait_for_calibration_point_start(timeout=limit_s))
result = None
until = time.monotonic() + limit_s
while result is None and time.monotonic() < until:
    result = tracker.get_calibration_result()
    time.sleep(0.1)
summary = (None, None)
while summary[1] is None and time.monotonic() < until:  # PyGaze waits 9 s for an answer at most
    summary = tracker.calibrate_result_summary()
tracker.close()
print(json.dumps({"started": started, "points": points, "shown": shown, "result": result, "summary": summary}))
