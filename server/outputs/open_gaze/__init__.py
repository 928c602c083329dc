"""The Open Gaze API (Gazepoint's protocol) over TCP."""
