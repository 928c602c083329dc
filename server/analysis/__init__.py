"""Turns recordings into fixations, areas of interest with their metrics, and heat maps. Pure: no files, no network."""
