"""Image in, gaze features out: landmarks, head pose, face normalisation, networks, weights. See README.md."""

import os

import threads  # noqa: F401  # before NumPy is loaded

# ONNX Runtime 1.29 and later send usage reports to their vendor, and write a device id below the user's cache folder.
# `disable_telemetry_events()` is too late, because both start at the import. Only `models` imports onnxruntime, so this
# line runs first in the server, in every command and in the tests. tests/server/test_outbound.py checks the result.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
