"""An LSL inlet, by pylsl. Usage: lsl_reader.py SOURCE_ID SECONDS; prints "ready", and in the end JSON."""

from __future__ import annotations

import json
import sys
import time

import pylsl

pylsl.set_config_content("[multicast]\nResolveScope = machine\n")
(gaze_info,) = pylsl.resolve_byprop("source_id", f"{sys.argv[1]}-gaze", timeout=20)
(marker_info,) = pylsl.resolve_byprop("source_id", f"{sys.argv[1]}-markers", timeout=20)
assert (gaze_info.name(), gaze_info.type()) == ("Sightline", "Gaze")
assert (marker_info.name(), marker_info.type()) == ("SightlineMarkers", "Markers")
gaze, markers = pylsl.StreamInlet(gaze_info), pylsl.StreamInlet(marker_info)
full = gaze.info(timeout=20)
labels = []
channel = full.desc().child("channels").child("channel")
while not channel.empty():
    labels.append(channel.child_value("label"))
    channel = channel.next_sibling()
gaze.open_stream(timeout=20)
markers.open_stream(timeout=20)
print("ready", flush=True)

samples, stamps, texts = [], [], []
until = time.monotonic() + float(sys.argv[2])
while time.monotonic() < until:
    values, stamp = gaze.pull_sample(timeout=0.05)
    if values is not None:
        samples.append(values)
        # LSL's clock is this machine's monotonic one; compared with the wall clock here, by the reader itself.
        stamps.append((stamp - pylsl.local_clock() + time.time()) * 1000.0)
    text, _ = markers.pull_sample(timeout=0.0)
    if text is not None:
        texts.append(text[0])
print(json.dumps({"labels": labels, "samples": samples, "unix_ms": stamps, "markers": texts}))
