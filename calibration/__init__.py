"""Features and targets in, screen mapping and its error out. Imports nothing of ours.

CalibrationSample --gating.gate--> TargetMean --staged.fit_staged--> StagedModel --Calibration.predict--> ScreenPoint

`blocks` holds the weights that everybody starts from, `methods` every method by name, `report` the left-out errors,
`profiles` the files on disk.
"""
