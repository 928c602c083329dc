"""`python -m server evaluate`: measures the accuracy on recorded sessions, offline."""
