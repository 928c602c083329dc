"""Image in, gaze features out: landmarks, head pose, face normalisation, networks, weights."""
