"""Faces with known gaze, rendered on the CPU: `python -m models.synthetic --help`."""
