"""Writes, reads and lists session folders. Only this package knows their layout."""
