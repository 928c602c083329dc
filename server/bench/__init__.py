"""`python -m server.bench`: measures frame rate, latency and delivery of a running server."""
