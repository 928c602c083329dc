"""Calibration: features and targets in, a screen mapping and its expected error out. Imports no other package of ours.

`fit` shows the method. The packages follow its steps: `samples` (the usable frames), `targets` (what was shown),
`mapping` (from features to the screen), `quality` (the size of the error), `profiles` (on the disk). `bench` compares
methods.
"""

import threads  # noqa: F401  # before NumPy is loaded
from calibration.calibration import Calibration
from calibration.fit import fit, fit_calibration
from calibration.profiles.store import ProfileStore
from calibration.quality.validation import validate
from calibration.samples.sample import CalibrationSample
from calibration.screen import ScreenGeometry

__all__ = ["Calibration", "CalibrationSample", "ProfileStore", "ScreenGeometry", "fit", "fit_calibration", "validate"]
