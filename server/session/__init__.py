"""The session of one camera, as a state machine without I/O."""
