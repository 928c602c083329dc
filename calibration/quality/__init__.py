"""How accurate a calibration is: error model, report, baselines, validation."""
