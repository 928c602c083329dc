"""Writes analyses for people: figures as SVG, tables as CSV, and a report that opens without a server."""
