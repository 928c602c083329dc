"""From gaze samples to fixations, saccades, blinks, areas of interest, dwell and heat map. Pure."""
