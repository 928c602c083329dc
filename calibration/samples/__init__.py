"""Calibration samples and the selection of usable ones."""
