"""The accuracy of a calibration: error model, report, baselines, validation, and targets to repeat."""
