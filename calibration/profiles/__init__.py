"""Saved calibrations: the files of a profile, their document, and the stores: a folder, and Redis."""
