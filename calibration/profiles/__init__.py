"""Calibrations on disk: the files of a profile, and the document in them."""
