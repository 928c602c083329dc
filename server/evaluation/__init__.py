"""`python -m server evaluate`: accuracy over recorded sessions, offline."""
