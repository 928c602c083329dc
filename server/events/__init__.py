"""Turns gaze samples into fixations, saccades, blinks, area visits, dwell and the heat map. Pure."""
