"""The only package that knows aiohttp: routes, sockets, access, static files."""
