"""Writes recordings as CSV, NDJSON and BIDS."""
