"""`python -m server.bench`: frame rate, latency and delivery of a running server."""
