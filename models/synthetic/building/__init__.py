"""Builds the renderer's assets from clones of the repositories that they come from (see ../build_assets.md)."""
