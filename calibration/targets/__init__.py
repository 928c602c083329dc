"""The targets that a calibration shows: patterns, the moving target, the round with the head turned, their numbers."""
