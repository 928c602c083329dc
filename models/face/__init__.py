"""From pixels to geometry: landmarks, head pose, normalised face, eyes, distance."""
