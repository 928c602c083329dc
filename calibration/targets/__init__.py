"""The targets of a calibration: patterns, the moving target, the round with the turned head, and their numbers."""
