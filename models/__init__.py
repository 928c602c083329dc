"""Image in, gaze features out: landmarks, head pose, face normalisation, networks, weights. See README.md."""

import threads  # noqa: F401  # before NumPy is loaded
