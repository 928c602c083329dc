"""Converters from recordings of real people to training rows (no recording is shipped), and a session's layout."""
