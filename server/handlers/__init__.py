"""The drivers: everything that knows aiohttp, apart from `app` and `cli`. Each turns requests into plain calls."""
