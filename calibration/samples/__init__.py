"""The samples of a calibration: one frame as a value, the selection of usable frames, and the head poses."""
