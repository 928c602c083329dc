"""From a JPEG to a face analysis, off the event loop."""
