"""One camera's session as a state machine without I/O."""
