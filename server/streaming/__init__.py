"""Delivers messages to subscribers. A newer sample replaces one that waits."""
