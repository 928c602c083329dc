"""Target patterns and smooth pursuit."""
