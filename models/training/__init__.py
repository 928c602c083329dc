"""Training, from rendered faces with known gaze to the committed weights: prepare, augment, train, measure."""
