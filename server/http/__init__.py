"""Routes, sockets, access rights and static files. Only this package uses aiohttp."""
