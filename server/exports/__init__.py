"""Recordings of gaze in the formats that analysis reads: CSV, NDJSON, BIDS."""
