"""The samples of a calibration: one frame as a value, the selection of usable ones, and the head poses."""
