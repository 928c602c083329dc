"""Session folders on disk: writing, reading, listing. The only package that knows their layout."""
