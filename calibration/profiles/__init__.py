"""Saved calibrations on disk."""
