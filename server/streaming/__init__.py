"""Who gets which message. The newest sample replaces the one that waits."""
