"""Calibrations on disk: the files of a profile, and their document."""
