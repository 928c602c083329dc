"""From a face analysis to a gaze sample: mapping, filter, status, confidence. Pure."""
