"""PyGaze's own client sends messages, and reads samples of shut eyes. Usage: pygaze_messages.py PORT LOG TEXTS

TEXTS is a JSON list. Prints JSON.
"""

from __future__ import annotations

import json
import sys
import time

from pygaze._eyetracker.opengaze import OpenGazeTracker

port, log, texts = int(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
tracker = OpenGazeTracker(ip="127.0.0.1", port=port, logfile=log)
tracker.enable_send_data(True)
sent = []
for text in texts:
    began = time.monotonic()
    sent.append({"ok": tracker.user_data(text), "s": time.monotonic() - began})
    time.sleep(0.2)  # a record carries it
points = []
until = time.monotonic() + 10.0
while time.monotonic() < until and (not points or points[-1] is None or points[-1][0] >= 0):
    x, y = tracker.sample()
    points.append(None if x is None else (x, y))
    time.sleep(0.02)
tracker.enable_send_data(False)
tracker.close()
print(json.dumps({"sent": sent, "last": points[-1]}))
