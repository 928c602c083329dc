"""Features and targets in, screen mapping and its error out."""
