"""Recordings of real people as training rows, for those who have such data. Nothing of it is in the repository."""
