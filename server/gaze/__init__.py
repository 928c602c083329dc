"""Turns a face analysis into a gaze sample: mapping, filter, status, confidence. Pure."""
