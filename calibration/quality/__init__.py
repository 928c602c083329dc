"""The accuracy of a calibration: error model, report, baselines, validation, and which targets to repeat."""
