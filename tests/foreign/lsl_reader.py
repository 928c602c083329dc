"""An LSL inlet, by pylsl. Usage: lsl_reader.py SOURCE_ID LAST LIMIT_S; prints "ready", and JSON after the
marker LAST, or after LIMIT_S."""

from __future__ import annotations

import json
import sys
import time

import pylsl

source_id, last, limit_s = sys.argv[1], sys.argv[2], float(sys.argv[3])
pylsl.set_config_content("[multicast]\nResolveScope = machine\n")
(gaze_info,) = pylsl.resolve_byprop("source_id", f"{source_id}-gaze", timeout=limit_s)
(marker_info,) = pylsl.resolve_byprop("source_id", f"{source_id}-markers", timeout=limit_s)
assert (gaze_info.name(), gaze_info.type()) == ("Sightline", "Gaze")
assert (marker_info.name(), marker_info.type()) == ("SightlineMarkers", "Markers")
gaze, markers = pylsl.StreamInlet(gaze_info), pylsl.StreamInlet(marker_info)
full = gaze.info(timeout=limit_s)
labels = []
channel = full.desc().child("channels").child("channel")
while not channel.empty():
    labels.append(channel.child_value("label"))
    channel = channel.next_sibling()
gaze.open_stream(timeout=limit_s)
markers.open_stream(timeout=limit_s)
print("ready", flush=True)

samples, stamps, texts = [], [], []
until = time.monotonic() + limit_s
while last not in texts and time.monotonic() < until:
    values, stamp = gaze.pull_sample(timeout=0.05)
    if values is not None:
        samples.append(values)
        # LSL's clock is this machine's monotonic one; compared with the wall clock here, by the reader itself.
        stamps.append((stamp - pylsl.local_clock() + time.time()) * 1000.0)
    text, _ = markers.pull_sample(timeout=0.0)
    if text is not None:
        texts.append(text[0])
print(json.dumps({"labels": labels, "samples": samples, "unix_ms": stamps, "markers": texts}))
