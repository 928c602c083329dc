"""Recordings as CSV, NDJSON and BIDS."""
