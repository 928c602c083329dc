"""PsychoPy's own Gazepoint device reads gaze for a while. Usage: psychopy_reader.py PORT SECONDS [calibrate]

Prints JSON. With "calibrate" it first has the tracker show its own calibration, as PsychoPy does with `use_builtin`.

ioHub usually runs the device in a process that also owns a display, which a test machine has none of. So what ioHub
does to a device is done here: it is made with its configuration, polled every 5 ms, and its events are taken.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import yaml
from psychopy.iohub.constants import EventConstants
from psychopy.iohub.devices.eyetracker.eye_events import FixationEndEvent, FixationStartEvent
from psychopy_eyetracker_gazepoint.gazepoint import gp3
from psychopy_eyetracker_gazepoint.gazepoint.gp3.eyetracker import EyeTracker, GazepointSampleEvent

port, seconds = int(sys.argv[1]), float(sys.argv[2])


class Display:
    """1000 x 500 px, PsychoPy's "pix" units: the origin in the middle, y up."""

    def getCoordBounds(self):  # noqa: N802
        return -500.0, 250.0, 500.0, -250.0


class Hub:
    """ioHub's process; whatever else it has to do is done when the device asks for it."""

    def processDeviceEvents(self):  # noqa: N802
        pass


EyeTracker._display_device = Display()
EyeTracker._iohub_server = Hub()
defaults = Path(gp3.__file__).parent / "default_eyetracker.yaml"
(configuration,) = yaml.safe_load(defaults.read_text()).values()
configuration["network_settings"] = {"ip_address": "127.0.0.1", "port": port}
tracker = EyeTracker(dconfig=configuration)
connected = tracker.isConnected()
calibrated = None
if sys.argv[3:] == ["calibrate"]:
    calibrated = tracker.runSetupProcedure({"use_builtin": True})
tracker.enableEventReporting(True)
recording = tracker.isRecordingEnabled()
until = time.monotonic() + seconds
while time.monotonic() < until:
    tracker._poll()
    time.sleep(0.005)  # as ioHub polls
native = list(tracker._getNativeEventBuffer())
tracker.enableEventReporting(False)
tracker.setConnectionState(False)

TYPE = 4  # the place of the event's type in ioHub's lists
names = GazepointSampleEvent.CLASS_ATTRIBUTE_NAMES
samples, fixations = [], []
for event in native:
    if event[TYPE] == EventConstants.GAZEPOINT_SAMPLE:
        samples.append({name: float(value) for name, value in zip(names, event, strict=True)})
    elif event[TYPE] == EventConstants.FIXATION_START:
        named = dict(zip(FixationStartEvent.CLASS_ATTRIBUTE_NAMES, event, strict=True))
        fixations.append({"kind": "start", "at": [named["gaze_x"], named["gaze_y"]]})
    elif event[TYPE] == EventConstants.FIXATION_END:
        named = dict(zip(FixationEndEvent.CLASS_ATTRIBUTE_NAMES, event, strict=True))
        at = [named["average_gaze_x"], named["average_gaze_y"]]
        fixations.append({"kind": "end", "at": at, "duration_s": named["duration"]})
facts = {"connected": connected, "recording": recording, "calibrated": calibrated, "tick_frequency": tracker._ttfreq}
print(json.dumps({**facts, "samples": samples, "fixations": fixations}))
