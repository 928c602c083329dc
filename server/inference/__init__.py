"""Turns a JPEG into a face analysis, outside the event loop."""
