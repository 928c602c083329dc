"""The wire, the clock, the sessions, the streams."""
